/** The built-in encoder keeps the promises of its family. */

import { encoders, Random, tensor } from "@countergrade/countergrade";
import { LATERALITY } from "@countergrade/countergrade/engine";
import { memoryJob, register, testEncoder } from "@countergrade/countergrade/testing";
import { lively } from "../../../bench/peer/equality.ts";
import { writeModel } from "../../../plugins/encoders/dae/model.ts";
import { Chain, TINY } from "../../chain/chain.ts";
import { tinyConfig } from "../../core/nn/tiny_training.ts";

const chain = await Chain.open();
globalThis.addEventListener("unload", () => Deno.removeSync(chain.folder, { recursive: true }));
const member = chain.host.member(encoders, "dae");
const dataset = await chain.host.openDataset("bars");
const training = { ...TINY, steps: 6, learningRate: 5e-3, warmUp: 0, storage: "F16" };
const options = member.options.parse(training);
const { model } = await member.train!(dataset, options, {
  ...memoryJob(chain.host),
  random: new Random(2),
});
const { images } = await dataset.get("val", [0, 1, 2]);
await chain.workspace.close();

register("encoder dae", testEncoder(member, { model, images }));

const config = tinyConfig({ axes: 3, unshuffle: 4, pool: "grid" });
const volumes = writeModel({ config, weights: lively(config, new Random(1)), facts: {} });
const cubes = new Random(2).normals(2 * 8 ** 3).map(Math.tanh);
register(
  "encoder dae of volumes",
  testEncoder(member, { model: volumes, images: tensor([2, 1, 8, 8, 8], cubes) }),
);

const flat = tinyConfig({ unshuffle: 2 });
const bySlice = writeModel({
  config: flat,
  weights: lively(flat, new Random(1)),
  facts: { slices: "3" },
});
register(
  "encoder dae of volumes, slice by slice",
  testEncoder(member, { model: bySlice, images: tensor([2, 1, 3, 8, 8], cubes.slice(0, 384)) }),
);

const sided = tinyConfig({ laterality: true });
const weights = lively(sided, new Random(1));
// Odd from side to side, as a fitted one is.
const axis = weights.get(LATERALITY)!;
axis.data.forEach((_, i) => axis.data[i] = i % 8 < 4 ? -1 : 1);
register(
  "encoder dae of one side",
  testEncoder(member, {
    model: writeModel({ config: sided, weights, facts: {} }),
    images: tensor([2, 1, 8, 8], cubes.slice(0, 128)),
  }),
);
