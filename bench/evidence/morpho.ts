/**
 * A drawn benchmark after Morpho-MNIST: digits of known thickness, whose true counterfactual can be drawn. An encoder and a probe are
 * trained on 4,000 of them; unseen ones are asked to be thicker or thinner, and everything is measured from pixels beside the drawing.
 * What is trained is kept in the home folder. Beside our figures stand those that others published of the handwritten digits.
 *
 *     deno task bench morpho --images 60
 *     deno task bench morpho --encoder '{"pca":{"components":64}}'
 */

import { parseArgs } from "node:util";
import { Host, metrics, row, tasks, type Tensor } from "@countergrade/countergrade";
import { meanAbsoluteDifference } from "@countergrade/countergrade/images";
import { Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import plugin, { causeOf, intensityOf, morpho } from "../morpho/digits.ts";
import { type Figures, PUBLISHED } from "../morpho/published.ts";
import { drawn, type Pen } from "../morpho/strokes.ts";
import { done, jobOver } from "../shipped/tasks.ts";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { pathFigures } from "../../plugins/tasks/paths/figures.ts";
import { renderPath } from "../../plugins/tasks/paths/render_path.ts";
import { openPathSetup, type PathOptions } from "../../plugins/tasks/paths/setup.ts";
import { pathTools } from "../../plugins/tasks/paths/tools.ts";

/** A small Diffusion Autoencoder: some minutes of one processor. */
const ENCODER = {
  dae: { preset: "small28", config: { imageChannels: 1, codeSize: 64 }, steps: 1500, threads: 1 },
};
const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    encoder: { type: "string", default: JSON.stringify(ENCODER) },
    home: { type: "string", default: ".countergrade" },
    images: { type: "string", default: "60" },
    costly: { type: "string", default: "composition,minimality" },
    seed: { type: "string", default: "1" },
  },
});
/** Thicknesses that are asked for, px. */
const TARGETS = [1.5, 2, 2.5, 3, 3.5];

await using host = await Host.boot([...builtins, plugin]);
await using workspace = await Workspace.open(flags.home);
const seed = Number(flags.seed);
const job = jobOver(host, workspace, seed);
const dataset = morpho.id;
const training = { dataset, encoder: JSON.parse(flags.encoder) };
const { encoder } = await done(host, workspace, "trainEncoder", training, seed);
const { codes } = await done(host, workspace, "encode", { dataset, encoder }, seed);
const { probe } = await done(host, workspace, "trainProbe", { codes, probe: { ridge: {} } }, seed);

/** The image as it would have been drawn with another thickness: the intensity follows, all else stays. */
function counterfactual(index: number, thickness: number): Tensor {
  const { glow, ...pen } = causeOf("test", index);
  const other: Pen = { ...pen, thickness, intensity: intensityOf(thickness, glow) };
  return { shape: [1, ...morpho.imageShape], data: drawn(other) };
}

const measure = (name: string, images: Tensor) =>
  morpho.measurements!.find((one) => one.name === name)!.measure(images)[0];
const NAMES = ["thickness", "intensity", "slant"];
const task = host.member(tasks, "evaluate");
await using loaded = new LoadedEncoders();
const options = task.options(host).parse({
  ...{ probe, dataset, split: "test", targets: TARGETS },
}) as PathOptions;
const setup = await openPathSetup(options, job, loaded);
const sums: Record<string, number[]> = {};
const note = (name: string, value: number) => {
  if (Number.isFinite(value)) (sums[name] ??= []).push(value);
};
for (let index = 0; index < Number(flags.images); index++) {
  const { images, labels } = await morpho.get("test", [index]);
  const path = await renderPath(images, setup, { signal: job.signal }, { label: labels[0] });
  const { frames, targetGrades } = path.record;
  targetGrades.forEach((thickness, i) => {
    const frame = row(frames, i);
    const truth = counterfactual(index, thickness);
    for (const name of NAMES) {
      note(`${name}, edited`, Math.abs(measure(name, frame) - measure(name, truth)));
      note(`${name}, unedited`, Math.abs(measure(name, images) - measure(name, truth)));
    }
    note("image, edited", meanAbsoluteDifference(truth, frame)[0]);
    note("image, unedited", meanAbsoluteDifference(truth, images)[0]);
  });
  const names = flags.costly.split(",").filter((name) => host.names(metrics).includes(name));
  const tools = pathTools(setup, job.signal);
  const figures = await pathFigures(host, path.record, { names, tools });
  for (const name of ["composition1", "composition10", "minimality"]) note(name, figures[name]);
}
const mean = (name: string) => {
  const values = sums[name] ?? [];
  return values.reduce((a, b) => a + b, 0) / values.length;
};
const told = (value: number) => Number.isNaN(value) ? "–" : value.toFixed(3);
console.log(`${flags.images} images to ${TARGETS.join(", ")} px, encoder ${flags.encoder}\n`);
console.log("| distance to the drawn counterfactual | edited | unedited |\n| --- | --- | --- |");
for (const name of [...NAMES, "image"]) {
  console.log(
    `| ${name} | ${told(mean(`${name}, edited`))} | ${told(mean(`${name}, unedited`))} |`,
  );
}
const ours: Figures = {
  method: "ours, drawn digits",
  composition1: mean("composition1") * 127.5,
  composition10: mean("composition10") * 127.5,
  thickness: mean("thickness, edited"),
  intensity: mean("intensity, edited") * 255,
  minimality: mean("minimality"),
};
console.log(
  "\n| method | composition, 1 and 10 cycles | thickness, px | intensity of 255 | minimality |",
);
console.log("| --- | --- | --- | --- | --- |");
for (const one of [ours, ...PUBLISHED]) {
  console.log(
    `| ${one.method} | ${told(one.composition1)}, ${told(one.composition10)} | ` +
      `${told(one.thickness)} | ${told(one.intensity)} | ${told(one.minimality)} |`,
  );
}
