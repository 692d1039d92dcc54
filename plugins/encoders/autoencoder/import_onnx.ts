/** The task `importOnnx`: an autoencoder that was exported as two ONNX files becomes an encoder. */

import { inputFileVersion, readInputFile, type TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { ImageRangeSchema, StochasticSchema } from "./autoencoder.ts";
import { AutoencoderEncoder } from "./encoder.ts";
import { imageShapeOf } from "./image_shape.ts";
import { writeOnnxModel } from "./onnx_model.ts";
import { OnnxHalves } from "./onnx_network.ts";
import { tryHalves } from "./trial.ts";

const file = z.string().min(1).max(1000);
const port = z.string().min(1).max(1000).optional();
const length = z.int().min(1).max(1024);

const Options = z.strictObject({
  encoder: file.describe("Name of the encoder's .onnx file in a data folder"),
  decoder: file.describe("Name of the decoder's .onnx file in a data folder"),
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
  title: z.string().max(200).optional().describe("A name to show"),
});

const Result = z.object({
  encoder: z.string().describe("Id of the encoder").meta({ artifact: true }),
  imageShape: z.array(z.int()).describe("Channels, height, width"),
  codeSize: z.int().describe("Length of a code"),
});

/** Reads both files, runs them once, and stores them as one model. */
export const importOnnx: TaskPlugin<z.infer<typeof Options>, z.infer<typeof Result>> = {
  name: "importOnnx",
  description: "Import an autoencoder that was exported as two ONNX files, encoder and decoder",
  options: () => Options,
  inputs: ({ encoder, decoder }, { datasetContext }) =>
    Promise.all([encoder, decoder].map((name) => inputFileVersion(name, datasetContext))),
  result: Result,
  async run(options, job) {
    const { datasetContext } = job.host;
    const files = {
      encoder: await readInputFile(options.encoder, datasetContext),
      decoder: await readInputFile(options.decoder, datasetContext),
    };
    const halves = await OnnxHalves.open(files, options);
    const { encoder, decoder } = halves;
    await using _ = halves;
    const imageShape = imageShapeOf(encoder.inputRow, options.imageShape);
    const codeShape = await tryHalves(halves, imageShape, job.signal);
    const autoencoder = {
      imageShape,
      codeShape,
      imageRange: options.imageRange,
      stochastic: options.stochastic,
      encoderInput: encoder.input,
      encoderOutput: encoder.output,
      decoderInput: decoder.input,
      decoderOutput: decoder.output,
    };
    const { codeSize, details } = new AutoencoderEncoder(autoencoder, halves, { provider: "cpu" });
    const metadata = {
      plugin: "onnx",
      title: options.title ?? options.encoder.split("/").at(-1)!,
      imageShape,
      codeSize,
      details,
    };
    const model = writeOnnxModel({ autoencoder, ...files });
    const artifact = await job.save("encoder", { "model.safetensors": model }, metadata, [
      options.encoder,
      options.decoder,
    ]);
    return { encoder: artifact.id, imageShape, codeSize };
  },
};
