/** Whether an ONNX file keeps tensors in files of its own, which are never opened here. */

import { FormatError } from "../../errors.ts";
import { messageFields } from "../onnx/protobuf_reader.ts";

/** What a message may hold that leads to a tensor: field number to the kind of message there (onnx.proto, IR 10). */
const CHILDREN = {
  model: { 7: "graph", 25: "function" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  function: { 7: "node", 11: "attribute" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: {},
} as const satisfies Record<string, Readonly<Record<number, string>>>;

type Kind = keyof typeof CHILDREN;

/** Fields of a tensor that say where its data are: external_data and data_location. */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** Deeper graphs within graphs than any exporter writes. */
const MOST_LEVELS = 64;

/**
 * Refuses files whose tensors lie elsewhere: the runtime would open whatever path they name.
 *
 * @throws {FormatError} When a tensor has external data, or the file is damaged.
 */
export function refuseExternalData(model: Uint8Array, name: string): void {
  visit(model, "model", 0, name);
}

function visit(bytes: Uint8Array, kind: Kind, level: number, name: string): void {
  if (level > MOST_LEVELS) {
    throw new FormatError(`Cannot load "${name}": expected graphs nested less than ${MOST_LEVELS}`);
  }
  const children: Readonly<Record<number, Kind>> = CHILDREN[kind];
  for (const { field, value } of messageFields(bytes)) {
    const external = field === EXTERNAL_DATA || field === DATA_LOCATION && value !== 0;
    if (kind === "tensor" && external) {
      throw new FormatError(
        `Cannot load "${name}": it keeps tensors in other files; save the model as one file`,
      );
    }
    if (children[field] && value instanceof Uint8Array) {
      visit(value, children[field], level + 1, name);
    }
  }
}
