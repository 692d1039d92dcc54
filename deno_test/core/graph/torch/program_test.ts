/** Graphs on PyTorch's library: what stays on the device, shapes that vary, and what is refused. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProviderError, Random, type Tensor, tensor } from "@countergrade/countergrade";
import {
  add,
  expand,
  Graph,
  groupNorm,
  matmul,
  mul,
  type Op,
  reshape,
  Session,
  split,
  StagedSession,
} from "@countergrade/countergrade/engine";
import { torchFolder } from "../../../torch_folder.ts";

const options = { provider: "torch", threads: 1, library: torchFolder } as const;
const ignore = !torchFolder;

/** x ← x + rate, with the sum of the first two numbers and the last; both parts are views of x. */
function counting(): Graph {
  const graph = new Graph();
  const [x, rate] = [graph.input("x", [3]), graph.input("rate", [3])];
  const [first, last] = split(x, 0, [2, 1]);
  graph.output("first", first);
  graph.output("both", add(reshape(first, [2, 1]), last));
  graph.output("next", add(x, rate));
  return graph;
}

Deno.test({
  name: "what is fed back stays on the device, its views follow it, and it can be fed anew",
  ignore,
  fn: async () => {
    await using session = await Session.compile(counting(), {
      ...options,
      feedback: { next: "x" },
    });
    const x = tensor([3], [1, 2, 3]);
    const rate = tensor([3], [10, 10, 10]);
    assertEquals(session.holds, false);
    const first = await session.run({ x, rate });
    assertEquals(Object.keys(first).sort(), ["both", "first"]);
    assertEquals([...first.both.data], [4, 5]);
    assertEquals([...(await session.run({ rate })).both.data], [24, 25]);
    assertEquals([...(await session.held()).x.data], [21, 22, 23]);
    assertEquals([...(await session.run({ x, rate })).first.data], [1, 2]);
    assertEquals([...x.data], [1, 2, 3]);
  },
});

Deno.test({
  name: "the first axis may vary from run to run, also between the inputs of a staged session",
  ignore,
  fn: async () => {
    const random = new Random(1);
    const draw = (...shape: number[]): Tensor => ({
      shape,
      data: random.normals(shape.reduce((a, b) => a * b)),
    });
    const graph = new Graph();
    const [x, t] = [graph.input("x", [4, 6, 2, 2]), graph.input("t", [4])];
    const factor = mul(reshape(t, [4, 1]), graph.constant(draw(1, 6)));
    const y = groupNorm(x, factor, factor, 3, 1e-5);
    graph.output("y", matmul(reshape(y, [4, 24]), graph.constant(draw(24, 5))));
    const parts = { ...options, dynamicBatch: true };
    await using ours = await StagedSession.compile(graph, ["t"], {
      dynamicBatch: true,
      threads: 1,
    });
    await using theirs = await StagedSession.compile(graph, ["t"], parts);
    for (const [n, times] of [[4, 4], [2, 1], [1, 1], [7, 1]]) {
      const feeds = { x: draw(n, 6, 2, 2), t: draw(times) };
      const [a, b] = [(await ours.run(feeds)).y, (await theirs.run(feeds)).y];
      assertEquals([...b.shape], [n, 5]);
      a.data.forEach((value, i) => assert(Math.abs(value - b.data[i]) < 1e-4, `${n}: ${i}`));
    }
  },
});

Deno.test("an op that an executor lacks is refused when the graph is compiled, with its layer", async () => {
  for (const provider of ["cpu", "torch"] as const) {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    graph.layer("middle.1", () => graph.output("y", mul(x, x)));
    const [node] = graph.nodes;
    graph.nodes[0] = Object.assign(node, { op: "Whirl" as Op });
    await assertRejects(
      () => Session.compile(graph, { ...options, provider }),
      TypeError,
      `lacks the op Whirl in layer "middle.1"`,
    );
  }
});

Deno.test({
  name: "running out of memory is an error of the provider, and the session goes on",
  ignore,
  fn: async () => {
    const graph = new Graph();
    const x = graph.input("x", [1, 1]);
    const wide = expand(x, [2 ** 22, 2 ** 22]);
    graph.output("y", reshape(mul(wide, wide), [2 ** 44]));
    await using session = await Session.compile(graph, options);
    const run = () => session.run({ x: tensor([1, 1], [1]) });
    await assertRejects(run, ProviderError, "torch ran out of memory, try a smaller batch: ");
    await using small = await Session.compile(counting(), options);
    await small.run({ x: tensor([3], [1, 2, 3]), rate: tensor([3], [0, 0, 0]) });
  },
});
