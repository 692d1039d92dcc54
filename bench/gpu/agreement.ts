/** Does the provider run here, and does it compute what the CPU computes? */

import { type Provider, Random, type Tensor, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startOn,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../plugins/encoders/dae/model.ts";
import { lively, randomBatch } from "../peer/equality.ts";
import { providerFlag } from "./provider_flag.ts";

const provider = providerFlag();
const config = parseDaeConfig({
  ...PRESETS.tiny64,
  imageSize: 16,
  multipliers: [1, 1],
  encoderMultipliers: [1, 1],
  attention: [8],
});
const weights = lively(config, new Random("weights"));
const batch = randomBatch(config, 4, new Random("batch"));
const sampler = { name: "dpm-solver", inversionSteps: 3, renderSteps: 3 };

/** Codes; images rendered from given codes; loss and first moment of a training step. */
async function computed(where: Provider, codes?: Tensor): Promise<Record<string, Tensor>> {
  await using encoder = new DaeEncoder({ config, weights, facts: {} }, 0, where);
  const z = await encoder.encode(batch.images);
  const images = await encoder.render({ codes: codes ?? z, noise: batch.noise }, { sampler });
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(flatten(weights, daeParameters(config)));
  await using trainer = await Trainer.create(config, schedule, 4, start, { provider: where });
  const { loss } = await trainer.step(batch, { learningRate: 1e-4, emaDecay: 0.9 });
  return { z, images, loss: tensor([1], [loss]), gradient: (await trainer.sync()).mean };
}

const started = await startOn(provider, () => Promise.resolve(), (message) => console.log(message));
if (started.provider !== provider) Deno.exit(1);
const cpu = await computed("cpu");
const other = await computed(provider, cpu.z);
console.log(JSON.stringify(
  Object.entries(cpu).map(([what, { data }]) => {
    let [miss, size] = [0, 0];
    data.forEach((value, i) => {
      miss += (value - other[what].data[i]) ** 2;
      size += value ** 2;
    });
    return { what, provider, "difference from the CPU": Math.sqrt(miss / size).toExponential(1) };
  }),
));
