/** The task `connectKserve`: an autoencoder that is served elsewhere becomes an encoder. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { checkedUrl } from "@countergrade/countergrade/engine";
import { z } from "zod";
import { HALVES_OPTIONS, HalvesResult } from "./autoencoder.ts";
import { AutoencoderEncoder } from "./encoder.ts";
import { imageShapeOf } from "./image_shape.ts";
import { KServeHalves } from "./kserve_halves.ts";
import { writeServedModel } from "./kserve_model.ts";
import { tryHalves } from "./trial.ts";

const Options = z.strictObject({
  url: z.string().max(2000).describe("Address of the server, as http://host:8000"),
  encoderModel: z.string().min(1).max(200).describe("Name of the model that encodes images"),
  decoderModel: z.string().min(1).max(200).describe("Name of the model that decodes codes"),
  ...HALVES_OPTIONS,
  timeout: z.number().positive().max(3600).default(60).describe("For one answer, in seconds"),
  title: z.string().max(200).optional().describe("A name to show"),
});

/**
 * Tries the models once and stores where they are. Local, since a client who could name a server could make this one
 * send requests into its own network.
 */
export const connectKserve: TaskPlugin<z.infer<typeof Options>, z.infer<typeof HalvesResult>> = {
  name: "connectKserve",
  description: "Use an autoencoder on a server that speaks the KServe v2 protocol, as Triton does",
  local: true,
  options: () => Options,
  result: HalvesResult,
  async run(options, job) {
    const url = checkedUrl(options.url);
    const { encoderModel, decoderModel, imageRange, stochastic } = options;
    const timeout = options.timeout * 1000;
    await using halves = await KServeHalves.find({ ...options, url, timeout }, job.signal);
    const { encoder, decoder } = halves;
    const imageShape = imageShapeOf(encoder.inputRow, options.imageShape);
    const autoencoder = {
      imageShape,
      codeShape: await tryHalves(halves, imageShape, job.signal),
      imageRange,
      stochastic,
      encoderInput: encoder.input,
      encoderOutput: encoder.output,
      decoderInput: decoder.input,
      decoderOutput: decoder.output,
    };
    const served = { url, encoderModel, decoderModel, timeout, autoencoder };
    const { codeSize, details } = new AutoencoderEncoder(autoencoder, halves, {
      provider: "remote",
      url,
    });
    const metadata = {
      plugin: "kserve",
      title: options.title ?? `${encoderModel} on ${new URL(url).host}`,
      imageShape,
      codeSize,
      details,
    };
    const model = writeServedModel(served);
    const artifact = await job.save("encoder", { "model.safetensors": model }, metadata, [url]);
    return { encoder: artifact.id, imageShape, codeSize };
  },
};
