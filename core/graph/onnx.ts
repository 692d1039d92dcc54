/** Graphs as ONNX models (opset 17, and FusedMatMul of onnxruntime where the provider has it). */

import { sizeOf } from "../tensor.ts";
import {
  BLOCKED_DOMAIN,
  emitBlocked,
  emitBlockedTranspose,
  fitsBlocks,
  turnedPads,
} from "./blocked_convolution.ts";
import { Graph, type Node, reshape, slice, type Value } from "./graph.ts";
import { type Attributes, type Op, sidesOf } from "./ops.ts";
import { MessageWriter } from "./protobuf.ts";

/** How a graph is written. */
export interface OnnxOptions {
  /** Let the first axis of all inputs and outputs vary: reshapes that keep it copy it at run time. */
  readonly dynamicBatch?: boolean;
  /** Use onnxruntime's FusedMatMul, which the CPU and CUDA providers have. */
  readonly fusedMatMul?: boolean;
  /** Write convolutions for onnxruntime's CPU kernels that take channels in blocks of this many. */
  readonly block?: number;
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
  const needed = neededNodes(graph);
  const used = new Set([...graph.outputs.values(), ...[...needed].flatMap(({ inputs }) => inputs)]);
  const emitter = new Emitter(graph, options, used);
  for (const node of graph.nodes) {
    if (needed.has(node)) EMIT[node.op](node, emitter);
  }
  return modelOf(emitter);
}

/** A model that puts an image `x [1, 4, 1, 1]` into blocks and returns as `y [1]` how many channels a block has. */
export function blockProbe(): Uint8Array<ArrayBuffer> {
  const graph = new Graph();
  const x = graph.input("x", [1, 4, 1, 1]);
  const y = slice(reshape(x, [4]), 0, 0, 1);
  graph.output("y", y);
  const emitter = new Emitter(graph, {});
  const [blocked, shape, channels] = ["blocked", "shape", "channels"];
  emitter.node("ReorderInput", [x], [blocked], {}, BLOCKED_DOMAIN);
  emitter.node("Shape", [blocked], [shape]);
  emitter.node("Slice", [shape, emitter.integers([1]), emitter.integers([2])], [channels]);
  emitter.node("Cast", [channels], [y], { to: FLOAT });
  return modelOf(emitter);
}

function modelOf(emitter: Emitter): Uint8Array<ArrayBuffer> {
  const model = new MessageWriter()
    .int(1, 8)
    .bytes(2, "countergrade")
    .bytes(7, emitter.finish())
    .bytes(8, new MessageWriter().bytes(1, "").int(2, 17));
  for (const domain of emitter.domains) {
    model.bytes(8, new MessageWriter().bytes(1, domain).int(2, 1));
  }
  return model.finish();
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

function emitConv(
  { inputs: [, w], outputs, layer }: Node,
  emitter: Emitter,
  inputs: readonly (Value | string)[],
  { pads, stride = 1 }: Attributes,
): void {
  const kernel = w.shape.slice(2);
  const parts = { kernel_shape: kernel, pads: sidesOf(pads), strides: [stride, stride] };
  emitter.node("Conv", inputs, outputs, parts, "", layer);
}

/** A weight `[o, c, k, k]` as `[c, o, k, k]` with each k × k turned by 180°. */
function turn(emitter: Emitter, w: Value, layer: string): string {
  const swapped = emitter.temporary();
  emitter.node("Transpose", [w], [swapped], { perm: [1, 0, 2, 3] }, "", layer);
  if (w.shape[2] === 1) return swapped;
  const turned = emitter.temporary();
  const [back, start, axes] = [[-1, -1], [-(2 ** 31), -(2 ** 31)], [2, 3]].map((values) =>
    emitter.integers(values)
  );
  emitter.node("Slice", [swapped, back, start, axes, back], [turned], {}, "", layer);
  return turned;
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
  GroupNorm: (node, emitter) => {
    const { inputs: [x, factor, term], outputs: [y, normal, inverse], layer } = node;
    const { groups = 1, epsilon = 0 } = node.attributes;
    const { dynamicBatch } = emitter.options;
    const [n, c, ...space] = x.shape;
    const [rows, unit, mean, product] = Array.from({ length: 4 }, () => emitter.temporary());
    const reshape = (from: Value | string, to: Value | string, shape: readonly number[]) =>
      emitter.node(
        "Reshape",
        [from, emitter.integers(dynamicBatch ? shape.with(0, 0) : shape)],
        [to],
        {},
        "",
        layer,
      );
    const length = sizeOf(space) * c / groups;
    reshape(x, rows, [n, groups, length]);
    const ones = emitter.once(
      `ones ${length}`,
      () => emitter.floats(new Float32Array(length).fill(1), [length]),
    );
    const parts = { axis: -1, epsilon: { float: epsilon } };
    emitter.node("LayerNormalization", [rows, ones], [unit, mean, inverse], parts, "", layer);
    reshape(unit, normal, x.shape);
    const [scale, shift] = [factor, term].map((value) => {
      const perChannel = emitter.temporary();
      reshape(value, perChannel, [value.shape[0], c, ...space.map(() => 1)]);
      return perChannel;
    });
    emitter.node("Mul", [normal, scale], [product], {}, "", layer);
    emitter.node("Add", [product, shift], [y], {}, "", layer);
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
  Conv: (node, emitter) => {
    if (fitsBlocks(node, emitter.options)) return emitBlocked(node, emitter);
    emitConv(node, emitter, node.inputs, node.attributes);
  },
  ConvTranspose: (node, emitter) => {
    const { inputs: [x, w], attributes, outputs: [y], layer } = node;
    const { pads, stride = 1, outputPadding = 0 } = attributes;
    if (fitsBlocks(node, emitter.options)) return emitBlockedTranspose(node, emitter);
    const [, , k] = w.shape;
    // Its adjoint is a convolution with turned weights; up to 8 × 8 turning them costs more than it saves.
    if (stride === 1 && outputPadding === 0 && (k === 1 || x.shape[2] * x.shape[3] > 64)) {
      const turned = emitter.once(`turned ${w.id}`, () => turn(emitter, w, layer));
      return emitConv(node, emitter, [x, turned], { pads: turnedPads(pads, k) });
    }
    const parts = {
      kernel_shape: w.shape.slice(2),
      pads: sidesOf(pads),
      strides: [stride, stride],
      output_padding: [outputPadding, outputPadding],
    };
    emitter.node("ConvTranspose", [x, w], [y], parts, "", layer);
  },
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
