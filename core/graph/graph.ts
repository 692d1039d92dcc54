/** Computation graphs: values, the nodes that make them, and the ops as functions of values. */

import { sizeOf, type Tensor } from "../tensor.ts";
import { type Attributes, type Op, OPS, type Pads } from "./ops.ts";

/** A tensor that a graph will compute, of a fixed shape. */
export interface Value {
  /** Unique in its graph. */
  readonly id: number;
  /** The lengths of its axes; `[]` for a single number. */
  readonly shape: readonly number[];
  /** The graph that it belongs to. */
  readonly graph: Graph;
  /** The node that makes it; absent for inputs and constants. */
  readonly node?: Node;
}

/** One application of an op. */
export interface Node {
  /** What it computes. */
  readonly op: Op;
  /** What it reads, in the order of the op. */
  readonly inputs: readonly Value[];
  /** How it computes. */
  readonly attributes: Attributes;
  /** What it makes; GroupNorm and Split make several values. */
  readonly outputs: readonly Value[];
  /** The layer that asked for it, for error messages and profiles. */
  readonly layer: string;
}

/**
 * A graph under construction. Gradients are nodes like any other, see `gradient.ts`.
 *
 * @example
 * ```ts
 * import { add, Graph, mul } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * const x = graph.input("x", [2, 3]);
 * graph.output("y", add(mul(x, x), graph.scalar(1)));
 * assertEquals(graph.nodes.length, 2);
 * ```
 */
export class Graph {
  /** In the order in which they were added: each after all that it reads. */
  readonly nodes: Node[] = [];
  /** Fed at run time, by name. */
  readonly inputs: Map<string, Value> = new Map();
  /** The results, by name. */
  readonly outputs: Map<string, Value> = new Map();
  /** The values that are part of the graph. */
  readonly constants: Map<Value, Tensor> = new Map();
  #scalars = new Map<number, Value>();
  #layers: string[] = [];
  #nextId = 0;

  /** A value that the caller feeds at run time. */
  input(name: string, shape: readonly number[]): Value {
    if (this.inputs.has(name)) throw new TypeError(`Cannot add input "${name}": the name is taken`);
    const value = this.#value(shape);
    this.inputs.set(name, value);
    return value;
  }

  /** A value that is part of the graph. */
  constant(tensor: Tensor): Value {
    const value = this.#value(tensor.shape);
    this.constants.set(value, tensor);
    return value;
  }

  /** A constant of shape `[]`; equal numbers share one value. */
  scalar(number: number): Value {
    let value = this.#scalars.get(number);
    if (!value) {
      value = this.constant({ shape: [], data: Float32Array.of(number) });
      this.#scalars.set(number, value);
    }
    return value;
  }

  /** Names a value as a result of the graph. */
  output(name: string, value: Value): void {
    this.outputs.set(name, value);
  }

  /** Runs `build` with its nodes named as parts of a layer. */
  layer<T>(name: string, build: () => T): T {
    this.#layers.push(name);
    try {
      return build();
    } finally {
      this.#layers.pop();
    }
  }

  /**
   * Adds a node.
   *
   * @throws {TypeError} When the shapes do not fit the op; the message names op, layer and shapes.
   */
  apply(op: Op, inputs: readonly Value[], attributes: Attributes = {}): Value[] {
    const layer = this.#layers.join(".");
    const shapes = inputs.map((value) => value.shape);
    let outputShapes: readonly (readonly number[])[];
    try {
      outputShapes = OPS[op].infer(shapes, attributes);
    } catch (error) {
      const where = layer ? ` in layer "${layer}"` : "";
      const seen = shapes.map((shape) => `[${shape.join(", ")}]`).join(", ");
      throw new TypeError(
        `Cannot apply ${op}${where}: ${(error as Error).message}; current shapes are ${seen}`,
      );
    }
    const outputs: Value[] = [];
    const node: Node = { op, inputs, attributes, outputs, layer };
    for (const shape of outputShapes) outputs.push(this.#value(shape, node));
    this.nodes.push(node);
    return outputs;
  }

  #value(shape: readonly number[], node?: Node): Value {
    return { id: this.#nextId++, shape, graph: this, node };
  }
}

function one(op: Op, inputs: Value[], attributes?: Attributes): Value {
  return inputs[0].graph.apply(op, inputs, attributes)[0];
}

/** A number as a constant of the graph that `like` belongs to; values pass through. */
function lift(value: Value | number, like: Value | number): Value {
  return typeof value === "number" ? (like as Value).graph.scalar(value) : value;
}

/** Elementwise, with broadcasting as in ONNX and numpy. */
export const add = (a: Value | number, b: Value | number): Value =>
  one("Add", [lift(a, b), lift(b, a)]);
/** Elementwise, with broadcasting. */
export const sub = (a: Value | number, b: Value | number): Value =>
  one("Sub", [lift(a, b), lift(b, a)]);
/** Elementwise, with broadcasting. */
export const mul = (a: Value | number, b: Value | number): Value =>
  one("Mul", [lift(a, b), lift(b, a)]);
/** Elementwise, with broadcasting. */
export const div = (a: Value | number, b: Value | number): Value =>
  one("Div", [lift(a, b), lift(b, a)]);
/** −x. */
export const neg = (x: Value): Value => one("Neg", [x]);
/** eˣ. */
export const exp = (x: Value): Value => one("Exp", [x]);
/** ln x. */
export const log = (x: Value): Value => one("Log", [x]);
/** √x. */
export const sqrt = (x: Value): Value => one("Sqrt", [x]);
/** sin x, in radians. */
export const sin = (x: Value): Value => one("Sin", [x]);
/** cos x, in radians. */
export const cos = (x: Value): Value => one("Cos", [x]);
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Value): Value => one("Sigmoid", [x]);
/** x · sigmoid(x). */
export const silu = (x: Value): Value => one("Silu", [x]);
/** max(low, min(high, x)). */
export const clip = (x: Value, low: number, high: number): Value => one("Clip", [x], { low, high });
/** Softmax over the last axis. */
export const softmax = (x: Value): Value => one("Softmax", [x]);
/** ln softmax over the last axis, without overflow. */
export const logSoftmax = (x: Value): Value => one("LogSoftmax", [x]);

