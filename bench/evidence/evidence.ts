/**
 * Counterfactuals before independent judges: how far the grade moves in their eyes, and whether the change has the size of the real one.
 *
 *     deno task bench evidence --data DIR --model knee64 --split val --images 40 --judges '[{"onnx":{"model":"judge.onnx"}}]'
 *
 * `--options` are those of a path, as a JSON list: one row each; `--label 4` takes images of this grade alone.
 */

import { parseArgs } from "node:util";
import {
  type Images,
  type Judge,
  type JudgePlugin,
  judges,
  Random,
  row,
  rows,
  tasks,
  type Tensor,
} from "@countergrade/countergrade";
import { fitLine } from "@countergrade/countergrade/linear";
import { pearson, spearman } from "@countergrade/countergrade/review";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { labelOn } from "../../plugins/tasks/paths/goals.ts";
import { renderPath } from "../../plugins/tasks/paths/render_path.ts";
import { openPathSetup, type PathOptions } from "../../plugins/tasks/paths/setup.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    home: { type: "string" },
    model: { type: "string", default: "knee64" },
    split: { type: "string", default: "val" },
    images: { type: "string", default: "40" },
    label: { type: "string" },
    judges: { type: "string", default: "[]" },
    options: { type: "string", default: "[{}]" },
    seed: { type: "string", default: "0" },
  },
});
const ground = await groundOf(flags.model, {
  data: flags.data,
  home: flags.home,
  seed: Number(flags.seed),
});
const { host, probe } = ground;
const task = host.member(tasks, "evaluate");
const one = ground.job;
const dataset = await host.openDataset(String(probe.metadata.dataset));
const seen: Judge[] = [];
for (const choice of JSON.parse(flags.judges)) {
  const { member, options } = host.chosen<JudgePlugin>(judges, choice);
  seen.push(await member.open(member.options.parse(options), one));
}
const grades = dataset.scale.names.map((_, grade) => grade);
const last = grades.length - 1;
const count = dataset.splits[flags.split];
const order = new Random(Number(flags.seed)).fork("images").permutation(count);
const { labels } = await dataset.get(flags.split, order);
const wanted = flags.label === undefined
  ? order
  : order.filter((_, i) => labels[i] === Number(flags.label));
const drawn = wanted.subarray(0, Number(flags.images));

/** Mean images of the end grades among the training images. */
async function realDifference(): Promise<Float64Array> {
  const size = dataset.imageShape.reduce((a, b) => a * b);
  const sums = [new Float64Array(size), new Float64Array(size)];
  const counts = [0, 0];
  for (let start = 0; start < dataset.splits.train; start += 256) {
    const end = Math.min(start + 256, dataset.splits.train);
    const { images, labels } = await dataset.get(
      "train",
      Int32Array.from({ length: end - start }, (_, i) => start + i),
    );
    for (let i = 0; i < labels.length; i++) {
      const side = labels[i] === 0 ? 0 : labels[i] === last ? 1 : -1;
      if (side < 0) continue;
      counts[side]++;
      row(images, i).data.forEach((value, q) => sums[side][q] += value);
    }
  }
  return sums[1].map((value, q) => value / counts[1] - sums[0][q] / counts[0]);
}

const real = await realDifference();
const norm = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((s, x) => s + x * x, 0));
const judged = async (judge: Judge, images: Images) => [...(await judge.judge(images, {})).grades!];

console.log(
  `${flags.model}, ${drawn.length} images of ${flags.split}, grades ${grades.join(", ")}\n`,
);
console.log(
  "| options | step | size (least squares / norm) | likeness | margins | outside | judges: slope, within-path ρ, change at own grade, mean at each grade |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
await using loaded = new LoadedEncoders();
for (const extra of JSON.parse(flags.options)) {
  const options = task.options(host).parse({
    probe: probe.id,
    dataset: dataset.id,
    split: flags.split,
    ...extra,
  }) as PathOptions;
  const setup = await openPathSetup(options, one, loaded);
  const mean = new Float64Array(real.length);
  const shown: number[][][] = seen.map(() => grades.map(() => []));
  const within: number[][] = seen.map(() => []);
  const stay: number[][] = seen.map(() => []);
  const outside: number[] = [];
  const start = performance.now();
  for (const index of drawn) {
    const { images, labels: [label] } = await dataset.get(flags.split, [index]);
    const path = await renderPath(images, { ...setup, foreign: true }, { signal: one.signal }, {
      label: labelOn(setup.probe, dataset.scale, label),
    });
    const { frames, reconstruction } = path.record;
    const at = (grade: number) => path.goals.findIndex((goal) => goal.grade === grade);
    if (at(0) >= 0 && at(last) >= 0) {
      const [low, high] = [row(frames, at(0)).data, row(frames, at(last)).data];
      low.forEach((value, q) => mean[q] += (high[q] - value) / drawn.length);
    }
    for (const found of path.seen ?? []) {
      if (found.outside !== undefined) outside.push(found.outside);
    }
    for (const [j, judge] of seen.entries()) {
      const own = (await judged(judge, reconstruction as Tensor))[0];
      const told = await judged(judge, rows(frames, 0, frames.shape[0]));
      path.goals.forEach(({ grade }, i) => {
        shown[j][grade].push(told[i]);
        if (grade === label) stay[j].push(Math.abs(told[i] - own));
      });
      const rho = spearman(path.goals.map(({ grade }) => grade), told);
      if (Number.isFinite(rho)) within[j].push(rho);
    }
  }
  const product = mean.reduce((sum, value, q) => sum + value * real[q], 0) / norm(real) ** 2;
  const average = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const eyes = seen.map((_, j) => {
    const x = shown[j].flatMap((list, grade) => list.map(() => grade));
    const y = shown[j].flat();
    const { slope } = fitLine(Float64Array.from(x), y);
    return `${slope.toFixed(2)}, ${average(within[j]).toFixed(3)}, ${
      average(stay[j]).toFixed(3)
    }, ${shown[j].map((list) => average(list).toFixed(2)).join(" ")}`;
  });
  const margin = marginOf(mean) / marginOf(real);
  console.log(
    `| ${JSON.stringify(extra)} | ${setup.calibration.stepFactor.toFixed(2)} | ${
      product.toFixed(2)
    } / ${(norm(mean) / norm(real)).toFixed(2)} | ${pearson(mean, real).toFixed(3)} | ${
      margin.toFixed(2)
    } | ${outside.length ? average(outside).toFixed(4) : "–"} | ${eyes.join("; ")} | ${
      ((performance.now() - start) / 1000 / drawn.length).toFixed(1)
    } s per image`,
  );
}

/** The mean change in the outer eighth on the left and on the right: soft tissue, for knees. */
function marginOf(change: ArrayLike<number>): number {
  const [, , width] = dataset.imageShape;
  let [sum, n] = [0, 0];
  for (let q = 0; q < change.length; q++) {
    const x = q % width;
    if (x >= width / 8 && x < width * 7 / 8) continue;
    sum += change[q];
    n++;
  }
  return sum / n;
}

for (const judge of seen) await judge[Symbol.asyncDispose]();
await ground[Symbol.asyncDispose]();
