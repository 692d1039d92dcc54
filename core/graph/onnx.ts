/** Graphs as ONNX models (opset 17, and FusedMatMul of onnxruntime where the provider has it). */

import type { Graph, Node, Value } from "./graph.ts";
import type { Op } from "./ops.ts";
import { MessageWriter } from "./protobuf.ts";

/** How a graph is written. */
export interface OnnxOptions {
  /** Let the first axis of all inputs and outputs vary: reshapes that keep it copy it at run time. */
  readonly dynamicBatch?: boolean;
  /** Use onnxruntime's FusedMatMul, which the CPU and CUDA providers have. */
  readonly fusedMatMul?: boolean;
  /**
   * The most outputs of one Split; where there would be more, each is a Slice of its own. A WebGPU shader binds 8 buffers or
   * little more, and the training graph cuts one vector into hundreds of parameters.
   */
  readonly splitLimit?: number;
}

const FLOAT = 1;
const INT64 = 7;

/** Writes a graph. Only nodes that an output depends on are written. */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const emitter = new Emitter(graph, options);
  const needed = neededNodes(graph);
  for (const node of graph.nodes) {
    if (needed.has(node)) EMIT[node.op](node, emitter);
  }
  return new MessageWriter()
    .int(1, 8)
    .bytes(2, "countergrade")
    .bytes(7, emitter.finish())
    .bytes(8, new MessageWriter().bytes(1, "").int(2, 17))
    .bytes(8, new MessageWriter().bytes(1, "com.microsoft").int(2, 1))
    .finish();
}

function neededNodes(graph: Graph): Set<Node> {
  const needed = new Set<Node>();
  const live = new Set(graph.outputs.values());
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => live.has(output))) continue;
    needed.add(node);
    node.inputs.forEach((input) => live.add(input));
  }
  return needed;
}

type AttributeValue = number | readonly number[] | { float: number } | string;

/** Turns nodes into NodeProtos and names values. */
class Emitter {
  readonly options: OnnxOptions;
  #graph: Graph;
  #nodes: MessageWriter[] = [];
  #initializers: MessageWriter[] = [];
  #names = new Map<Value, string>();
  #integers = new Map<string, string>();
  #extra = 0;

