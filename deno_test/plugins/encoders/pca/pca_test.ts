/** Principal components as an encoder. */

import {
  CancelledError,
  type Dataset,
  encoders,
  InputError,
  type TrainedModel,
} from "@countergrade/countergrade";
import { symmetricEigen } from "@countergrade/countergrade/linear";
import { memoryJob, register, testEncoder } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readPcaModel } from "../../../../plugins/encoders/pca/model.ts";
import { Chain } from "../../../chain/chain.ts";

const chain = await Chain.open();
globalThis.addEventListener("unload", () => Deno.removeSync(chain.folder, { recursive: true }));
const member = chain.host.member(encoders, "pca");
const bars = await chain.host.openDataset("bars");
const { images } = await bars.get("train", [0, 1, 2, 3, 4]);

async function fitted(components: number, passes = 20, dataset: Dataset = bars) {
  const options = member.options.parse({ components, passes });
  return await member.train!(dataset, options, memoryJob(chain.host)) as TrainedModel;
}

register("encoder pca", testEncoder(member, { model: (await fitted(6)).model, images }));

Deno.test("the components are the leading eigenvectors of the covariance", async () => {
  const { mean, components, variances, totalVariance } = readPcaModel((await fitted(5)).model);
  const { images: all } = await bars.get("train", Array.from({ length: 36 }, (_, i) => i));
  const x = all.data.map((value, i) => value - mean.data[i % 256]);
  // XXᵀ/n has the eigenvalues of the covariance XᵀX/n, and Xᵀu is the eigenvector.
  const gram = new Float64Array(36 * 36);
  for (let i = 0; i < 36; i++) {
    for (let j = 0; j < 36; j++) {
      for (let p = 0; p < 256; p++) gram[i * 36 + j] += x[i * 256 + p] * x[j * 256 + p] / 36;
    }
  }
  const { values, vectors } = symmetricEigen(gram, 36);
  assertAlmostEquals(totalVariance, values.reduce((a, b) => a + b), 1e-3);
  for (let k = 0; k < 5; k++) {
    assertAlmostEquals(variances.data[k], values[k], 1e-4 * values[0]);
    let overlap = 0;
    let square = 0;
    for (let p = 0; p < 256; p++) {
      let expected = 0;
      for (let i = 0; i < 36; i++) expected += vectors[k * 36 + i] * x[i * 256 + p];
      overlap += components.data[k * 256 + p] * expected;
      square += expected ** 2;
    }
    assertAlmostEquals(Math.abs(overlap) / Math.sqrt(square), 1, 1e-3);
  }
});

Deno.test("what the code does not tell is in the stochastic code: a round trip is exact", async () => {
  await using encoder = await member.load((await fitted(3)).model);
  const codes = await encoder.encode(images);
  const noise = await encoder.encodeStochastic(images, codes);
  const back = await encoder.render({ codes, noise });
  back.data.forEach((x, i) => assertAlmostEquals(x, images.data[i], 1e-6));
  const plain = await encoder.render({ codes, noise: { ...noise, data: noise.data.map(() => 0) } });
  const missed = plain.data.reduce((sum, x, i) => sum + (x - images.data[i]) ** 2, 0);
  assert(missed > 1, "three components cannot tell everything");
});

Deno.test("more components tell more, and the loss is the variance that they miss", async () => {
  const [few, many] = [await fitted(2), await fitted(12)];
  assert(many.loss < few.loss);
  await using encoder = await member.load(many.model);
  const explained = Number(encoder.details.explainedVariance);
  const { totalVariance } = readPcaModel(many.model);
  assertAlmostEquals(many.loss, (1 - explained) * totalVariance / 256, 1e-6);
});

Deno.test("the same seed gives the same file", async () => {
  assertEquals((await fitted(4, 3)).model, (await fitted(4, 3)).model);
});

Deno.test("more components than images can tell are refused", async () => {
  const error = await assertRejects(() => fitted(36), InputError, "expected at most 35");
  assertEquals(error.path, ["encoder", "pca", "components"]);
});

Deno.test("images that are all the same have components without variance", async () => {
  const flat: Dataset = {
    ...bars,
    get: async (split, indices) => {
      const batch = await bars.get(split, indices);
      return { ...batch, images: { ...batch.images, data: batch.images.data.map(() => 0.5) } };
    },
  };
  const { model, loss } = await fitted(3, 2, flat);
  assertEquals(loss, 0);
  await using encoder = await member.load(model);
  const codes = await encoder.encode(images);
  assert(codes.data.every((value) => value === 0));
});

Deno.test("a cancelled fit stops", async () => {
  const job = memoryJob(chain.host);
  job.cancel();
  const options = member.options.parse({ components: 2 });
  await assertRejects(async () => await member.train!(bars, options, job), CancelledError);
});

Deno.test("from training to a path, in seconds", async () => {
  const encoder = { pca: { components: 8 } };
  const trained = await chain.done("trainEncoder", { dataset: "bars", encoder });
  const { codes } = await chain.done("encode", { dataset: "bars", encoder: trained.encoder });
  const { probe } = await chain.done("trainProbe", { codes, probe: { ordinal: {} } });
  const path = await chain.done("counterfactualPath", { dataset: "bars", probe, index: 0 });
  const grades = path.frames.map((frame: { imageGrade: number }) => frame.imageGrade);
  assertEquals(grades, grades.toSorted((a: number, b: number) => a - b));
  assert(grades.at(-1)! - grades[0] > 1.5);
});

globalThis.addEventListener("unload", () => chain.workspace.close());
