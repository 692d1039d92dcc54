/** The task `trainEncoder`: images in, an encoder out. */

import { type EncoderPlugin, encoders, type TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { codeUseOn, CodeUseSchema, codeUseWarning } from "./code_use.ts";
import { openWatched, ProviderSchema } from "./models.ts";

const Result = z.object({
  encoder: z.string().describe("Id of the encoder").meta({ artifact: true }),
  steps: z.int().describe("Optimizer steps of the whole training"),
  loss: z.number().describe("Smoothed training loss at the end"),
  imagesPerSecond: z.number().describe("Images per second of this run"),
  codeUse: CodeUseSchema,
  provider: ProviderSchema,
});

interface Options {
  dataset: string;
  encoder: Record<string, unknown>;
  title?: string;
}

/** Trains an encoder on the split `train` of a data set. Labels are not used. */
export const trainEncoder: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "trainEncoder",
  description: "Train an encoder on the images of a data set, without labels",
  options: (host) =>
    z.strictObject({
      dataset: z.string().describe("Id of the data set"),
      encoder: host.choice(encoders, "dae", (member) => member.train !== undefined)
        .describe("What to train, with its options"),
      title: z.string().max(200).optional().describe("A name to show"),
    }),
  inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
  result: Result,
  async run(options, job) {
    const dataset = await openWatched(job, options.dataset);
    const { member, options: training } = job.host.chosen<EncoderPlugin>(encoders, options.encoder);
    const started = performance.now();
    const trained = await member.train!(dataset, training, job);
    const seconds = (performance.now() - started) / 1000;
    await using encoder = await member.load(trained.model);
    const provider = trained.provider ?? "cpu";
    const codeUse = await codeUseOn(encoder, dataset, job.signal);
    const unused = codeUseWarning(codeUse);
    if (unused) job.emit({ type: "warning", message: unused });
    const metadata = {
      plugin: member.name,
      dataset: dataset.id,
      title: options.title ?? `${member.name} on ${dataset.title}`,
      imageShape: encoder.imageShape,
      codeSize: encoder.codeSize,
      details: { ...encoder.details, provider, codeUse },
    };
    const artifact = await job.save("encoder", { "model.safetensors": trained.model }, metadata, [
      dataset.fingerprint,
    ]);
    return {
      encoder: artifact.id,
      steps: trained.steps,
      loss: trained.loss,
      imagesPerSecond: trained.images / seconds,
      codeUse,
      provider,
    };
  },
};
