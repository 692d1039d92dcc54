/** Computes on PyTorch's library, as a process of its own with few permissions: a convolution, what takes much memory, and too much. */

import { tensor } from "@countergrade/countergrade";
import {
  conv,
  expand,
  Graph,
  mul,
  reduceSum,
  Session,
  silu,
} from "@countergrade/countergrade/engine";

/** What the graph gives that `build` adds to. */
async function result(build: (graph: Graph) => void): Promise<string> {
  const graph = new Graph();
  build(graph);
  await using session = await Session.compile(graph, { provider: "torch" });
  return (await session.run({ x: tensor([1, 1, 1, 3], [1, 2, 3]) })).y.data.join();
}

/** How many tensors as large as its own a run has left to the next one. */
async function left(): Promise<number> {
  // Of 40 MB: from 32 on, the C library gives memory back to the system as soon as it is freed.
  const length = 10_000_000;
  const graph = new Graph();
  graph.output("y", reduceSum(silu(silu(graph.input("x", [length]))), [0]));
  await using session = await Session.compile(graph, { provider: "torch" });
  const feeds = { x: tensor([length], new Float32Array(length).fill(1)) };
  const before = Deno.memoryUsage().rss;
  await session.run(feeds);
  return (Deno.memoryUsage().rss - before) / (4 * length);
}

try {
  console.log(
    await result((graph) => {
      const [x, bias] = [graph.input("x", [1, 1, 1, 3]), graph.constant(tensor([1], [1]))];
      graph.output("y", conv(mul(x, x), graph.constant(tensor([1, 1, 1, 1], [1])), bias));
    }),
  );
  console.log(Deno.build.os === "linux" ? await left() : 2);
  await result((graph) => {
    const wide = expand(graph.input("x", [1, 1, 1, 3]), [2 ** 20, 2 ** 22, 1, 3]);
    graph.output("y", mul(wide, wide));
  });
} catch (error) {
  console.log((error as Error).message);
}
