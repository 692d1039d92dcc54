/** Computes on PyTorch's library, as a process of its own with few permissions: a convolution, and what does not fit into memory. */

import { tensor } from "@countergrade/countergrade";
import { conv, expand, Graph, mul, Session } from "@countergrade/countergrade/engine";

/** What the graph gives that `build` adds to. */
async function result(build: (graph: Graph) => void): Promise<string> {
  const graph = new Graph();
  build(graph);
  await using session = await Session.compile(graph, { provider: "torch" });
  return (await session.run({ x: tensor([1, 1, 1, 3], [1, 2, 3]) })).y.data.join();
}

try {
  console.log(
    await result((graph) => {
      const [x, bias] = [graph.input("x", [1, 1, 1, 3]), graph.constant(tensor([1], [1]))];
      graph.output("y", conv(mul(x, x), graph.constant(tensor([1, 1, 1, 1], [1])), bias));
    }),
  );
  await result((graph) => {
    const wide = expand(graph.input("x", [1, 1, 1, 3]), [2 ** 20, 2 ** 22, 1, 3]);
    graph.output("y", mul(wide, wide));
  });
} catch (error) {
  console.log((error as Error).message);
}
