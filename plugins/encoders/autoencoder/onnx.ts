/** The encoder plugin `onnx`: any autoencoder that was exported as two ONNX files. */

import { definePlugin, encoders, type Plugin, tasks } from "@countergrade/countergrade";
import { z } from "zod";
import { AutoencoderEncoder } from "./encoder.ts";
import { importOnnx } from "./import_onnx.ts";
import { readModelFile } from "./model_file.ts";
import { OnnxHalves } from "./onnx_halves.ts";

/** The plugin. It compiles models of strangers in native code: import only files of people you trust. */
export const onnxEncoder: Plugin = definePlugin({
  id: "@countergrade/onnx-encoder",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(encoders, {
      name: "onnx",
      description: "An autoencoder that was trained elsewhere and exported as ONNX",
      options: z.strictObject({}),
      async load(file) {
        const { autoencoder, ...files } = readModelFile(file);
        const halves = await OnnxHalves.open(files, autoencoder);
        return new AutoencoderEncoder(autoencoder, halves, { provider: "cpu" });
      },
    });
    registry.add(tasks, importOnnx);
  },
});
