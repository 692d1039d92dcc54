/** A probe that is fitted to what is measured in images. */

import { InputError, type TaskPlugin, tasks } from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bars, Chain } from "../../../chain/chain.ts";

const chain = await Chain.open({ bars: bars(3, { train: 60, val: 24 }) });
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { encoder } = await chain.done("trainEncoder", {
  dataset: "bars",
  encoder: { pca: { components: 8 } },
});
const { codes } = await chain.done("encode", { dataset: "bars", encoder });

Deno.test("a probe of an attribute tells it, in standard deviations, and edits move it", async () => {
  const { probe, mae } = await chain.done("trainProbe", {
    codes,
    probe: { ridge: {} },
    attribute: "brightness",
  });
  assert(mae < 0.2, `${mae}`);
  const { metadata } = (await chain.workspace.store.artifacts.get(probe))!;
  assertEquals(metadata.attribute, "brightness");
  assertEquals(metadata.scale, {
    type: "continuous",
    names: ["brightness, standard deviations"],
  });
  const { frames } = await chain.done("counterfactualPath", {
    probe,
    dataset: "bars",
    index: 0,
    targets: [-1, 1],
    calibration: "typical",
    hold: ["positionX"],
  });
  const [dark, bright] = frames as { imageRead: number }[];
  assert(bright.imageRead - dark.imageRead > 1.5, `${dark.imageRead} to ${bright.imageRead}`);
});

Deno.test("an attribute that there is not, and one beside a judge, are refused", async () => {
  const task: TaskPlugin = chain.host.member(tasks, "trainProbe");
  const run = async (options: Record<string, unknown>) => {
    const job = memoryJob(chain.host);
    const stored = (await chain.workspace.store.artifacts.get(codes))!;
    return await task.run(
      task.options(chain.host).parse({ codes, probe: { ridge: {} }, ...options }),
      {
        ...job,
        signal: job.signal,
        load: () => Promise.resolve(stored),
        read: (artifact, file) => chain.workspace.blobs.read(artifact.files[file]),
      },
    );
  };
  await assertRejects(() => run({ attribute: "smile" }), InputError, "expected one of brightness");
  const labelsFrom = { onnx: { model: "a.onnx" } };
  await assertRejects(() => run({ attribute: "brightness", labelsFrom }), InputError, "either");
});
