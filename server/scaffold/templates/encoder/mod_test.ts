/** The encoder keeps the promises of its family, and what it has learned brings images back. */

import { type Dataset, encoders, Host, Random, takeRows, tensor } from "@countergrade/countergrade";
import { ensureClose, memoryJob, registerPlugin } from "@countergrade/countergrade/testing";
import plugin, { conformance } from "./mod.ts";

await registerPlugin(plugin, conformance);

const images = tensor([6, 1, 8, 8], new Random(2).normals(384).map((v) => Math.tanh(v / 2)));

/** Six images of noise. */
const dataset: Dataset = {
  id: "noise",
  title: "Noise",
  imageShape: [1, 8, 8],
  scale: { type: "binary", names: ["no", "yes"] },
  splits: { train: 6 },
  fingerprint: "noise-1",
  get: (_split, indices) =>
    Promise.resolve({
      ids: Array.from(indices, String),
      images: takeRows(images, indices),
      labels: Int32Array.from(indices, (i) => i % 2),
    }),
};

Deno.test("a trained model renders what it has encoded", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(encoders, "templatePlugin");
  const options = member.options.parse({ block: 2 });
  const { model } = await member.train!(dataset, options, memoryJob(host));
  await using encoder = await member.load(model);
  const codes = await encoder.encode(images);
  const noise = await encoder.encodeStochastic(images, codes);
  ensureClose("images", (await encoder.render({ codes, noise })).data, images.data, 1e-6);
});
