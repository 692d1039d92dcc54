/** Reverse-mode differentiation: one walk backwards over the nodes. */

import { add, type Node, type Value } from "./graph.ts";
import { PULLBACKS } from "./pullbacks.ts";

/**
 * The gradients of a scalar with respect to some values, as new nodes of the same graph.
 *
 * @throws {TypeError} When `loss` is not a scalar, or does not depend on one of the values.
 * @example
 * ```ts
 * import { gradient } from "./gradient.ts";
 * import { Graph, mul, reduceSum } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * const x = graph.input("x", [3]);
 * const [dx] = gradient(reduceSum(mul(x, x), [0]), [x]);
 * assertEquals(dx.shape, [3]);
 * ```
 */
export function gradient(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length) {
    throw new TypeError(
      `Cannot take a gradient: expected a scalar, current shape is [${loss.shape.join(", ")}]`,
    );
  }
  const gradients = pullBack(loss, loss.graph.scalar(1), wrt);
  return wrt.map((value) => {
    const g = gradients.get(value);
    if (!g) throw new TypeError("Cannot take a gradient: the loss does not depend on a value");
    return g;
  });
}

/** Gradients of all values between `wrt` and `from`, given the gradient of `from`, which may have any shape. */
export function pullBack(from: Value, seed: Value, wrt: readonly Value[]): Map<Value, Value> {
  const { graph } = from;
  const nodes = [...graph.nodes];
  const relevant = dependents(nodes, wrt);
  const gradients = new Map<Value, Value>([[from, seed]]);
  for (const node of nodes.toReversed()) {
    const incoming = node.outputs.map((output) => gradients.get(output));
    if (!incoming.some(Boolean) || !node.outputs.some((output) => relevant.has(output))) continue;
    const wanted = node.inputs.map((input) => relevant.has(input));
    const outgoing = graph.layer(`${node.layer}/gradient`, () => pull(node, incoming, wanted));
    node.inputs.forEach((input, i) => {
      const g = outgoing[i];
      if (!g || !wanted[i]) return;
      const sum = gradients.get(input);
      gradients.set(input, sum ? add(sum, g) : g);
    });
  }
  return gradients;
}

function pull(node: Node, incoming: readonly (Value | undefined)[], wanted: readonly boolean[]) {
  return PULLBACKS[node.op](node, incoming, wanted);
}

/** All values that depend on one of `sources`, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Value[]): Set<Value> {
  const found = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => found.has(input))) {
      node.outputs.forEach((output) => found.add(output));
    }
  }
  return found;
}
