/** Every op with its gradient: PyTorch's library against onnxruntime. */

import { assert, assertEquals } from "@std/assert";
import { type Provider, Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import { clip, Graph, mul, reduceSum, reshape, Session } from "@countergrade/countergrade/engine";
import { gradient } from "../../../../core/graph/gradient.ts";
import { ADAM_RATES } from "../../../../core/graph/ops.ts";
import { torchFolder } from "../../../torch_folder.ts";
import { type Case, CASES, smooth } from "../op_cases.ts";

type Results = Record<string, Tensor>;

/** What a graph gives on an executor. */
async function results(graph: Graph, feeds: Results, provider: Provider): Promise<Results> {
  const options = { provider, threads: 1, library: torchFolder };
  await using session = await Session.compile(graph, options);
  return await session.run(feeds);
}

/** @throws When two executors differ by more than a share of the largest value. */
function expectClose(name: string, actual: Tensor, expected: Tensor, tolerance = 1e-5) {
  assertEquals([...actual.shape], [...expected.shape], name);
  const largest = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-2);
  expected.data.forEach((value, i) => {
    const error = Math.abs(actual.data[i] - value) / largest;
    assert(error < tolerance, `${name}[${i}]: ${actual.data[i]}, onnxruntime has ${value}`);
  });
}

/** An op with its result and the gradients of its inputs as outputs. */
function graphOf({ shapes, build }: Case, random: Random): Graph {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const out = build(...inputs);
  const weights = graph.constant(smooth([...out.shape], random));
  const loss = reduceSum(reshape(mul(out, weights), [sizeOf(out.shape)]), [0]);
  graph.output("out", out);
  gradient(loss, inputs).forEach((g, i) => graph.output(`g${i}`, g));
  return graph;
}

for (const [op, cases] of Object.entries(CASES)) {
  Deno.test({
    name: `${op} and its gradient are the same on PyTorch and onnxruntime`,
    ignore: !torchFolder,
    fn: async (t) => {
      for (const item of cases) {
        await t.step(item.name, async () => {
          const random = new Random(3);
          const graph = graphOf(item, random);
          const feeds = Object.fromEntries(
            item.shapes.map((shape, i) => [`x${i}`, smooth(shape, random)]),
          );
          const theirs = await results(graph, feeds, "torch");
          const ours = await results(graph, feeds, "cpu");
          assertEquals(Object.keys(theirs).sort(), Object.keys(ours).sort());
          for (const [name, value] of Object.entries(ours)) expectClose(name, theirs[name], value);
        });
      }
    },
  });
}

Deno.test({
  name: "Clip and AdamUpdate, which have no gradient, are the same on PyTorch and onnxruntime",
  ignore: !torchFolder,
  fn: async () => {
    const random = new Random("update");
    const size = 5000;
    const graph = new Graph();
    const names = ["weights", "mean", "square", "average", "gradient"];
    const inputs = names.map((name) => graph.input(name, [size]));
    const rates = graph.input("rates", [ADAM_RATES.length]);
    graph.output("clipped", clip(inputs[0], -0.5, 0.25));
    graph.apply("AdamUpdate", [...inputs, rates]).forEach((value, i) =>
      graph.output(`next${i}`, value)
    );
    const draw = () => tensor([size], random.normals(size));
    const feeds: Results = Object.fromEntries(names.map((name) => [name, draw()]));
    feeds.square = tensor([size], feeds.square.data.map(Math.abs));
    for (const maxNorm of [1e30, 2]) {
      feeds.rates = tensor([ADAM_RATES.length], [
        1e-2,
        3,
        0.1,
        0.9,
        maxNorm,
        1e-2 / (1 - 0.9 ** 3),
        1 / Math.sqrt(1 - 0.999 ** 3),
      ]);
      const before = feeds.gradient.data.slice();
      const theirs = await results(graph, feeds, "torch");
      const ours = await results(graph, feeds, "cpu");
      for (const [name, value] of Object.entries(ours)) expectClose(name, theirs[name], value);
      assertEquals(feeds.gradient.data, before, "what is fed is not overwritten");
    }
  },
});
