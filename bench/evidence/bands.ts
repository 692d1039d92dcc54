/**
 * Whether the bands of a model that comes along hold: how often a judge reads frames within them, of images that did not measure them.
 *
 *     deno task bench bands --data DIR --model knee64 --judge '{"onnx":{"model":"judge.onnx"}}' --split val --limit 400 --seed 3
 *
 * Judge, split, limit and seed are those of `measure-bands`; all other images of the split are looked at, and those of `--also`.
 */

import { parseArgs } from "node:util";
import { Random, tasks } from "@countergrade/countergrade";
import { drawnImages } from "../../plugins/tasks/data/drawn_images.ts";
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
    judge: { type: "string" },
    split: { type: "string", default: "val" },
    limit: { type: "string", default: "400" },
    seed: { type: "string", default: "3" },
    also: { type: "string" },
    most: { type: "string", default: "1000" },
  },
});
await using ground = await groundOf(flags.model, { data: flags.data, home: flags.home });
const { host, probe, job } = ground;
await using loaded = new LoadedEncoders();
const options = host.member(tasks, "evaluate").options(host).parse({
  ...{ probe: probe.id, dataset: probe.metadata.dataset, split: flags.split },
  judge: JSON.parse(flags.judge ?? "null"),
}) as PathOptions;
// As an evaluation does, foreign images too.
const setup = await openPathSetup({ ...options, foreign: true }, job, loaded);
await using witness = setup.witness;
const { dataset, bands } = setup;
if (!bands) throw new TypeError(`${flags.model} has no bands`);

const measured = new Set(
  drawnImages(dataset, flags.split, Number(flags.limit), new Random(Number(flags.seed))),
);
const others = [flags.split, ...flags.also ? [flags.also] : []].flatMap((split) =>
  Array.from({ length: dataset.splits[split] }, (_, index) => ({ split, index }))
    .filter(({ index }) => split !== flags.split || !measured.has(index))
).slice(0, Number(flags.most));
/** How far the judge read the frames of each grade from it, and images from their label. */
const errors = new Map<number, number[]>(bands.bands.map(({ grade }) => [grade, []]));
const own: number[] = [];
for (const { split, index } of others) {
  const { images, labels } = await dataset.get(split, [index]);
  const label = labelOn(setup.probe, dataset.scale, labels[0]);
  const path = await renderPath(images, setup, { signal: job.signal }, { label });
  const read = (await witness!.look(path.record.frames)).grade!;
  path.goals.forEach(({ grade }, i) => errors.get(grade)!.push(Math.abs(read[i] - grade)));
  own.push(Math.abs((await witness!.look(images)).grade![0] - labels[0]));
}

const share = (values: readonly number[], width: number) =>
  values.filter((value) => value <= width).length / values.length;
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
console.log(`${flags.model}, ${others.length} images that measured no band, by ${bands.judge}\n`);
console.log(
  "| grade asked for | band, ± | measured on | frames within |\n| --- | --- | --- | --- |",
);
let [within, all] = [0, 0];
for (const { grade, width, frames } of bands.bands) {
  const seen = errors.get(grade)!;
  within += share(seen, width) * seen.length;
  all += seen.length;
  console.log(
    `| ${grade} | ${width.toFixed(2)} | ${frames} | ${
      percent(share(seen, width))
    } of ${seen.length} |`,
  );
}
console.log(`| all | | | ${percent(within / all)} of ${all} |`);
const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
console.log(`\nThe judge reads the images themselves ${mean.toFixed(2)} grades off their labels`);
