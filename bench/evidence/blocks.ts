/**
 * Whether frames show the blocks that a preset sees as channels, and grain: of all stored paths of the phantom at 128 px, beside
 * the images they start from.
 *
 *     deno task bench phantom --home .countergrade --probe PROBE --paths 16
 *     deno task bench blocks --home .countergrade
 */

import { parseArgs } from "node:util";
import type { Images } from "@countergrade/countergrade";
import { ofPng } from "@countergrade/countergrade/images";
import { Workspace } from "@countergrade/countergrade/jobs";
import { openVertebra, PHANTOM_IDS } from "../../plugins/datasets/vertebra/dataset.ts";

const SIZE = 128;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    home: { type: "string", default: ".countergrade" },
    block: { type: "string", default: "4" },
  },
});
const block = Number(flags.block);

/** Mean difference of neighbors across edges of blocks, over that of other neighbors. 1: nothing is to be seen of them. */
function blockiness({ data }: Images): number {
  const [edges, others] = [[0, 0], [0, 0]];
  for (let along = 0; along < SIZE; along++) {
    for (let at = 1; at < SIZE; at++) {
      const [row, column] = [along * SIZE + at, at * SIZE + along];
      const sums = at % block ? others : edges;
      sums[0] += Math.abs(data[row] - data[row - 1]) + Math.abs(data[column] - data[column - SIZE]);
      sums[1]++;
    }
  }
  return edges[0] / edges[1] / (others[0] / others[1]);
}

/** Standard deviation of the noise, after Immerkær (1996): what a difference of two Laplacians leaves. */
function grain({ data }: Images): number {
  let sum = 0;
  for (let y = 1; y < SIZE - 1; y++) {
    for (let x = 1; x < SIZE - 1; x++) {
      const [above, here, below] = [-1, 0, 1].map((line) => {
        const at = (y + line) * SIZE + x;
        return data[at - 1] - 2 * data[at] + data[at + 1];
      });
      sum += Math.abs(above - 2 * here + below);
    }
  }
  return Math.sqrt(Math.PI / 2) * sum / (6 * (SIZE - 2) ** 2);
}

/** What is read of the options of a path. */
interface Asked {
  readonly dataset: string;
  readonly split: string;
  readonly index: number;
}

const figures: Record<string, [blockiness: number, grain: number][]> = {};
const note = (of: string, images: Images) =>
  (figures[of] ??= []).push([blockiness(images), grain(images)]);
const dataset = openVertebra({ seed: 1, size: SIZE });
await using workspace = await Workspace.open(flags.home);
const { items } = await workspace.store.jobs.list({ task: "counterfactualPath", first: 1000 });
for (const { id } of items) {
  const job = await workspace.store.jobs.get(id);
  const { dataset: of, split, index } = job?.options as Asked;
  if (!job?.result || of !== PHANTOM_IDS[SIZE]) continue;
  const { reconstruction, frames } = job.result as {
    reconstruction: string;
    frames: { image: string; targetGrade: number }[];
  };
  note("images", (await dataset.get(split, [index])).images);
  note("reconstructions", ofPng(await workspace.blobs.read(reconstruction)));
  for (const { image, targetGrade } of frames) {
    note(`frames at ${targetGrade}`, ofPng(await workspace.blobs.read(image)));
  }
}
console.log("| pictures | number | blocks | grain |\n| --- | --- | --- | --- |");
for (const [of, values] of Object.entries(figures)) {
  const [blocks, noise] = [0, 1].map((at) =>
    values.reduce((sum, value) => sum + value[at], 0) / values.length
  );
  console.log(`| ${of} | ${values.length} | ${blocks.toFixed(3)} | ${noise.toFixed(4)} |`);
}
