/** Costs of graphs, against counts by hand. */

import { add, conv, Graph, matmul, mul, reshape, split } from "@countergrade/countergrade/engine";
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
