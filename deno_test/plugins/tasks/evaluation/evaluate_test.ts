/** The task `evaluate` where every figure can be told by hand. */

import {
  CancelledError,
  definePlugin,
  InputError,
  type JobEventBody,
  metrics,
  PluginError,
  tasks,
} from "@countergrade/countergrade";
import { type MemoryJob, memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { EvaluatedPath } from "../../../../plugins/tasks/evaluation/evaluated_path.ts";
import type { Summary } from "../../../../plugins/tasks/evaluation/figures.ts";
import { coutMetric } from "../../../../plugins/metrics/cout.ts";
import { reversibilityMetric } from "../../../../plugins/metrics/reversibility.ts";
import type { FlipRates } from "../../../../plugins/tasks/evaluation/flip_distance.ts";
import type { PlainReview } from "../../../../plugins/tasks/probes/review.ts";
import { halvesDataset, lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "evaluate");
register(
  "task evaluate",
  testTask(task, { host: world.host, after: world.saved, options: world.which }),
);

type Result = Summary & { flips: FlipRates; review?: PlainReview };

/** The result, and the files of its artifact. */
async function evaluated(options: Record<string, unknown> = {}) {
  const { result, job } = await world.run("evaluate", options);
  const artifact = await job.load("evaluation", result.evaluation);
  const file = async (name: string) => new TextDecoder().decode(await job.read(artifact, name));
  const content = JSON.parse(await file("evaluation.json")) as Summary & {
    images: EvaluatedPath[];
  };
  return { result: result as Result, job, artifact, file, content };
}

Deno.test("evaluate finds the share of the shift that the renderer lets through", async () => {
  const { result, content } = await evaluated();
  assertEquals([result.paths, result.frames], [6, 18], "all images of val, all grades");
  assertAlmostEquals(result.arrived!, 0.5, 1e-3);
  assertAlmostEquals(result.reconstructionSsim!, 1, 1e-6);
  assertAlmostEquals(result.reconstructionMse!, 0, 1e-6);
  const misses = content.images.flatMap(({ frames, latentGrade }) =>
    frames.map(({ targetGrade }) => 0.5 * Math.abs(targetGrade - latentGrade))
  );
  assertAlmostEquals(result.gradeMae, misses.reduce((a, b) => a + b) / 18, 1e-3);
  assertAlmostEquals(result.met, misses.filter((miss) => miss <= 0.25).length / 18, 1e-9);
  assert(result.spearman! > 0.5 && result.spearman! < 1, `${result.spearman}`);
  assert(result.kendallTau! > 0.4 && result.kendallTau! < result.spearman!);
});

Deno.test("evaluate with a closed loop reaches the grades", async () => {
  const { result } = await evaluated({ closeLoop: { tolerance: 0.01 } });
  assertEquals(result.met, 1);
  assertAlmostEquals(result.gradeMae, 0, 0.01);
  assertAlmostEquals(result.arrived!, 1, 0.01);
  // The same grade is asked for six times, so ties keep τ-b below 1.
  assert(result.spearman! > 0.9);
});

Deno.test("the shift is counted from each image's own grade, so that one target is enough for it", async () => {
  const { result } = await evaluated({ targets: [1], limit: 3 });
  assertAlmostEquals(result.arrived!, 0.5, 1e-3);
});

Deno.test("every metric has mean, median and an interval that holds the mean", async () => {
  const { result, content } = await evaluated();
  const mae = result.figures.find(({ name }) => name === "gradeMae")!;
  const values = content.images.map(({ metrics }) => metrics.gradeMae).sort((a, b) => a - b);
  assertAlmostEquals(mae.mean, values.reduce((a, b) => a + b) / 6, 1e-9);
  assertAlmostEquals(mae.median, (values[2] + values[3]) / 2, 1e-9);
  assert(values[0] <= mae.low && mae.low < mae.mean && mae.mean < mae.high);
  assert(mae.high <= values[5] && mae.paths === 6);
  const names = result.figures.map(({ name }) => name);
  for (const name of ["imageValidity", "kendallTau", "l1Net", "reconstructionSsim"]) {
    assert(names.includes(name), name);
  }
});

Deno.test("figures over all frames have intervals over the paths", async () => {
  const { result } = await evaluated();
  const names = result.intervals.map(({ name }) => name);
  assertEquals(names, ["gradeMae", "met", "arrived"]);
  for (const { name, low, high } of result.intervals) {
    const value = result[name as "met"];
    assert(low <= value && value <= high, `${name}: ${low} to ${high}, ${value}`);
  }
  // All frames of a path stay together, so the grade error has the interval of its mean over the paths.
  const [perPath] = result.figures.filter(({ name }) => name === "gradeMae");
  const whole = result.intervals.find(({ name }) => name === "gradeMae")!;
  assertAlmostEquals(whole.low, perPath.low, 0.1 * (perPath.high - perPath.low));
  assertAlmostEquals(whole.high, perPath.high, 0.1 * (perPath.high - perPath.low));
  const alone = (await evaluated({ targets: [1], limit: 1 })).result.intervals;
  assertEquals(alone.map(({ name }) => name), ["gradeMae", "met"]);
});

Deno.test("a figure without meaning is left out: one grade has no order and no shift between frames", async () => {
  const { result } = await evaluated({ targets: [1], limit: 1 });
  assertEquals([result.paths, result.frames], [1, 1]);
  for (const name of ["spearman", "kendallTau", "arrived"]) assert(!(name in result), name);
  assert(!result.figures.some(({ name }) => name === "kendallTau"));
});

Deno.test("the artifact has all paths as JSON, a table and a plot", async () => {
  const { result, artifact, file, content } = await evaluated({ limit: 3 });
  assertEquals(Object.keys(artifact.files), [
    "evaluation.json",
    "table.md",
    "plot.svg",
    "flips.svg",
    "reliability.svg",
    "leftHalf.svg",
    "contrast.svg",
  ]);
  assertEquals(artifact.metadata.dataset, "halves");
  const indices = content.images.map(({ index }) => index);
  assertEquals(indices.length, 3);
  assert(indices.every((index, i) => i === 0 || index > indices[i - 1]), `${indices}`);
  assert(indices.some((index, i) => index !== i), "a sample of the split, not its first images");
  assertEquals(content.images.map(({ image }) => image), indices.map((index) => `val-${index}`));
  const { figures, paths } = content;
  assertEquals([figures, paths], [result.figures, 3]);
  const table = await file("table.md");
  assert(table.startsWith("# Paths of 3 images of halves, val\n"), table);
  for (const { name } of figures) assert(table.includes(`\n| ${name} | `), name);
  const [, perPath] = table.split(/^(?=\| Per path)/m);
  const rows = perPath.split("\n\n")[0].split("\n");
  assertEquals(new Set(rows.map((row) => row.split(" | ").length)), new Set([5]));
  const plot = await file("plot.svg");
  assertEquals(plot.match(/<circle /g)?.length, 9);
  assert(!/NaN|undefined|Infinity/.test(plot));
});

Deno.test("what the data set measures stands beside what the probe says", async () => {
  const { result, content } = await evaluated({ limit: 4 });
  const [left, contrast] = result.measurements;
  assertEquals([left.name, left.found, left.frames], ["leftHalf", 1, 12]);
  // In this world the code is the brightness, so both see the same.
  assertAlmostEquals(left.agreementMae!, 0, 1e-5);
  assertAlmostEquals(left.imageSpearman!, 1, 1e-9);
  assertAlmostEquals(left.gradeMae!, result.gradeMae, 1e-5);
  assertAlmostEquals(left.imageGradeMae!, result.gradeMae, 1e-9);
  assertAlmostEquals(left.spearman!, result.spearman!, 1e-9);
  const success = result.figures.find(({ name }) => name === "regressionSuccess")!;
  assertAlmostEquals(left.success!, success.mean, 1e-9);
  assertEquals(left.success, left.imageSuccess);
  // The measured grade is severe from threshold − ½ on, the toy probe from 1 on.
  const sides = content.images.flatMap(({ frames, targetScores }) =>
    frames.flatMap(({ imageGrade, imageScore }, i) =>
      targetScores[i] === 0 ? [] : [[imageGrade >= 0.5, imageScore > 0, targetScores[i] > 0]]
    )
  );
  const agree = (which: 0 | 1) => sides.filter((side) => side[which] === side[2]).length / 8;
  assertEquals([left.validity, left.imageValidity, sides.length], [agree(0), agree(1), 8]);
  const interval = left.intervals.find(({ name }) => name === "gradeMae")!;
  assert(!left.intervals.some(({ name }) => name === "spearman"));
  assert(interval.low < left.gradeMae! && left.gradeMae! < interval.high, JSON.stringify(interval));
  const values = content.images.map(({ measured }) => measured.contrast);
  const known = values.filter(({ original }) => original !== null);
  assert(known.length > 0 && known.length < 4, "some images have a bright right half");
  assertEquals([contrast.frames, contrast.found], [3 * known.length, known.length / 4]);
  assertEquals(["gradeMae", "validity"].filter((name) => name in contrast), []);
  const [first] = content.images;
  assertAlmostEquals(first.measured.leftHalf.original!, 0.4 * (first.latentGrade - 1), 1e-5);
  assertEquals(first.measured.leftHalf.frames.length, 3);
});

Deno.test("flip rates: half of the images at the step at which half have crossed", async () => {
  const { result, content } = await evaluated();
  const frames = content.images.flatMap(({ frames, reconstructionScore, targetScores }) =>
    frames.map(({ imageScore }, i) => ({
      flipped: imageScore > 0 !== reconstructionScore > 0,
      beyond: (reconstructionScore > 0 ? -1 : 1) * targetScores[i],
    }))
  );
  const { byScore, byLength } = result.flips;
  assertEquals(byScore.map(({ step }) => Math.round(step)), [-1, 0, 1]);
  for (const { step, flipped, frames: count } of byScore) {
    const here = frames.filter(({ beyond }) => Math.abs(beyond - step) < 1e-6);
    assertEquals(count, here.length);
    assertAlmostEquals(flipped, here.filter(({ flipped }) => flipped).length / here.length, 1e-9);
  }
  assertEquals(byScore[0].flipped, 0);
  assert(byScore[2].flipped > 0 && byScore[2].flipped < 1);
  assert(byLength.every(({ step }) => step > 0));
  // Frames that were asked to move away from the boundary are no step towards it.
  assert(byLength.reduce((sum, { frames }) => sum + frames, 0) < frames.length);
});

Deno.test("the probe is measured on the split, on as many images as asked for", async () => {
  const { review } = (await evaluated({ limit: 1 })).result;
  assertEquals(review!.images, 6);
  assertEquals(review!.confusion, [[2, 0, 0], [0, 2, 0], [0, 0, 2]]);
  const { result, artifact, file } = await evaluated({ limit: 1, graded: 0 });
  assert(!("review" in result) && !("reliability.svg" in artifact.files));
  assert(!(await file("table.md")).includes("Probe on"));
});

Deno.test("labels on another scale count where it is said which is which", async () => {
  await using other = await lossyWorld((brightness) => brightness, [], {
    scale: { type: "ordinal", names: ["a", "b", "c"] },
  });
  const labels = ["a=none", "b=mild", "c=severe"];
  const { review } = (await other.run("evaluate", { limit: 1, labels })).result;
  assertEquals(review.confusion, [[2, 0, 0], [0, 2, 0], [0, 0, 2]]);
  const some = (await other.run("evaluate", { limit: 1, labels: labels.slice(1) })).result.review;
  assertEquals([some.images, some.confusion], [4, [[0, 0, 0], [0, 2, 0], [0, 0, 2]]]);
});

Deno.test("labels on another scale, or none at all, leave the probe unmeasured", async () => {
  await using bare = await lossyWorld((brightness) => brightness, [], {
    scale: { type: "ordinal", names: ["a", "b", "c"] },
  });
  const { result, job } = await bare.run("evaluate", { limit: 1 });
  assert(!("review" in result));
  const warnings = job.events.flatMap((event) => event.type === "warning" ? [event.message] : []);
  assertEquals(
    warnings.filter((text) => text.includes("(a, b, c) are not on the probe's scale")).length,
    1,
  );
  await using blind = await lossyWorld((brightness) => brightness, [], {
    get: async (split, indices) => {
      const batch = await halvesDataset.get(split, indices);
      return { ...batch, labels: batch.labels.map(() => -1) };
    },
  });
  assert(!("review" in (await blind.run("evaluate", { limit: 1 })).result));
});

Deno.test("metrics with a cost are measured where they are asked for", async () => {
  await using more = await lossyWorld((brightness) => 0.5 * brightness, [
    reversibilityMetric,
    coutMetric,
  ]);
  const { result: cheap } = await more.run("evaluate", { limit: 2 });
  const { result: all } = await more.run("evaluate", {
    limit: 2,
    costly: ["reversibility", "cout"],
  });
  const names = (summary: Summary) => summary.figures.map(({ name }) => name);
  const added = names(all).filter((name) => !names(cheap).includes(name));
  assertEquals(added.sort(), ["cout", "returnGradeMae", "reversed", "reversibilityL1"]);
  // The renderer shows half of the way there and half of the way back.
  const reversed = all.figures.find(({ name }: { name: string }) => name === "reversed");
  assertAlmostEquals(reversed.mean, 0.5, 1e-3);
  const member = more.host.member(tasks, "evaluate").options(more.host);
  assert(!member.safeParse({ ...more.which, costly: ["validity"] }).success);
});

Deno.test("a metric that uses the models without a cost is named", async () => {
  const greedy = definePlugin({
    id: "greedy-metric",
    version: "1.0.0",
    apiVersion: "^1",
    setup: (registry) =>
      registry.add(metrics, {
        name: "greedy",
        description: "Encodes without saying so",
        measure: async ({ frames }, { encode }) => ({ greedy: (await encode(frames)).data[0] }),
      }),
  });
  await using more = await lossyWorld((brightness) => brightness, [greedy]);
  const error = await assertRejects(() => more.run("evaluate", { limit: 1 }), PluginError);
  assert(error.message.includes("greedy-metric") && error.message.includes("cost"), error.message);
});

Deno.test("an interrupted evaluation goes on where it was, and ends as an uninterrupted one", async () => {
  const options = task.options(world.host).parse({ ...world.which, limit: 5 });
  const whole = memoryJob(world.host, { after: world.saved });
  const expected = await task.run(options, whole);
  const first = memoryJob(world.host, { after: world.saved });
  const stopped = {
    ...first,
    emit: (event: JobEventBody) => {
      if (event.type === "progress" && event.step === 3) first.cancel();
    },
  };
  await assertRejects(() => task.run(options, stopped), CancelledError);
  const second = memoryJob(world.host, { after: world.saved, partsOf: first });
  const before = world.rendered.length;
  const resumed = await task.run(options, second);
  // The number of artifacts before this one differs: each job keeps the x_T that it computed.
  assertEquals({ ...resumed, evaluation: "" }, { ...expected, evaluation: "" });
  assertEquals(world.rendered.length - before, 3, "two paths were remembered");
  const files = (job: MemoryJob) => [...job.artifacts.values()].at(-1)!.files;
  assertEquals(files(second), files(whole));
});

Deno.test("a part of an evaluation comes to the same where it is done by itself", async () => {
  const options = task.options(world.host).parse({ ...world.which, limit: 5 });
  const whole = memoryJob(world.host, { after: world.saved });
  const parts: [unknown, Uint8Array][] = [];
  await task.run(options, {
    ...whole,
    inParts: (all, here, onDone) =>
      whole.inParts(all, async (part) => {
        const bytes = await here(part);
        parts.push([part, bytes]);
        return bytes;
      }, onDone),
  });
  assertEquals(parts.length, 3);
  for (const [part, bytes] of parts) {
    const apart = memoryJob(world.host, { after: world.saved });
    assertEquals(await task.part!(options, part, apart), bytes);
  }
});

Deno.test("evaluate tells its progress path by path, and stops between two", async () => {
  const job = memoryJob(world.host, { after: world.saved });
  const options = task.options(world.host).parse({ ...world.which, limit: 5 });
  const emit = job.emit;
  const message = "rendering paths";
  // What is derived from the training images is told too, where no test before has done it.
  const pathOf = (event: Parameters<typeof emit>[0]) =>
    event.type === "progress" && event.message === message ? event.step : undefined;
  const watched = {
    ...job,
    emit(event: Parameters<typeof emit>[0]) {
      emit(event);
      if (pathOf(event) === 3) job.cancel();
    },
  };
  await assertRejects(() => task.run(options, watched), CancelledError);
  assertEquals(job.events.filter((event) => pathOf(event) !== undefined), [
    { type: "progress", step: 1, total: 6, message },
    { type: "progress", step: 2, total: 6, message },
    { type: "progress", step: 3, total: 6, message },
  ]);
});

Deno.test("evaluate says which splits there are", async () => {
  for (const split of ["test", "none", "toString"]) {
    const error = await assertRejects(() => world.run("evaluate", { split }), InputError);
    assert(error.message.includes(`(train, val), current split is "${split}"`), error.message);
  }
});
