/** Ops that onnxruntime lacks, or has slow, in terms of others. */

import { zeros } from "../../tensor.ts";
import { pullBack } from "../gradient.ts";
import { convTranspose, Graph, mul, type Node, reduceSum, sub, type Value } from "../graph.ts";
import { neededNodes } from "../needed.ts";
import { type Attributes, type Op, sidesOf } from "../ops.ts";
import { adamUpdate } from "./adam.ts";
import { upsampledConvolution } from "./upsampled_convolution.ts";
import {
  volumeConvolution,
  volumeConvTranspose,
  volumeUpsampledConvolution,
} from "./volume_convolution.ts";
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
    const { before: [top], after: [bottom] } = sidesOf(pads, g.shape.length - 2);
    const full = (g.shape[2] - 1) * stride - top - bottom + w.shape[2];
    return [
      convTranspose(g, w, { pads, stride, outputPadding: x.shape[2] - full }),
      ofWeight(g, x, { ...attributes, shape: w.shape }),
      reduceSum(g, allButChannels(g)),
    ];
  },
  ConvWeightGradient: ([g, x], { attributes }) => [ofWeight(g, x, attributes)],
  UpsampledConv: ([x, w, b]) => [doubledConvolution(x, w, b)],
  // The sums of weights are written once more, as inputs of gradients only.
  UpsampledConvGradient([g, x, w]) {
    const { graph } = x;
    const y = doubledConvolution(x, w, graph.constant(noBias(w)));
    const gradients = pullBack(y, g, [x, w]);
    return [gradients.get(x)!, gradients.get(w)!, reduceSum(g, allButChannels(g))];
  },
  AdamUpdate: (inputs) => adamUpdate(inputs),
};

/** The ops that are lowered for volumes alone. */
const OF_VOLUMES: Partial<Record<Op, Lower>> = {
  Conv: ([x, w, b], { attributes: { pads } }) => [volumeConvolution(x, w, b, pads)],
  ConvTranspose: ([x, w], { attributes: { pads } }) => [volumeConvTranspose(x, w, pads)],
};

const isVolume = ({ shape }: Value) => shape.length === 5;

function ofWeight(g: Value, x: Value, attributes: Attributes): Value {
  if (!isVolume(x)) return weightGradient(g, x, attributes);
  const { shape = [], pads } = attributes;
  const weight = x.graph.constant(zeros(shape));
  return pullBack(volumeConvolution(x, weight, undefined, pads), g, [weight]).get(weight)!;
}

function doubledConvolution(x: Value, w: Value, b: Value): Value {
  return isVolume(x) ? volumeUpsampledConvolution(x, w, b) : upsampledConvolution(x, w, b);
}

function allButChannels({ shape }: Value): number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== 1);
}

function noBias({ shape: [out] }: Value) {
  return zeros([out]);
}

/** How a node is lowered, where it has to be. */
function loweringOf({ op, inputs }: Node): Lower | undefined {
  const rows: Partial<Record<Op, Lower>> = LOWER;
  return rows[op] ?? (isVolume(inputs[0]) ? OF_VOLUMES[op] : undefined);
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
  while (out.nodes.some(loweringOf)) out = loweredOnce(out);
  return loweredOnce(out);
}

function loweredOnce(graph: Graph): Graph {
  const out = new Graph();
  const values = new Map<Value, Value>();
  for (const [name, value] of graph.inputs) values.set(value, out.input(name, value.shape));
  for (const [value, tensor] of graph.constants) values.set(value, out.constant(tensor));
  for (const node of [...neededNodes(graph)].reverse()) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const lower = loweringOf(node);
    const make = () => lower?.(inputs, node) ?? out.apply(node.op, inputs, node.attributes);
    const made = out.layer(node.layer, make);
    node.outputs.forEach((output, i) => values.set(output, made[i]));
  }
  for (const [name, value] of graph.outputs) out.output(name, values.get(value)!);
  return out;
}
