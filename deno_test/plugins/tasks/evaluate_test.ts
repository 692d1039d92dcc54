/** The task `evaluate` where every figure can be told by hand. */

import { CancelledError, InputError, tasks } from "@countergrade/countergrade";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { EvaluatedPath, Summary } from "../../../plugins/tasks/evaluation.ts";
import { lossyWorld } from "./lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "evaluate");
register(
  "task evaluate",
  testTask(task, { host: world.host, after: world.saved, options: world.which }),
);

/** The result, and the files of its artifact. */
async function evaluated(options: Record<string, unknown> = {}) {
  const { result, job } = await world.run("evaluate", options);
  const artifact = await job.load("evaluation", result.evaluation);
  const file = async (name: string) => new TextDecoder().decode(await job.read(artifact, name));
  const content = JSON.parse(await file("evaluation.json")) as Summary & {
    images: EvaluatedPath[];
  };
  return { result: result as Summary, job, artifact, file, content };
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

Deno.test("evaluate tells its progress image by image, and stops between two", async () => {
  const job = memoryJob(world.host, { after: world.saved });
  const options = task.options(world.host).parse({ ...world.which, limit: 5 });
  const emit = job.emit;
  const watched = {
    ...job,
    emit(event: Parameters<typeof emit>[0]) {
      emit(event);
      if (event.type === "progress" && event.step === 2) job.cancel();
    },
  };
  await assertRejects(() => task.run(options, watched), CancelledError);
  assertEquals(job.events, [
    { type: "progress", step: 1, total: 6, message: "val-0" },
    { type: "progress", step: 2, total: 6, message: "val-1" },
  ]);
});

Deno.test("evaluate says which splits there are", async () => {
  for (const split of ["test", "none", "toString"]) {
    const error = await assertRejects(() => world.run("evaluate", { split }), InputError);
    assert(error.message.includes(`(train, val), current split is "${split}"`), error.message);
  }
});
