/** Computes x² + 1 on PyTorch's library, as a process of its own with few permissions, and prints it. */

import { tensor } from "@countergrade/countergrade";
import { add, Graph, mul, Session } from "@countergrade/countergrade/engine";

const graph = new Graph();
const x = graph.input("x", [3]);
graph.output("y", add(mul(x, x), 1));
try {
  await using session = await Session.compile(graph, { provider: "torch" });
  const { y } = await session.run({ x: tensor([3], [1, 2, 3]) });
  console.log(y.data.join());
} catch (error) {
  console.log((error as Error).message);
}
