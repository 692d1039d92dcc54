/** The judges `network` and `probe`: what was trained here, as a second opinion. */

import { FormatError, judges, NotFoundError } from "@countergrade/countergrade";
import { meanAbsoluteError } from "@countergrade/countergrade/review";
import { memoryJob, register, testJudge } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { bars, Chain } from "../../chain/chain.ts";

const chain = await Chain.open({ bars: bars(3, { train: 72, val: 24 }) });
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { host } = chain;
const images = async () => (await (await host.openDataset("bars")).get("val", [0, 1, 2])).images;
const seen = await images();

const baseline = await chain.done("trainBaseline", {
  dataset: "bars",
  channels: [8, 16],
  epochs: 8,
  batchSize: 8,
  learningRate: 0.02,
  threads: 1,
});
const pca = { pca: { components: 6 } };
const { encoder } = await chain.done("trainEncoder", { dataset: "bars", encoder: pca });
const { codes } = await chain.done("encode", { dataset: "bars", encoder });
const { probe } = await chain.done("trainProbe", { codes, probe: { ridge: {} } });
const { probe: nominal } = await chain.done("trainProbe", { codes, probe: { ordinal: {} } });

/** A memory job with everything that was made. */
async function jobWith(...ids: string[]) {
  const job = memoryJob(host);
  const load = async (_: string, id: string) => {
    const artifact = await chain.workspace.store.artifacts.get(id);
    if (!artifact || !ids.includes(id)) throw new NotFoundError("artifact", id);
    return artifact;
  };
  return await Promise.resolve({
    ...job,
    load,
    read: (artifact: { files: Readonly<Record<string, string>> }, file: string) =>
      chain.workspace.blobs.read(artifact.files[file]),
  });
}
const job = await jobWith(baseline.classifier, encoder, probe, nominal);
const network = host.member(judges, "network");
const byProbe = host.member(judges, "probe");

register(
  "judge network",
  testJudge(network, {
    host,
    job,
    images: seen,
    options: { classifier: baseline.classifier, threads: 1 },
  }),
);
for (const id of [probe, nominal]) {
  register("judge probe", testJudge(byProbe, { host, job, images: seen, options: { probe: id } }));
}

Deno.test("a trained network is the judge that its report describes", async () => {
  await using judge = await network.open({ classifier: baseline.classifier, threads: 1 }, job);
  assertEquals([judge.classes, judge.scale?.names.length, judge.encoder], [3, 3, undefined]);
  const { images, labels } = await (await host.openDataset("bars"))
    .get("val", Array.from({ length: 24 }, (_, i) => i));
  const { probabilities } = await judge.judge(images);
  const told = Array.from(labels, (_, i) => {
    const p = probabilities!.subarray(3 * i, 3 * i + 3);
    return p[0] >= 0.5 ? 0 : p[0] + p[1] >= 0.5 ? 1 : 2;
  });
  const report = baseline.reports.find(({ split }: { split: string }) => split === "val");
  assertAlmostEquals(meanAbsoluteError(labels, told), report.mae, 1e-12);
});

Deno.test("a probe on another encoder says what it would say of the image, and through which encoder", async () => {
  await using judge = await byProbe.open({ probe }, job);
  assertEquals([judge.encoder, judge.classes], [encoder, undefined]);
  const graded = await chain.done("grade", { dataset: "bars", probe, indices: [0, 1, 2] });
  const { grades } = await judge.judge(seen);
  graded.grades.forEach(({ grade }: { grade: number }, i: number) =>
    assertAlmostEquals(grades[i], grade, 1e-4)
  );
  assert(grades.every(Number.isFinite));
});

Deno.test("a file that is no trained network is refused as such", async () => {
  const other = memoryJob(host);
  const text = new TextEncoder();
  const { writeSafetensors } = await import("@countergrade/countergrade/formats");
  for (const config of ["{}", "not JSON"]) {
    const file = writeSafetensors([], { config });
    const { id } = await other.save("classifier", { "classifier.safetensors": file }, {}, []);
    await assertRejects(() => network.open({ classifier: id, threads: 1 }, other), FormatError, id);
  }
  const { id } = await other.save(
    "classifier",
    { "classifier.safetensors": text.encode("x") },
    {},
    [],
  );
  await assertRejects(() => network.open({ classifier: id, threads: 1 }, other), FormatError);
});
