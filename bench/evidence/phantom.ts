/**
 * Counterfactuals of unseen phantoms, judged by their pixels: the height asked for, and everything that should stay as it is. Lengths
 * are pixels of 64 in a picture.
 *
 *     deno task bench phantom --paths 200                                  (the model that comes along)
 *     deno task bench phantom --home .countergrade --probe PROBE --paths 20    (a probe of one's own, of `vertebra` or `vertebra128`)
 */

import { parseArgs } from "node:util";
import { Host, type Images } from "@countergrade/countergrade";
import { ofPng, resize, ssim } from "@countergrade/countergrade/images";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { percentile } from "@countergrade/countergrade/linear";
import { meanAbsoluteError, spearman } from "@countergrade/countergrade/review";
import { builtins } from "@countergrade/countergrade/plugins";
import { compareAdjacentAnatomy } from "../../plugins/datasets/vertebra/adjacent_anatomy.ts";
import { gradeOfHeightLoss } from "../../plugins/datasets/vertebra/grade.ts";
import { measureHeightLoss } from "../../plugins/datasets/vertebra/measure.ts";
import { openVertebra, PHANTOM_IDS } from "../../plugins/datasets/vertebra/dataset.ts";
import { SIZE } from "../../plugins/datasets/vertebra/render.ts";
import { probeOf, shownPath } from "../../server/showcase/shown_path.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    paths: { type: "string", default: "20" },
    model: { type: "string", default: "vertebra64" },
    home: { type: "string" },
    probe: { type: "string" },
  },
});
const home = flags.home ?? await Deno.makeTempDir();
const host = await Host.boot(builtins);
const workspace = await Workspace.open(home);
await installModels(workspace, host);
const probe = flags.probe ?? (await probeOf(host, flags.model)).id;
const trainedOn = (await workspace.store.artifacts.get(probe))?.metadata.dataset;
const size = trainedOn === PHANTOM_IDS[128] ? 128 : SIZE;
const dataset = openVertebra({ seed: 1, size });
/** As what measures them knows them. */
const coarse = (images: Images) => resize(images, SIZE, SIZE);
const ground = { host, workspace, probe, dataset, split: "test" };
const grades = dataset.scale.names.map((_, grade) => grade);

const figures: Record<string, number[]> = {};
const note = (name: string, value: number) => (figures[name] ??= []).push(value);
const [requested, losses]: number[][] = [[], []];
let missing = 0;
const paths = Number(flags.paths);
for (let index = 0; index < paths; index++) {
  const { images } = await dataset.get("test", [index]);
  const { pictures, rebuilt } = await shownPath(ground, index);
  const reconstruction = ofPng(rebuilt);
  note("SSIM of the reconstruction", ssim(images, reconstruction)[0]);
  const before = measureHeightLoss(coarse(reconstruction));
  for (const grade of grades) {
    const frame = coarse(ofPng(pictures[grade]));
    const { heightLoss, posterior, x, depth, rotation, found } = measureHeightLoss(frame);
    if (!found) {
      missing++;
      continue;
    }
    requested.push(grade);
    losses.push(heightLoss);
    const shown = Math.min(0.55, Math.max(0, heightLoss));
    const truth = { ...dataset.drawn("test", index), heightLoss: shown };
    const real = coarse(dataset.counterfactual("test", index, shown));
    const kept = compareAdjacentAnatomy(frame, real, truth);
    note("surroundings: RMSE to the true counterfactual", kept.rmse);
    note("surroundings: correlation with it", kept.correlation);
    note("neighbors: RMSE", kept.neighborRmse);
    note("neighbors: correlation of the fine texture", kept.texture);
    note("place of the body, change in px", Math.abs(x - before.x));
    note("depth of the body, change in px", Math.abs(depth - before.depth));
    note("posterior height, change in px", Math.abs(posterior - before.posterior));
    note("rotation, change in degrees", Math.abs(rotation - before.rotation));
  }
}
console.log(
  `${flags.probe ?? flags.model}: ${paths} phantoms of the test split at grades ${
    grades.join(", ")
  }\n`,
);
console.log("| figure | |\n| --- | --- |");
console.log(
  `| frames in which the body was found | ${losses.length} of ${losses.length + missing} |`,
);
console.log(
  `| Spearman of grade asked for and height loss | ${spearman(requested, losses).toFixed(4)} |`,
);
const error = meanAbsoluteError(requested, losses.map(gradeOfHeightLoss));
console.log(`| mean absolute error of that height's grade | ${error.toFixed(4)} |`);
for (const grade of grades) {
  const of = losses.filter((_, i) => requested[i] === grade).map(gradeOfHeightLoss);
  console.log(`| … asked for ${grade}, mean shown | ${mean(of).toFixed(3)} |`);
}
console.log("\n| kept | mean | 5th percentile | 95th percentile |\n| --- | --- | --- | --- |");
for (const [name, values] of Object.entries(figures)) {
  const cells = [mean(values), percentile(values, 5), percentile(values, 95)];
  console.log(`| ${name} | ${cells.map((value) => value.toFixed(4)).join(" | ")} |`);
}

await workspace.close();
await host[Symbol.asyncDispose]();
if (!flags.home) await Deno.remove(home, { recursive: true });

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
