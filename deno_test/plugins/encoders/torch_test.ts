/** Encoding, inverting and rendering on PyTorch's library, beside onnxruntime; and jobs that ask for it where it is not. */

import { assert, assertEquals } from "@std/assert";
import { type Provider, Random, type Tensor } from "@countergrade/countergrade";
import { parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { lively, randomBatch } from "../../../bench/peer/equality.ts";
import { DaeEncoder } from "../../../plugins/encoders/dae/model.ts";
import { Chain, TINY } from "../../chain/chain.ts";
import { torchFolder } from "../../torch_folder.ts";

/** Codes, x_T and images of an encoder on a provider; `given` are codes to go on from. */
async function walked(provider: Provider, images: Tensor, given?: Tensor) {
  const config = parseDaeConfig({ ...PRESETS.tiny64, imageSize: 32, attention: [4] });
  const model = { config, weights: lively(config, new Random("weights")), facts: {} };
  await using encoder = await DaeEncoder.start(model, { provider });
  assertEquals(encoder.details.provider, provider);
  const sampler = { name: "dpm-solver", inversionSteps: 2, renderSteps: 2 };
  const z = await encoder.encode(images);
  const codes = given ?? z;
  const noise = await encoder.encodeStochastic(images, codes, { sampler });
  return { z, noise, images: await encoder.render({ codes, noise }, { sampler }) };
}

async function withFolder<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = Deno.env.get("COUNTERGRADE_TORCH");
  if (folder === undefined) Deno.env.delete("COUNTERGRADE_TORCH");
  else Deno.env.set("COUNTERGRADE_TORCH", folder);
  try {
    return await work();
  } finally {
    if (before === undefined) Deno.env.delete("COUNTERGRADE_TORCH");
    else Deno.env.set("COUNTERGRADE_TORCH", before);
  }
}

Deno.test({
  name: "codes, noise and images are the same on PyTorch and onnxruntime",
  ignore: !torchFolder,
  fn: async () => {
    const config = parseDaeConfig({ ...PRESETS.tiny64, imageSize: 32, attention: [4] });
    const { images } = randomBatch(config, 3, new Random("images"));
    const ours = await walked("cpu", images);
    const theirs = await withFolder(torchFolder, () => walked("torch", images, ours.z));
    for (const name of ["z", "noise", "images"] as const) {
      const worst = ours[name].data.reduce(
        (max, value, i) => Math.max(max, Math.abs(value - theirs[name].data[i])),
        0,
      );
      assert(worst < 1e-4, `${name} differ by ${worst}`);
    }
  },
});

Deno.test("a training that asks for torch where there is none fails with what to install", async () => {
  await using chain = await Chain.open();
  const dae = { ...TINY, steps: 2, provider: "torch" };
  const job = await withFolder(
    undefined,
    () => chain.run("trainEncoder", { dataset: "bars", encoder: { dae } }),
  );
  assertEquals([job.state, job.error?.code], ["failed", "PROVIDER"]);
  assert(/COUNTERGRADE_TORCH is not set: install PyTorch/.test(job.error!.message));
});

Deno.test({
  name: "a training on torch ends with a model that says so",
  ignore: !torchFolder,
  fn: async () => {
    await using chain = await Chain.open();
    const dae = { ...TINY, steps: 2, provider: "torch" };
    const job = await withFolder(
      torchFolder,
      () => chain.run("trainEncoder", { dataset: "bars", encoder: { dae } }),
    );
    assertEquals([job.state, job.error], ["done", undefined]);
    assertEquals((job.result as { provider: string }).provider, "torch");
  },
});
