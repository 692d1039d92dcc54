/** ONNX models of strangers: read, checked, and written anew, so that the runtime sees only what was understood here. */

import { FormatError } from "../../errors.ts";
import { refusal } from "../../refusal.ts";
import { checkOps } from "./foreign_ops.ts";
import { readMessage, writeMessage } from "./messages.ts";
import type { Message } from "./schema.ts";

/** An input or output of a model. */
export interface OnnxPort {
  /** Unique among the values of the model. */
  readonly name: string;
  /** As `float32`; anything that is no tensor as `no tensor`. */
  readonly type: string;
  /** Lengths of the axes; where the model leaves one free, its name. Missing where the model does not say. */
  readonly shape?: readonly (number | string)[];
}

/** A model that may be handed to a runtime. */
export interface OnnxModel {
  /** The model, written anew: without texts for people, settings of a runtime, and whatever else it does not compute with. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What has to be fed, in the order of the file. */
  readonly inputs: readonly OnnxPort[];
  /** What it gives, in the order of the file. */
  readonly outputs: readonly OnnxPort[];
}

/** Types of elements by their numbers in ONNX; those that no port here has use for are left out. */
const TYPES = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
];

/**
 * A newer one than any of today's would have fields that the table lacks. And of one byte, the number keeps the fifth byte of
 * what is written in the name of the producer: with `ORTM` there, onnxruntime would read another format.
 */
const NEWEST_IR = 14n;

/**
 * Reads a model that somebody else made.
 *
 * @param name What the model is called in errors.
 * @throws {FormatError} When it is damaged, has parts that are not known here, keeps tensors in other files, or uses ops
 *     other than those of ONNX, of onnxruntime's own set, or defined in the file.
 * @example
 * ```ts
 * import { readOnnxModel } from "@countergrade/countergrade/engine";
 * import { FormatError } from "@countergrade/countergrade";
 * import { assertThrows } from "@std/assert";
 *
 * // A tag of five bytes whose bit 32 is set: C++ reads it as field 13, JavaScript as another.
 * const hidden = Uint8Array.of(0xea, 0x80, 0x80, 0x80, 0x10, 0);
 * assertThrows(() => readOnnxModel(hidden), FormatError, "there is no field");
 * ```
 */
export function readOnnxModel(bytes: Uint8Array, name = "model"): OnnxModel {
  const refused = refusal(`Cannot load "${name}" as an ONNX model`);
  try {
    const model = readMessage(bytes, "Model");
    const { irVersion = 0n, graph } = model;
    if (!graph) throw new FormatError("it holds no graph");
    if (irVersion < 1n || irVersion > NEWEST_IR) {
      throw new FormatError(`expected IR version 1 to ${NEWEST_IR}, it has ${irVersion}`);
    }
    checkOps(model);
    const { input = [], output = [], initializer = [], sparseInitializer = [] } = graph;
    // Models of old list their weights among the inputs.
    const fixed = new Set([
      ...initializer.map((tensor) => tensor.name),
      ...sparseInitializer.map(({ values }) => values?.name),
    ]);
    return {
      bytes: writeMessage({ ...model, producerName: "countergrade" }, "Model"),
      inputs: input.filter((port) => !fixed.has(port.name)).map(portOf),
      outputs: output.map(portOf),
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw refused(error.message);
  }
}

function portOf({ name = "", type }: Message<"ValueInfo">): OnnxPort {
  const tensor = type?.tensorType;
  if (!tensor) return { name, type: "no tensor" };
  const { elemType = 0, shape } = tensor;
  return {
    name,
    type: TYPES[elemType] ?? `type ${elemType}`,
    shape: shape && (shape.dim ?? []).map(axisOf),
  };
}

function axisOf({ dimValue = 0n, dimParam }: Message<"Dimension">): number | string {
  const length = Number(dimValue);
  return length > 0 ? length : dimParam || "?";
}
