/** The built-in encoder keeps the promises of its family. */

import { encoders, Random } from "@countergrade/countergrade";
import { memoryJob, register, testEncoder } from "@countergrade/countergrade/testing";
import { Chain, TINY } from "../../chain/chain.ts";

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
