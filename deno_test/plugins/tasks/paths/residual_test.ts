/** What few evaluations miss is kept: where it is the same in all pictures, nothing of it shows. */

import { tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { completing } from "../../../../plugins/tasks/paths/residual.ts";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => brightness + 0.3 * brightness ** 2);
const MANY = { name: "toy", inversionSteps: 2, renderSteps: 4 };
const FEW = { ...MANY, renderSteps: 1 };
const KEPT = { ...FEW, residual: true };

Deno.test("a frame is the image with the difference of two renderings, within the range of images", () => {
  const [image, reconstruction] = [[0.5, 0.9], [0.25, 0.65]].map((data) =>
    tensor([1, 1, 1, 2], data)
  );
  const frames = tensor([2, 1, 1, 2], [0.25, 0.65, -0.5, 0.9]);
  assertEquals(
    [...completing(image, reconstruction, KEPT)(frames).data],
    [...Float32Array.of(0.5, 0.9, -0.25, 1)],
  );
  assertEquals(completing(image, reconstruction, FEW)(frames), frames);
});

for (
  const [task, options] of [
    ["counterfactualPath", { index: 1 }],
    ["counterfactualPath", { index: 1, closeLoop: { tolerance: 0.01 } }],
    ["counterfactualPath", { index: 1, scores: [-2, 1], hold: ["brightness"] }],
    ["interpolate", { index: 0, toIndex: 5, frames: 3 }],
    ["compareEditors", { indices: [2] }],
    ["auditProbe", { limit: 1 }],
  ] as [string, Record<string, unknown>][]
) {
  Deno.test(`${task} with ${JSON.stringify(options)}: as if nothing were missed`, async () => {
    const [many, few, kept] = await Promise.all(
      [MANY, FEW, KEPT].map(async (sampler) => {
        const { result, job } = await world.run(task, { ...options, sampler });
        if (task !== "auditProbe") return result.picture ?? result.strip;
        const page = await job.read(await job.load("audit", result.audit), "audit.svg");
        return [...new TextDecoder().decode(page).matchAll(/href="data:([^"]*)"/g)].map(String);
      }),
    );
    assertNotEquals(few, many);
    assertEquals(kept, many);
  });
}

Deno.test("figures of the model's own reconstruction stay those of what it rebuilds by itself", async () => {
  const run = (sampler: object) => world.run("counterfactualPath", { index: 1, sampler });
  const [few, kept] = [await run(FEW), await run(KEPT)];
  assertEquals(kept.result.reconstruction, kept.result.original);
  assertEquals(kept.result.plain, few.result.reconstruction);
  assertEquals(few.result.plain, undefined);
  const { reconstructionMse } = kept.result.metrics;
  assertAlmostEquals(reconstructionMse, 0.05 ** 2 / 2, 1e-6);
  assertEquals(reconstructionMse, few.result.metrics.reconstructionMse);
});

Deno.test("a path says that its frames carry what was missed", async () => {
  const { result, job } = await world.run("counterfactualPath", { index: 1, sampler: KEPT });
  const artifact = await job.load("path", result.path);
  const read = async (file: string) => new TextDecoder().decode(await job.read(artifact, file));
  assertEquals(JSON.parse(await read("path.json")).sampler, KEPT);
  const caption = (await read("figure.svg")).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  assert(caption.includes("what its reconstruction misses added to every frame"), caption);
  assert(artifact.files["plain.png"]);
});
