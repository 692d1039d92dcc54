/** Sessions of models that somebody else made, in native code that asks Deno for no permission. */

import type { InferenceSession } from "onnxruntime-node";
import { refusal } from "../../refusal.ts";
import type { OnnxModel } from "../onnx/model.ts";
import { loadRuntime, runtimeReason } from "../runtime.ts";

/** A folder that cannot be there, below something that is none. */
const NOWHERE = Deno.build.os === "windows" ? "C:\\NUL\\nowhere" : "/dev/null/nowhere";

/**
 * A model that {@linkcode readOnnxModel} wrote names no files. Should one do so in a way that is not known yet, it finds none:
 * files are looked for below a folder that cannot be there, instead of the working folder. And the bytes are taken as ONNX
 * only, not as onnxruntime's own format, which was not checked.
 */
const CONFINED: InferenceSession.SessionOptions = {
  extra: {
    session: {
      model_external_initializers_file_folder_path: NOWHERE,
      load_model_format: "ONNX",
    },
  },
  // What fails is thrown; strangers need not write into the log too.
  logSeverityLevel: 4,
};

/**
 * Compiles a checked model on the CPU.
 *
 * @throws {FormatError} When the runtime cannot compile it.
 */
export async function openForeign({ bytes }: OnnxModel, name: string): Promise<InferenceSession> {
  const ort = await loadRuntime();
  try {
    return await ort.InferenceSession.create(bytes, CONFINED);
  } catch (error) {
    throw refusal(`Cannot load "${name}" as an ONNX model`)(runtimeReason(error), error);
  }
}
