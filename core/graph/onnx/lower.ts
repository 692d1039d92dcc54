/** Ops that onnxruntime lacks, or has slow, in terms of others. */

import { Graph, type Node, type Value } from "../graph.ts";
import type { Op } from "../ops.ts";
import { weightGradient } from "./weight_gradient.ts";

/** The ops that are not written as they are. */
export type LoweredOp = "ConvWeightGradient";

type Lower = (inputs: readonly Value[], node: Node) => Value[];

/** What a node computes, from its inputs in another graph. */
const LOWER: Record<LoweredOp, Lower> = {
  ConvWeightGradient: ([g, x], { attributes }) => [weightGradient(g, x, attributes)],
};

/** Whether an op has to be lowered. */
function isLowered(op: Op): op is LoweredOp {
  return op in LOWER;
}

/**
 * The same graph in ops that are written as they are.
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
  const out = new Graph();
  const values = new Map<Value, Value>();
  for (const [name, value] of graph.inputs) values.set(value, out.input(name, value.shape));
  for (const [value, tensor] of graph.constants) values.set(value, out.constant(tensor));
  for (const node of graph.nodes) {
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
