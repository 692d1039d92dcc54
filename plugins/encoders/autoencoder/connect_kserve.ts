/** The task `connectKserve`: an autoencoder that is served elsewhere becomes an encoder. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { ImageRangeSchema, StochasticSchema } from "./autoencoder.ts";
import { AutoencoderEncoder } from "./encoder.ts";
import { imageShapeOf } from "./image_shape.ts";
import { checkedUrl } from "./kserve_client.ts";
import { KServeHalves } from "./kserve_halves.ts";
import { writeServedModel } from "./kserve_model.ts";
import { tryHalves } from "./trial.ts";

const port = z.string().min(1).max(1000).optional();
const length = z.int().min(1).max(1024);

const Options = z.strictObject({
  url: z.string().max(2000).describe("Address of the server, as http://host:8000"),
  encoderModel: z.string().min(1).max(200).describe("Name of the model that encodes images"),
  decoderModel: z.string().min(1).max(200).describe("Name of the model that decodes codes"),
  encoderInput: port.describe("Name of the encoder's input, where it has several"),
  encoderOutput: port.describe("Name of the output that is the code, where it has several"),
  decoderInput: port.describe("Name of the decoder's input, where it has several"),
  decoderOutput: port.describe("Name of the output that is the image, where it has several"),
  imageShape: z.tuple([length, length, length]).optional()
    .describe("Channels, height, width of the images; needed where the encoder leaves them free"),
  imageRange: ImageRangeSchema.default([-1, 1]).describe("Range of intensities in the model"),
  stochastic: StochasticSchema.default("residual").describe(
    "residual: what the decoder misses is kept and added again; none: the decoder alone",
  ),
  timeout: z.number().positive().max(3600).default(60).describe("For one answer, in seconds"),
  title: z.string().max(200).optional().describe("A name to show"),
});

const Result = z.object({
  encoder: z.string().describe("Id of the encoder").meta({ artifact: true }),
  imageShape: z.array(z.int()).describe("Channels, height, width"),
  codeSize: z.int().describe("Length of a code"),
});

/**
 * Tries the models once and stores where they are. Local, since a client who could name a server could make this one
 * send requests into its own network.
 */
export const connectKserve: TaskPlugin<z.infer<typeof Options>, z.infer<typeof Result>> = {
  name: "connectKserve",
  description: "Use an autoencoder on a server that speaks the KServe v2 protocol, as Triton does",
  local: true,
  options: () => Options,
  result: Result,
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
