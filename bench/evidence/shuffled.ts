/**
 * Probes that are fitted to shuffled labels: how many of them would render a path without `uninformative`.
 *
 *     deno task bench shuffled --data DIR --models knee64,retina28,vertebra64 --times 20
 */

import { parseArgs } from "node:util";
import {
  type Codes,
  type Dataset,
  type Encoder,
  type Labels,
  type ProbePlugin,
  probes,
  Random,
} from "@countergrade/countergrade";
import { LoadedEncoders, loadProbe } from "../../plugins/tasks/encoders/models.ts";
import { chanceOf, chanceWarning } from "../../plugins/tasks/probes/evidence.ts";
import { openShipped } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    models: { type: "string", default: "knee64,retina28,vertebra64" },
    times: { type: "string", default: "20" },
    train: { type: "string", default: "600" },
    held: { type: "string", default: "300" },
  },
});
await using shipped = await openShipped({ data: flags.data });
const { host } = shipped;

/** Some images of a split as codes with labels. */
async function some(
  dataset: Dataset,
  split: string,
  most: number,
  encoder: Encoder,
): Promise<{ codes: Codes; labels: Labels }> {
  const order = new Random(0).fork(split).permutation(dataset.splits[split]);
  const { images, labels } = await dataset.get(split, order.subarray(0, most));
  return { codes: await encoder.encode(images), labels };
}

const mixed = (labels: Labels, random: Random) => {
  const order = random.permutation(labels.length);
  return labels.map((_, i) => labels[order[i]]) as Labels;
};

console.log("| model | probe | true labels: p | shuffled, of which go through | p of all |");
console.log("| --- | --- | --- | --- | --- |");
await using loaded = new LoadedEncoders();
for (const model of flags.models.split(",")) {
  const stored = await loadProbe(shipped.jobOf(), (await shipped.probeOf(model)).id);
  const encoder = await loaded.get(shipped.jobOf(), stored.encoder);
  const dataset = await host.openDataset(String(stored.artifact.metadata.dataset));
  const train = await some(dataset, "train", Number(flags.train), encoder);
  const held = await some(dataset, "val", Number(flags.held), encoder);
  const threshold = Number(stored.artifact.metadata.threshold);
  for (const name of ["ordinal", "svm"]) {
    const member: ProbePlugin = host.member(probes, name);
    const chance = async (labels: Labels, heldLabels: Labels, seed: number) => {
      const job = shipped.jobOf(seed);
      const probe = await member.fit(train.codes, labels, member.options.parse({}), {
        scale: dataset.scale,
        threshold,
        random: job.random,
        signal: job.signal,
      });
      return await chanceOf(probe, { codes: held.codes, labels: heldLabels, split: "val" }, job);
    };
    const real = await chance(train.labels, held.labels, 0);
    const shuffled = [];
    for (let seed = 1; seed <= Number(flags.times); seed++) {
      const random = new Random(seed).fork("shuffle");
      shuffled.push(
        await chance(
          mixed(train.labels, random.fork("train")),
          mixed(held.labels, random.fork("val")),
          seed,
        ),
      );
    }
    const through = shuffled.filter((one) => !chanceWarning({ chance: one })).length;
    const ps = shuffled.map(({ p }) => p).sort((a, b) => a - b);
    console.log(
      `| ${model} | ${name} | ${real.p} | ${through} of ${shuffled.length} | ${ps.join(" ")} |`,
    );
  }
}
Deno.exit(0);
