/** Stages compute what the whole graph computes, and no more often than needed. */

import { assertEquals } from "@std/assert";
import { tensor } from "@countergrade/countergrade";
import {
  add,
  exp,
  Graph,
  mul,
  reshape,
  Session,
  StagedSession,
} from "@countergrade/countergrade/engine";
import { stagesOf } from "../../../core/graph/staged_session.ts";

/** y = x·eᵗ + 2z + t + 6, w = e^(eᵗ); 3 is computed from constants, as reshaped weights are. */
function example(): Graph {
  const graph = new Graph();
  const [x, t, z] = ["x", "t", "z"].map((name) => graph.input(name, [2]));
  const factor = exp(t);
  const three = reshape(graph.constant(tensor([1, 1], [3])), [1]);
  graph.output("y", add(add(mul(x, factor), add(mul(z, 2), three)), add(t, three)));
  graph.output("w", exp(factor));
  return graph;
}
const FEEDS = { x: tensor([2], [1, 2]), t: tensor([2], [0, 1]), z: tensor([2], [5, 7]) };

Deno.test("a staged session gives what the whole graph gives", async () => {
  await using whole = await Session.compile(example());
  await using staged = await StagedSession.compile(example(), ["t", "z"]);
  const expected = await whole.run(FEEDS);
  assertEquals(await staged.run(FEEDS), expected);
  const other = { ...FEEDS, t: tensor([2], [2, 3]) };
  assertEquals(await staged.run(other), await whole.run(other));
  assertEquals(await staged.run(FEEDS), expected);
});

Deno.test("what follows from one input alone is computed once for a tensor", async () => {
  await using staged = await StagedSession.compile(example(), ["t", "z"]);
  const { y } = await staged.run(FEEDS);
  // A change that nobody may make shows that the first stage did not run again.
  FEEDS.z.data[0] = 100;
  assertEquals((await staged.run(FEEDS)).y, y);
  FEEDS.z.data[0] = 5;
});

Deno.test("stagesOf() leaves to the rest what needs several inputs", () => {
  const { early, rest } = stagesOf(example(), ["t", "z"]);
  assertEquals(early.get("t")!.nodes.map(({ op }) => op), ["Exp", "Reshape", "Add", "Exp"]);
  assertEquals(early.get("z")!.nodes.map(({ op }) => op), ["Reshape", "Mul", "Add"]);
  assertEquals(rest.nodes.map(({ op }) => op), ["Reshape", "Mul", "Add", "Add"]);
});
