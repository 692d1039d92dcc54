/** Which nodes of a graph have to run. */

import type { Graph, Node } from "./graph.ts";

/** The nodes that an output depends on. */
export function neededNodes(graph: Graph): Set<Node> {
  const needed = new Set<Node>();
  const live = new Set(graph.outputs.values());
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => live.has(output))) continue;
    needed.add(node);
    node.inputs.forEach((input) => live.add(input));
  }
  return needed;
}
