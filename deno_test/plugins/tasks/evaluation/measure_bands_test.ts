/** Bands of a judge: stored with the probe, on every frame, and right for nine of ten images that were not used. */

import { InputError, Random, tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import plugin from "../../../toy_judge.ts";
import { lossyWorld } from "../lossy_world.ts";

const SPLITS: Record<string, number> = { train: 40, val: 300, test: 300, few: 8 };

/** The left half is as bright as the grade, the right half as it likes: the judge sees both. */
const world = await lossyWorld((z) => 0.8 * z, [plugin], {
  splits: SPLITS,
  get(split, indices) {
    const all = Array.from(indices);
    const images = all.flatMap((i) => {
      const random = new Random(i).fork(split);
      const [level, other] = [0.4 * (i % 3 - 1) + 0.1 * random.normal(), 0.3 * random.normal()];
      return Array.from({ length: 256 }, (_, p) => p % 16 < 8 ? level : other);
    });
    return Promise.resolve({
      ids: all.map((i) => `${split}-${i}`),
      images: tensor([all.length, 1, 16, 16], images),
      labels: Int32Array.from(all, (i) => i % 3),
    });
  },
});
const judge = { brightness: { classes: 3, sharpness: 8 } };
const how = { calibration: "regression", extrapolate: true };
const measured = await world.run("measureBands", { judge, limit: 120, ...how });
const { probe, measured: { bands } } = measured.result;

Deno.test("frames of images that were not used lie within the bands as often as they say", async () => {
  assertEquals(
    bands.map(({ grade, frames }: { grade: number; frames: number }) => [grade, frames]),
    [
      [0, 120],
      [1, 120],
      [2, 120],
    ],
  );
  const { result, job } = await world.run(
    "evaluate",
    { probe, judge, split: "test", limit: 120 },
    measured.job,
  );
  const artifact = job.artifacts.get(result.evaluation)!;
  const { images } = JSON.parse(
    new TextDecoder().decode(await job.read(artifact, "evaluation.json")),
  );
  const inside: boolean[] = images.flatMap(({ frames }: { frames: Frame[] }) =>
    frames.map(({ judge, targetGrade, band }) => Math.abs(judge.grade - targetGrade) <= band)
  );
  const coverage = inside.filter(Boolean).length / inside.length;
  assertEquals(inside.length, 360);
  assertAlmostEquals(result.judge.judge.figures.covered, coverage, 1e-12);
  assertEquals(result.judge.own.figures.covered, undefined);
  assert(coverage > 0.87 && coverage < 0.93, `${coverage}`);
});

interface Frame {
  readonly targetGrade: number;
  readonly band: number;
  readonly judge: { readonly grade: number };
}

Deno.test("every frame of the probe's paths has its band; between two grades it is the wider one", async () => {
  const { result } = await world.run("counterfactualPath", {
    probe,
    targets: [0, 0.5, 2, 2.5],
  }, measured.job);
  const widths = bands.map(({ width }: { width: number }) => width);
  assertEquals(result.frames.map(({ band }: Frame) => band), [
    widths[0],
    Math.max(widths[0], widths[1]),
    widths[2],
    undefined,
  ]);
  assertEquals([result.bands.judge, result.bands.coverage], ["brightness", 0.9]);
  const plain = await world.run("counterfactualPath");
  assertEquals([plain.result.bands, plain.result.frames[0].band], [undefined, undefined]);
});

Deno.test("paths that are made in another way have no band, and say so", async () => {
  const sampler = { name: "toy", inversionSteps: 2 };
  const coarser = { sampler: { ...sampler, renderSteps: 3 } };
  for (const other of [{ closeLoop: { iterations: 1 } }, coarser]) {
    const { result } = await world.run("counterfactualPath", { probe, ...other }, measured.job);
    assertEquals([result.bands, result.frames[0].band], [undefined, undefined]);
    assert(result.warnings.some((text: string) => text.includes("made in another way")));
  }
  // The sampler that is the default anyway, in another order.
  const same = { sampler: { renderSteps: 4, ...sampler } };
  const { result } = await world.run("counterfactualPath", { probe, ...same }, measured.job);
  assertEquals(result.frames[0].band, bands[0].width);
});

Deno.test("bands that came along with a model are its bands, and silent where paths are made in another way", async () => {
  const { job } = measured;
  const { probe: own } = world.which;
  const text = await job.read(job.artifacts.get(probe)!, "bands.json");
  const files = { "bands.json": text };
  await job.derived(
    "bands",
    { version: 2, probe: own },
    () => Promise.resolve({ files, metadata: {}, inputs: [] }),
  );
  const { result } = await world.run("counterfactualPath", {}, job);
  assertEquals([result.bands.judge, result.frames[0].band], ["brightness", bands[0].width]);
  const other = await world.run("counterfactualPath", { closeLoop: { iterations: 1 } }, job);
  assertEquals(other.result.bands, undefined);
  assert(!other.result.warnings.some((text: string) => text.includes("made in another way")));
});

Deno.test("a probe with bands is the same probe", async () => {
  const file = async (id: string, name: string) =>
    await measured.job.read(measured.job.artifacts.get(id)!, name);
  assertEquals(await file(probe, "probe.json"), await file(world.which.probe, "probe.json"));
});

Deno.test("bands need a judge with grades, and enough images", async () => {
  const run = (options: Record<string, unknown>) =>
    world.run("measureBands", { judge, ...options });
  const yesNo = { brightness: { classes: 2 } };
  await assertRejects(() => run({ judge: yesNo }), InputError, "tells grades on the probe's scale");
  await assertRejects(
    () => run({ split: "few" }),
    InputError,
    "for a coverage of 0.9, current number is 8",
  );
});