/** Matrix product over the last two axes, each factor transposed on request; leading axes broadcast. */
export const matmul = (a: Value, b: Value, transA = false, transB = false): Value =>
  one("MatMul", [a, b], { transA, transB });

/** Sum over `axes`. */
export const reduceSum = (x: Value, axes: readonly number[], keepdims = false): Value =>
  one("ReduceSum", [x], { axes, keepdims });
/** Mean over `axes`. */
export const reduceMean = (x: Value, axes: readonly number[], keepdims = false): Value =>
  one("ReduceMean", [x], { axes, keepdims });

/** The same elements in another shape; −1 stands for what is left. */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = sizeOf(shape.filter((length) => length !== -1));
  const full = shape.map((length) => length === -1 ? sizeOf(x.shape) / known : length);
  if (full.length === x.shape.length && full.every((length, i) => length === x.shape[i])) return x;
  return one("Reshape", [x], { shape: full });
}

/** Axes in another order: output axis i is input axis `permutation[i]`. */
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  one("Transpose", [x], { permutation });

/** Elements `start` to `end` (exclusive) of one axis; step −1 reverses the whole axis. */
export const slice = (x: Value, axis: number, start: number, end: number): Value =>
  one("Slice", [x], { axis, start, end });
/** All elements of each of `axes` in reverse order. */
export const flip = (x: Value, axes: readonly number[]): Value => one("Flip", [x], { axes });
/** Joins values along an axis. */
export const concat = (parts: readonly Value[], axis: number): Value =>
  parts.length === 1 ? parts[0] : one("Concat", [...parts], { axis });
/** Cuts an axis into parts of the given lengths. */
export const split = (x: Value, axis: number, lengths: readonly number[]): Value[] =>
  lengths.length === 1 ? [x] : x.graph.apply("Split", [x], { axis, lengths });
/** Zeros around: `before[i]` and `after[i]` along axis i. */
export const pad = (x: Value, before: readonly number[], after: readonly number[]): Value =>
  one("Pad", [x], { before, after });
/** Broadcasts to a shape. */
export const expand = (x: Value, shape: readonly number[]): Value => one("Expand", [x], { shape });

/** Convolution of `x [n, c, h, w]` with `weight [o, c, k, k]`, or of volumes `[n, c, d, h, w]` with `[o, c, k, k, k]`; `pads` zeros on the sides. */
export const conv = (
  x: Value,
  weight: Value,
  bias?: Value,
  { pads = 0, stride = 1 }: { pads?: Pads; stride?: number } = {},
): Value => one("Conv", bias ? [x, weight, bias] : [x, weight], { pads, stride });
/** Transposed convolution of `x [n, o, …]` with `weight [o, c, …]`: the adjoint of {@linkcode conv}. */
export const convTranspose = (
  x: Value,
  weight: Value,
  { pads = 0, stride = 1, outputPadding = 0 }: {
    pads?: Pads;
    stride?: number;
    outputPadding?: number;
  } = {},
): Value => one("ConvTranspose", [x, weight], { pads, stride, outputPadding });
/** The convolution of three taps along each axis, padded, of `x [n, c, h, w]` or `[n, c, d, h, w]` doubled along each by repeating pixels. */
export const upsampledConv = (x: Value, weight: Value, bias: Value): Value =>
  one("UpsampledConv", [x, weight, bias]);
/** Nearest-neighbor ×2 along all axes of space. */
export const upsample = (x: Value): Value => one("Upsample", [x]);
/** Mean of 2 × 2 blocks, of volumes of 2 × 2 × 2. */
export const averagePool = (x: Value): Value => one("AveragePool", [x]);

/**
 * GroupNorm: each of `groups` groups of channels of `x [n, c, …]` to mean 0 and variance 1 per image, then times `factor`
 * plus `term`, both `[n, c]` or `[1, c]`.
 */
export const groupNorm = (
  x: Value,
  factor: Value,
  term: Value,
  groups: number,
  epsilon: number,
): Value => one("GroupNorm", [x, factor, term], { groups, epsilon });
