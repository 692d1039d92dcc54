/** Costs of graphs, against counts by hand. */

import {
  add,
  averagePool,
  clip,
  conv,
  convTranspose,
  Graph,
  groupNorm,
  logSoftmax,
  matmul,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  silu,
  softmax,
  split,
  transpose,
  upsampledConv,
} from "@countergrade/countergrade/engine";
import { gradient } from "../../../core/graph/gradient.ts";
import { flopsOf, peakValueBytes } from "../../../core/graph/cost.ts";
import { assertEquals } from "@std/assert";

Deno.test("products count a multiplication and an addition each", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 3, 8, 8]);
  conv(x, graph.input("w", [5, 3, 3, 3]), undefined, { pads: 1 });
  matmul(graph.input("a", [4, 6, 7]), graph.input("b", [4, 6, 5]), true);
  assertEquals(graph.nodes.map(flopsOf), [2 * (2 * 5 * 8 * 8) * 27, 2 * 4 * 7 * 5 * 6]);
});

Deno.test("moving data is free, elements count one each", () => {
  const graph = new Graph();
  const x = graph.input("x", [4, 6]);
  add(reshape(x, [24]), 1);
  assertEquals(graph.nodes.map(flopsOf), [0, 24]);
});

Deno.test("activations count their elementary functions, sums what they read", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 4, 6, 6]);
  const [scale, shift] = ["a", "b"].map((name) => graph.input(name, [1, 4]));
  const per = 2 * 4 * 6 * 6;
  const counts = [
    [sigmoid(x), 3 * per],
    [silu(x), 4 * per],
    [clip(x, -1, 1), 2 * per],
    [softmax(x), 4 * per],
    [logSoftmax(x), 4 * per],
    [groupNorm(x, scale, shift, 2, 1e-5), 8 * per],
    [reduceSum(x, [2, 3]), per],
    [reduceMean(x, [1]), per],
    [averagePool(x), per],
    [transpose(x, [0, 2, 3, 1]), 0],
  ] as const;
  for (const [value, count] of counts) assertEquals(flopsOf(value.node!), count, value.node!.op);
});

Deno.test("the gradient of a convolution costs two of it; of a doubled image two taps along each axis are left", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 3, 8, 8]);
  const w = graph.input("w", [5, 3, 3, 3]);
  const up = graph.input("up", [3, 5, 3, 3]);
  const h = conv(x, w, undefined, { pads: 1 });
  const y = upsampledConv(h, up, graph.input("bias", [3]));
  const forward = Object.fromEntries(graph.nodes.map((node) => [node.op, flopsOf(node)]));
  const plain = 2 * (2 * 5 * 8 * 8) * 3 * 9;
  const doubled = 2 * (2 * 3 * 16 * 16) * 5 * 4;
  assertEquals([forward.Conv, forward.UpsampledConv], [plain, doubled]);
  gradient(reduceSum(y, [0, 1, 2, 3]), [x, w, up]);
  const both = Object.fromEntries(graph.nodes.map((node) => [node.op, flopsOf(node)]));
  assertEquals([both.ConvGradient, both.UpsampledConvGradient], [2 * plain, 2 * doubled]);
  const t = convTranspose(graph.input("t", [2, 5, 8, 8]), graph.input("v", [5, 3, 3, 3]));
  assertEquals(flopsOf(t.node!), 2 * (2 * 5 * 8 * 8) * 3 * 9);
});

Deno.test("values are alive from their node to their last reader", () => {
  const graph = new Graph();
  const x = graph.input("x", [10]);
  const a = mul(x, 2);
  const b = mul(a, 2);
  const c = mul(b, 2);
  graph.output("y", c);
  // While b is made there are a and b, then b and c: inputs do not count.
  assertEquals(peakValueBytes(graph), 4 * 20);
  const later = add(c, a);
  graph.output("z", later);
  // a waits for the last node, beside c, which is an output, and b or z.
  assertEquals(peakValueBytes(graph), 4 * 30);
});

Deno.test("a reshaped value is the same memory, and keeps it alive", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 5]);
  const a = mul(x, 2);
  const flat = reshape(a, [10]);
  const b = mul(x, 3);
  const parts = split(flat, 0, [4, 6]);
  graph.output("b", b);
  graph.output("part", parts[0]);
  assertEquals(peakValueBytes(graph), 4 * (10 + 10 + 10));
});
