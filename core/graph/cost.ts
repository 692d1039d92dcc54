/** What a graph costs before it runs: floating-point operations, and the memory of its values. */

import { rowSize, sizeOf } from "../tensor.ts";
import type { Graph, Node, Value } from "./graph.ts";
import type { Op } from "./ops.ts";

type Rule = (node: Node) => number;

const outputSize: Rule = ({ outputs: [out] }) => sizeOf(out.shape);
const inputSize: Rule = ({ inputs: [x] }) => sizeOf(x.shape);
/** Data that is only moved. */
const none: Rule = () => 0;
/** Each element of an activation counts as one operation per elementary function in it. */
const each = (operations: number): Rule => (node) => operations * outputSize(node);

/** Multiplications for one number of a convolution with two taps along each axis. */
const doubledTaps = ({ shape: [, c, ...space] }: Value) => c * 2 ** space.length;

/** Floating-point operations; a multiplication with its addition counts as two. */
const FLOPS = {
  Add: each(1),
  Sub: each(1),
  Mul: each(1),
  Div: each(1),
  Neg: each(1),
  Exp: each(1),
  Log: each(1),
  Sqrt: each(1),
  Sin: each(1),
  Cos: each(1),
  Sigmoid: each(3),
  Silu: each(4),
  SiluGradient: each(7),
  Clip: each(2),
  Softmax: each(4),
  SoftmaxGradient: each(4),
  LogSoftmax: each(4),
  GroupNorm: each(8),
  GroupNormGradient: each(7),
  MatMul: ({ inputs: [a], outputs: [out], attributes: { transA } }) =>
    2 * a.shape.at(transA ? -2 : -1)! * sizeOf(out.shape),
  ReduceSum: inputSize,
  ReduceMean: inputSize,
  Reshape: none,
  Transpose: none,
  Slice: none,
  Flip: none,
  Concat: none,
  Split: none,
  Pad: none,
  Expand: none,
  Conv: ({ inputs: [, w], outputs: [out] }) => 2 * rowSize(w) * sizeOf(out.shape),
  ConvGradient: ({ inputs: [g, , w] }) => 4 * rowSize(w) * sizeOf(g.shape),
  ConvTranspose: ({ inputs: [x, w] }) => 2 * rowSize(w) * sizeOf(x.shape),
  ConvWeightGradient: ({ inputs: [g], outputs: [w] }) => 2 * rowSize(w) * sizeOf(g.shape),
  // Two taps along each axis do what three do on the doubled image.
  UpsampledConv: ({ inputs: [x], outputs: [out] }) => 2 * doubledTaps(x) * sizeOf(out.shape),
  UpsampledConvGradient: ({ inputs: [g, x] }) => 4 * doubledTaps(x) * sizeOf(g.shape),
  Upsample: none,
  AveragePool: inputSize,
  AdamUpdate: each(20),
} satisfies Record<Op, Rule>;

/**
 * The floating-point operations of one node.
 *
 * @example
 * ```ts
 * import { flopsOf } from "./cost.ts";
 * import { Graph, matmul } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * matmul(graph.input("a", [2, 5]), graph.input("b", [5, 3]));
 * assertEquals(flopsOf(graph.nodes[0]), 2 * 2 * 5 * 3);
 * ```
 */
export function flopsOf(node: Node): number {
  return FLOPS[node.op](node);
}

/**
 * The most bytes that values take at once while the nodes run in order: each from the node that makes it to the last one
 * that reads it, outputs to the end. Inputs and constants, which the caller holds, are left out; a reshaped value is the
 * same memory.
 */
export function peakValueBytes(graph: Graph): number {
  const owners = new Map<Value, Value>();
  const ownerOf = (value: Value): Value => owners.get(value) ?? value;
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ op, inputs, outputs }, at) => {
    if (op === "Reshape") owners.set(outputs[0], ownerOf(inputs[0]));
    for (const value of [...inputs, ...outputs]) lastUse.set(ownerOf(value), at);
  });
  for (const value of graph.outputs.values()) lastUse.set(ownerOf(value), graph.nodes.length);
  const ending = Map.groupBy(lastUse.keys(), (value) => lastUse.get(value)!);
  let live = 0;
  let peak = 0;
  graph.nodes.forEach(({ op, outputs }, at) => {
    if (op !== "Reshape") { for (const { shape } of outputs) live += 4 * sizeOf(shape); }
    peak = Math.max(peak, live);
    for (const { node, shape } of ending.get(at) ?? []) if (node) live -= 4 * sizeOf(shape);
  });
  return peak;
}
