/** A probe that is fitted to codes in a file: the same as of codes that were encoded here. */

import { InputError } from "@countergrade/countergrade";
import { readSafetensors, writeNpz } from "@countergrade/countergrade/formats";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bars, Chain } from "../../../chain/chain.ts";

const chain = await Chain.open({ bars: bars(3, { train: 60, val: 24 }) });
globalThis.addEventListener("unload", () => {
  chain.workspace.close();
  Deno.removeSync(chain.folder, { recursive: true });
});
const { encoder } = await chain.done("trainEncoder", {
  dataset: "bars",
  encoder: { pca: { components: 8 } },
});
const { codes } = await chain.done("encode", { dataset: "bars", encoder });
const { store, blobs } = chain.workspace;
const stored = (await store.artifacts.get(codes))!;
const { tensors } = readSafetensors(await blobs.read(stored.files["codes.safetensors"]));
const arrays = (split: string, size = 8) => ({
  [`${split}_latents`]: {
    shape: [tensors.get(`${split}.codes`)!.shape[0] * 8 / size, size],
    data: tensors.get(`${split}.codes`)!.data,
  },
  [`${split}_labels`]: Int32Array.from(tensors.get(`${split}.labels`)!.data),
});
await chain.put("theirs.npz", writeNpz({ ...arrays("train"), ...arrays("val") }));
await chain.put("few.npz", writeNpz(arrays("val")));
await chain.put(
  "odd.npz",
  writeNpz({ ...arrays("train"), train_labels: new Int32Array(60).fill(7) }),
);

const given = (latents: string, more = {}) => ({
  ...{ latents, encoder, dataset: "bars", probe: { ridge: {} } },
  ...more,
});

Deno.test("codes of a file make the probe that the same codes make, and paths go through it", async () => {
  const own = await chain.done("trainProbe", { codes, probe: { ridge: {} } });
  const theirs = await chain.done("trainProbe", given("theirs.npz"));
  assertEquals([theirs.mae, theirs.measuredOn], [own.mae, "val"]);
  const { path } = await chain.done("counterfactualPath", {
    ...{ dataset: "bars", probe: theirs.probe, index: 0, foreign: true, calibration: "regression" },
  });
  assert(path);
});

Deno.test("codes that are not of this encoder, these images or this scale are refused", async () => {
  const failing = (options: Record<string, unknown>) => chain.done("trainProbe", options);
  await assertRejects(() => failing(given("few.npz")), Error, "BAD_FORMAT");
  await assertRejects(() => failing(given("odd.npz")), Error, "one of train is 7");
  const { encoder: smaller } = await chain.done("trainEncoder", {
    dataset: "bars",
    encoder: { pca: { components: 4 } },
  });
  await assertRejects(
    () => failing(given("theirs.npz", { encoder: smaller })),
    Error,
    "expected codes of 4 numbers",
  );
  await assertRejects(
    () => failing({ ...given("theirs.npz"), codes }),
    InputError,
    "expected either codes, or latents",
  );
});