  constructor(graph: Graph, options: OnnxOptions) {
    this.#graph = graph;
    this.options = options;
    for (const [name, value] of graph.inputs) this.#names.set(value, name);
    for (const [name, value] of graph.outputs) {
      if (value.node && !this.#names.has(value)) this.#names.set(value, name);
    }
    for (const [value, tensor] of graph.constants) {
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
    if (domain) node.bytes(7, domain);
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

type Emit = (node: Node, emitter: Emitter) => void;

/** An op that ONNX has under the same name. */
function plain(op: string): Emit {
  return (node, emitter) => emitter.node(op, node.inputs, node.outputs, {}, "", node.layer);
}

/** An op whose ONNX form takes integer vectors as further inputs, or attributes. */
function withParts(
  op: string,
  integers: (node: Node, emitter: Emitter) => (readonly number[])[],
  attributes: (node: Node) => Record<string, AttributeValue> = () => ({}),
): Emit {
  return (node, emitter) => {
    const extra = integers(node, emitter).map((values) => emitter.integers(values));
    emitter.node(op, [...node.inputs, ...extra], node.outputs, attributes(node), "", node.layer);
  };
}

/** One row for each op. */
const EMIT: Record<Op, Emit> = {
  Add: plain("Add"),
  Sub: plain("Sub"),
  Mul: plain("Mul"),
  Div: plain("Div"),
  Neg: plain("Neg"),
  Exp: plain("Exp"),
  Log: plain("Log"),
  Sqrt: plain("Sqrt"),
  Sin: plain("Sin"),
  Cos: plain("Cos"),
  Sigmoid: plain("Sigmoid"),
  Silu: (node, emitter) => {
    const s = emitter.temporary();
    emitter.node("Sigmoid", node.inputs, [s], {}, "", node.layer);
    emitter.node("Mul", [node.inputs[0], s], node.outputs, {}, "", node.layer);
  },
  Clip: (node, emitter) => {
    const { low = -1, high = 1 } = node.attributes;
    const bounds = [emitter.floats([low], []), emitter.floats([high], [])];
    emitter.node("Clip", [node.inputs[0], ...bounds], node.outputs, {}, "", node.layer);
  },
  Softmax: (node, emitter) =>
    emitter.node("Softmax", node.inputs, node.outputs, { axis: -1 }, "", node.layer),
  LogSoftmax: (node, emitter) =>
    emitter.node("LogSoftmax", node.inputs, node.outputs, { axis: -1 }, "", node.layer),
  LayerNorm: (node, emitter) => {
    const [x] = node.inputs;
    const length = x.shape[x.shape.length - 1];
    const ones = emitter.floats(new Float32Array(length).fill(1), [length]);
    emitter.node(
      "LayerNormalization",
      [x, ones],
      node.outputs,
      {
        axis: -1,
        epsilon: { float: node.attributes.epsilon! },
      },
      "",
      node.layer,
    );
  },
  MatMul: (node, emitter) => {
    const { transA = false, transB = false } = node.attributes;
    if (!transA && !transB) return plain("MatMul")(node, emitter);
    if (emitter.options.fusedMatMul) {
      const flags = { transA: Number(transA), transB: Number(transB) };
      return emitter.node(
        "FusedMatMul",
        node.inputs,
        node.outputs,
        flags,
        "com.microsoft",
        node.layer,
      );
    }
    const factors = node.inputs.map((factor, i) => {
      if (![transA, transB][i]) return emitter.name(factor);
      const turned = emitter.temporary();
      const rank = factor.shape.length;
      const perm = Array.from({ length: rank }, (_, axis) => axis)
        .with(rank - 1, rank - 2).with(rank - 2, rank - 1);
      emitter.node("Transpose", [factor], [turned], { perm }, "", node.layer);
      return turned;
    });
    emitter.node("MatMul", factors, node.outputs, {}, "", node.layer);
  },
  ReduceSum: withParts(
    "ReduceSum",
    ({ attributes }) => [attributes.axes!],
    ({ attributes }) => ({ keepdims: Number(attributes.keepdims ?? false) }),
  ),
  ReduceMean: withParts("ReduceMean", () => [], ({ attributes }) => ({
    axes: attributes.axes!,
    keepdims: Number(attributes.keepdims ?? false),
  })),
  Reshape: withParts("Reshape", ({ inputs: [x], attributes }, { options }) => {
    const shape = attributes.shape!;
    return [options.dynamicBatch && shape[0] === x.shape[0] ? shape.with(0, 0) : shape];
  }),
  Transpose: withParts(
    "Transpose",
    () => [],
    ({ attributes }) => ({ perm: attributes.permutation! }),
  ),
  Slice: withParts(
    "Slice",
    ({ attributes: { axis = 0, start = 0, end = 0 } }) => [[start], [end], [axis]],
  ),
  Flip: withParts("Slice", ({ attributes }) => {
    const axes = attributes.axes!;
    return [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
  }),
  Concat: withParts("Concat", () => [], ({ attributes }) => ({ axis: attributes.axis! })),
  Split: (node, emitter) => {
    const { lengths, axis } = node.attributes;
    if (node.outputs.length <= (emitter.options.splitLimit ?? Infinity)) {
      const inputs = [node.inputs[0], emitter.integers(lengths!)];
      return emitter.node("Split", inputs, node.outputs, { axis: axis! }, "", node.layer);
    }
    let start = 0;
    for (const [i, output] of node.outputs.entries()) {
      const end = start + lengths![i];
      const parts = [[start], [end], [axis!]].map((values) => emitter.integers(values));
      emitter.node("Slice", [node.inputs[0], ...parts], [output], {}, "", node.layer);
      start = end;
    }
  },
  Pad: withParts("Pad", ({ attributes }) => [[...attributes.before!, ...attributes.after!]]),
  Expand: withParts("Expand", ({ attributes }) => [attributes.shape!]),
  Conv: withParts("Conv", () => [], (node) => {
    const { pads = 0, stride = 1 } = node.attributes;
    const kernel = node.inputs[1].shape.slice(2);
    return { kernel_shape: kernel, pads: [pads, pads, pads, pads], strides: [stride, stride] };
  }),
  ConvTranspose: withParts("ConvTranspose", () => [], (node) => {
    const { pads = 0, stride = 1, outputPadding = 0 } = node.attributes;
    return {
      kernel_shape: node.inputs[1].shape.slice(2),
      pads: [pads, pads, pads, pads],
      strides: [stride, stride],
      output_padding: [outputPadding, outputPadding],
    };
  }),
  Upsample: (node, emitter) =>
    emitter.node(
      "Resize",
      [node.inputs[0], "", emitter.floats([1, 1, 2, 2], [4])],
      node.outputs,
      {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      },
      "",
      node.layer,
    ),
  AveragePool: withParts(
    "AveragePool",
    () => [],
    () => ({ kernel_shape: [2, 2], strides: [2, 2] }),
  ),
};
