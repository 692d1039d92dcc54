/** Ops that onnxruntime lacks, or has slow, in terms of others. */

import { pullBack } from "../gradient.ts";
import { convTranspose, Graph, mul, type Node, reduceSum, sub, type Value } from "../graph.ts";
import { neededNodes } from "../needed.ts";
import { type Op, sidesOf } from "../ops.ts";
import { adamUpdate } from "./adam.ts";
import { upsampledConvolution } from "./upsampled_convolution.ts";
import { weightGradient } from "./weight_gradient.ts";

/** The ops that are not written as they are. */
export type LoweredOp =
  | "SoftmaxGradient"
  | "ConvGradient"
  | "ConvWeightGradient"
  | "UpsampledConv"
  | "UpsampledConvGradient"
  | "AdamUpdate";

type Lower = (inputs: readonly Value[], node: Node) => Value[];

/** What a node computes, from its inputs in another graph. What nothing depends on is not written. */
export const LOWER: Record<LoweredOp, Lower> = {
  SoftmaxGradient([g, y]) {
    const gy = mul(g, y);
    return [sub(gy, mul(y, reduceSum(gy, [y.shape.length - 1], true)))];
  },
  ConvGradient([g, x, w], { attributes }) {
    const { pads, stride = 1 } = attributes;
    const [top, , bottom] = sidesOf(pads);
    const full = (g.shape[2] - 1) * stride - top - bottom + w.shape[2];
    return [
      convTranspose(g, w, { pads, stride, outputPadding: x.shape[2] - full }),
      weightGradient(g, x, { ...attributes, shape: w.shape }),
      reduceSum(g, [0, 2, 3]),
    ];
  },
  ConvWeightGradient: ([g, x], { attributes }) => [weightGradient(g, x, attributes)],
  UpsampledConv: ([x, w, b]) => [upsampledConvolution(x, w, b)],
  // The sums of weights are written once more, as inputs of gradients only.
  UpsampledConvGradient([g, x, w]) {
    const { graph } = x;
    const y = upsampledConvolution(x, w, graph.constant(noBias(w)));
    const gradients = pullBack(y, g, [x, w]);
    return [gradients.get(x)!, gradients.get(w)!, reduceSum(g, [0, 2, 3])];
  },
  AdamUpdate: (inputs) => adamUpdate(inputs),
};

function noBias({ shape: [out] }: Value) {
  return { shape: [out], data: new Float32Array(out) };
}

/** Whether an op has to be lowered. */
function isLowered(op: Op): op is LoweredOp {
  return op in LOWER;
}

/**
 * The same graph in ops that are written as they are, without nodes that no output depends on.
 *
 * @example
 * ```ts
 * import { lowered } from "./lower.ts";
 * import { Graph } from "@countergrade/countergrade/engine";
 * import { assert } from "@std/assert";
 *
 * const graph = new Graph();
 * const [g, x] = [graph.input("g", [1, 2, 4, 4]), graph.input("x", [1, 3, 4, 4])];
 * const [w] = graph.apply("ConvWeightGradient", [g, x], { pads: 1, shape: [2, 3, 3, 3] });
 * graph.output("w", w);
 * assert(lowered(graph).nodes.every(({ op }) => op !== "ConvWeightGradient"));
 * ```
 */
export function lowered(graph: Graph): Graph {
  let out = loweredOnce(graph);
  // What an op is lowered to may itself be lowered.
  while (out.nodes.some(({ op }) => isLowered(op))) out = loweredOnce(out);
  return loweredOnce(out);
}

function loweredOnce(graph: Graph): Graph {
  const out = new Graph();
  const values = new Map<Value, Value>();
  for (const [name, value] of graph.inputs) values.set(value, out.input(name, value.shape));
  for (const [value, tensor] of graph.constants) values.set(value, out.constant(tensor));
  for (const node of [...neededNodes(graph)].reverse()) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const { op } = node;
    const make = () =>
      isLowered(op) ? LOWER[op](inputs, node) : out.apply(op, inputs, node.attributes);
    const made = out.layer(node.layer, make);
    node.outputs.forEach((output, i) => values.set(output, made[i]));
  }
  for (const [name, value] of graph.outputs) out.output(name, values.get(value)!);
  return out;
}
