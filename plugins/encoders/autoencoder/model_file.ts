/** An exported autoencoder as a model file of ours: two ONNX files and how to use them. */

import { FormatError, type Tensor } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { type Autoencoder, AutoencoderSchema } from "./autoencoder.ts";

/** The content of a model file. */
export interface ModelFile {
  readonly autoencoder: Autoencoder;
  readonly encoder: Uint8Array;
  readonly decoder: Uint8Array;
}

const FORMAT = "countergrade-onnx";
const FILES = ["encoder", "decoder"] as const;

/** A model as one safetensors file. The ONNX files are in it as they are, four bytes to a number. */
export function writeModelFile(model: ModelFile): Uint8Array {
  const metadata: Record<string, string> = {
    format: FORMAT,
    autoencoder: JSON.stringify(model.autoencoder),
  };
  const tensors = FILES.map((name): [string, Tensor] => {
    metadata[`${name}Bytes`] = String(model[name].length);
    const bytes = new Uint8Array(Math.ceil(model[name].length / 4) * 4);
    bytes.set(model[name]);
    const data = new Float32Array(bytes.buffer);
    return [`${name}.onnx`, { shape: [data.length], data }];
  });
  return writeSafetensors(tensors, metadata);
}

/** Reads a model file. @throws {FormatError} When it is of another kind or damaged. */
export function readModelFile(file: Uint8Array): ModelFile {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.format !== FORMAT) {
    throw new FormatError(
      `Cannot load the model: expected metadata format "${FORMAT}", current format is "${
        metadata.format ?? "none"
      }"`,
    );
  }
  const [encoder, decoder] = FILES.map((name) => {
    const { data } = tensors.get(`${name}.onnx`) ?? {};
    const bytes = Number(metadata[`${name}Bytes`]);
    if (!data || !(bytes > 4 * (data.length - 1) && bytes <= 4 * data.length)) {
      throw new FormatError(`Cannot load the model: its ${name} is missing or cut off`);
    }
    return new Uint8Array(data.buffer, data.byteOffset, bytes);
  });
  return { autoencoder: parsed(metadata.autoencoder ?? ""), encoder, decoder };
}

function parsed(text: string): Autoencoder {
  try {
    return AutoencoderSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new FormatError("Cannot load the model: it does not say how it is used", {
      cause: error,
    });
  }
}
