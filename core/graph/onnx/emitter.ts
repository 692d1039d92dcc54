/** What collects the nodes of an ONNX graph: NodeProtos, initializers, and a name for each value. */

import type { Graph, Value } from "../graph.ts";
import type { OnnxOptions } from "./options.ts";
import { MessageWriter } from "./protobuf_writer.ts";

/** ONNX's numbers for types of elements. */
export const FLOAT = 1;
const INT64 = 7;

/** An attribute of a node: an integer or several, a float, or a text. */
export type AttributeValue = number | readonly number[] | { float: number } | string;

/** Turns nodes into NodeProtos and names values. */
export class Emitter {
  readonly options: OnnxOptions;
  /** Domains of onnxruntime's own ops that were written. */
  readonly domains = new Set<string>();
  #graph: Graph;
  #nodes: MessageWriter[] = [];
  #initializers: MessageWriter[] = [];
  #names = new Map<Value, string>();
  #integers = new Map<string, string>();
  #shared = new Map<string, string>();
  #extra = 0;

  /** Constants are written where they are `used`. */
  constructor(graph: Graph, options: OnnxOptions, used: ReadonlySet<Value> = new Set()) {
    this.#graph = graph;
    this.options = options;
    for (const [name, value] of graph.inputs) this.#names.set(value, name);
    for (const [name, value] of graph.outputs) {
      if (value.node && !this.#names.has(value)) this.#names.set(value, name);
    }
    for (const [value, tensor] of graph.constants) {
      if (!used.has(value)) continue;
      const name = this.name(value);
      const { buffer, byteOffset, byteLength } = tensor.data;
      this.#initializers.push(
        tensorProto(name, FLOAT, tensor.shape, new Uint8Array(buffer, byteOffset, byteLength)),
      );
    }
  }

  name(value: Value): string {
    let name = this.#names.get(value);
    if (name === undefined) {
      name = `v${value.id}`;
      this.#names.set(value, name);
    }
    return name;
  }

  /** A name for a value that only ONNX sees. */
  temporary(): string {
    return `t${this.#extra++}`;
  }

  /** What `write` writes at the first call with this key; later calls share its result. */
  once(key: string, write: () => string): string {
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = write();
      this.#shared.set(key, name);
    }
    return name;
  }

  /** An int64 vector as an initializer. */
  integers(values: readonly number[]): string {
    const key = values.join();
    let name = this.#integers.get(key);
    if (name === undefined) {
      name = `i${this.#integers.size}`;
      this.#integers.set(key, name);
      const data = BigInt64Array.from(values, BigInt);
      this.#initializers.push(
        tensorProto(name, INT64, [values.length], new Uint8Array(data.buffer)),
      );
    }
    return name;
  }

  /** A float vector as an initializer. */
  floats(values: ArrayLike<number>, shape: readonly number[]): string {
    const name = `f${this.#extra++}`;
    const data = Float32Array.from(values);
    this.#initializers.push(tensorProto(name, FLOAT, shape, new Uint8Array(data.buffer)));
    return name;
  }

  node(
    op: string,
    inputs: readonly (Value | string)[],
    outputs: readonly (Value | string)[],
    attributes: Record<string, AttributeValue> = {},
    domain = "",
    layer = "",
  ): void {
    const text = (item: Value | string) => typeof item === "string" ? item : this.name(item);
    const node = new MessageWriter();
    inputs.forEach((input) => node.bytes(1, text(input)));
    outputs.forEach((output) => node.bytes(2, text(output)));
    node.bytes(3, `${layer}#${this.#nodes.length}`).bytes(4, op);
    for (const [name, value] of Object.entries(attributes)) {
      node.bytes(5, attributeProto(name, value));
    }
    if (domain) {
      node.bytes(7, domain);
      this.domains.add(domain);
    }
    this.#nodes.push(node);
  }

  finish(): MessageWriter {
    const graph = new MessageWriter();
    for (const [name, value] of this.#graph.outputs) {
      if (this.name(value) !== name) this.node("Identity", [value], [name]);
    }
    this.#nodes.forEach((node) => graph.bytes(1, node));
    graph.bytes(2, "graph");
    this.#initializers.forEach((tensor) => graph.bytes(5, tensor));
    for (const [name, value] of this.#graph.inputs) graph.bytes(11, this.#info(name, value));
    for (const [name, value] of this.#graph.outputs) graph.bytes(12, this.#info(name, value));
    return graph;
  }

  #info(name: string, value: Value): MessageWriter {
    const shape = new MessageWriter();
    value.shape.forEach((length, axis) => {
      const dimension = new MessageWriter();
      if (axis === 0 && this.options.dynamicBatch) dimension.bytes(2, "n");
      else dimension.int(1, length);
      shape.bytes(1, dimension);
    });
    const type = new MessageWriter().int(1, FLOAT).bytes(2, shape);
    return new MessageWriter().bytes(1, name).bytes(2, new MessageWriter().bytes(1, type));
  }
}

function tensorProto(name: string, type: number, shape: readonly number[], raw: Uint8Array) {
  const tensor = new MessageWriter();
  shape.forEach((length) => tensor.int(1, length));
  return tensor.int(2, type).bytes(8, name).bytes(9, raw);
}

function attributeProto(name: string, value: AttributeValue): MessageWriter {
  const attribute = new MessageWriter().bytes(1, name);
  if (typeof value === "number") return attribute.int(3, value).int(20, 2);
  if (typeof value === "string") return attribute.bytes(4, value).int(20, 3);
  if ("float" in value) return attribute.float(2, value.float).int(20, 1);
  value.forEach((item) => attribute.int(8, item));
  return attribute.int(20, 7);
}
