/** An evaluation with a judge: every figure twice, and never the own one alone. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import plugin from "../../../toy_judge.ts";
import { lossyWorld } from "../lossy_world.ts";

const world = await lossyWorld((z) => 0.8 * z, [plugin]);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function evaluated(judge: Record<string, unknown> | undefined, more = {}) {
  const { result, job } = await world.run("evaluate", { judge, ...more });
  const artifact = job.artifacts.get(result.evaluation)!;
  const file = async (name: string) => text(await job.read(artifact, name));
  return { result, file };
}

Deno.test("own probe and judge see the same frames, and stand side by side", async () => {
  const three = { brightness: { classes: 3, sharpness: 12 } };
  const { result: { judge, ...result }, file } = await evaluated(three);
  assertEquals(judge.name, "brightness");
  const { figures } = judge.judge;
  // The judge sees the mean of both halves, of which only the left one is edited: half of the way.
  assert(figures.spearmanWithin > 0.99 && figures.spearman < judge.own.figures.spearman);
  assert(figures.slope > 0 && figures.slope < judge.own.figures.slope);
  assertAlmostEquals(judge.own.figures.gradeMae, result.gradeMae, 1e-12);
  assertAlmostEquals(judge.own.figures.met, result.met, 1e-12);
  assertEquals(judge.asked.map(({ grade }: { grade: number }) => grade), [0, 1, 2]);
  assert(judge.asked[0].judge < judge.asked[2].judge);
  for (const eye of [judge.own, judge.judge]) {
    for (const { name, low, high } of eye.intervals) {
      assert(low <= eye.figures[name] && eye.figures[name] <= high, name);
    }
  }
  const table = await file("table.md");
  assert(table.includes("| Frames in the eyes of | Own probe | Judge brightness |"), table);
  assert(table.includes("| Requested grade | Own probe, mean | Judge brightness, mean | Frames |"));
  assert(table.includes("Mean by brightness"));
  // What both see is told of both, once.
  assert(!table.includes("Mean absolute difference of requested and image grade |"), table);
  const plot = await file("plot.svg");
  assert(plot.includes("grade by the judge"));
});

Deno.test("a yes or no has sides and flips, but no grades", async () => {
  const { result: { judge }, file } = await evaluated({
    brightness: { classes: 2, sharpness: 12 },
  });
  const { figures } = judge.judge;
  assertEquals(["slope", "gradeMae", "met", "identity"].filter((name) => name in figures), []);
  assert(figures.sided > 0.5 && figures.sided < 1, `${figures.sided}`);
  assert("flipsUp" in figures || "flipsDown" in figures);
  assert((await file("plot.svg")).includes("probability by the judge"));
  const content = JSON.parse(await file("evaluation.json"));
  assertEquals(content.judge.judge.figures, figures);
  for (const { frames, judge } of content.images) {
    assertEquals(Object.keys(judge).sort(), ["metrics", "name", "original", "reconstruction"]);
    for (const frame of frames) {
      assert(frame.judge.probability >= 0 && frame.judge.probability <= 1);
    }
  }
});

Deno.test("without a judge nothing is said of one", async () => {
  const { result, file } = await evaluated(undefined);
  assertEquals(result.judge, undefined);
  assert(!(await file("table.md")).includes("Judge"));
});

Deno.test("the own error on labels is that of the probe by itself, also where targets are relative to the label", async () => {
  const three = { brightness: { classes: 3, sharpness: 12 } };
  const [plain, relative] = await Promise.all(
    ["regression", "relative"].map((calibration) => evaluated(three, { calibration })),
  );
  const errorOf = ({ result }: typeof plain) => result.judge.own.figures.labelMae;
  assert(errorOf(plain) > 0);
  assertAlmostEquals(errorOf(relative), errorOf(plain), 1e-12);
});

Deno.test("all frames together are compared with real images of their grades, as the judge sees them", async () => {
  const { frechetMetric } = await import("../../../../plugins/metrics/frechet.ts");
  const [near, far] = await Promise.all(
    [1, 3].map((times) => lossyWorld((z) => times * z, [plugin, frechetMetric])),
  );
  const run = async (world: typeof near, more = {}) =>
    (await world.run("evaluate", { judge: { brightness: { classes: 0 } }, ...more })).result.judge;
  const { together } = await run(near);
  const { frechetFrames, frechetReconstructions, frechetReal } = together.figures;
  assertEquals(together.features, "brightness, 1");
  assert(frechetReal < 0.05 && frechetReconstructions < 0.2, JSON.stringify(together));
  // Asked for severe pictures alone: beside severe images mild reconstructions do not count, and lossless ones are the same images.
  const { together: severe } = await run(near, { targets: [2] });
  assertAlmostEquals(severe.figures.frechetReconstructions, 0, 1e-9);
  // Edits that overshoot are far from any real image.
  const { together: over } = await run(far);
  assert(over.figures.frechetFrames > 4 * frechetFrames, JSON.stringify([together, over]));
  const { together: none } = await run(near, { limit: 1, targets: [1] });
  assertEquals(none, undefined);
});
