/** The task `importOnnx`: an autoencoder that was exported as two ONNX files becomes an encoder. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { inputFileVersion, readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { HALVES_OPTIONS, HalvesResult } from "./autoencoder.ts";
import { AutoencoderEncoder } from "./encoder.ts";
import { imageShapeOf } from "./image_shape.ts";
import { writeModelFile } from "./model_file.ts";
import { OnnxHalves } from "./onnx_halves.ts";
import { tryHalves } from "./trial.ts";

const file = z.string().min(1).max(1000);

const Options = z.strictObject({
  encoder: file.describe("Name of the encoder's .onnx file in a data folder")
    .meta({ artifact: false }),
  decoder: file.describe("Name of the decoder's .onnx file in a data folder"),
  ...HALVES_OPTIONS,
  title: z.string().max(200).optional().describe("A name to show"),
});

/** Reads both files, runs them once, and stores them as one model. */
export const importOnnx: TaskPlugin<z.infer<typeof Options>, z.infer<typeof HalvesResult>> = {
  name: "importOnnx",
  description: "Import an autoencoder that was exported as two ONNX files, encoder and decoder",
  options: () => Options,
  inputs: ({ encoder, decoder }, { datasetContext }) =>
    Promise.all([encoder, decoder].map((name) => inputFileVersion(name, datasetContext))),
  result: HalvesResult,
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
    const model = writeModelFile({ autoencoder, ...files });
    const artifact = await job.save("encoder", { "model.safetensors": model }, metadata, [
      options.encoder,
      options.decoder,
    ]);
    return { encoder: artifact.id, imageShape, codeSize };
  },
};
