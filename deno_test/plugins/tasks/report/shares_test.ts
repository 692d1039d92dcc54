/** Shares: how sure they are, and how much lies behind them. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { perPoint, shareInterval } from "../../../../plugins/tasks/report/shares.ts";

Deno.test("shareInterval() is Wilson's: 2 of 10 lie between 0.0567 and 0.5098", () => {
  const { from, to } = shareInterval(0.2, 10);
  assertAlmostEquals(from, 0.05668, 1e-4);
  assertAlmostEquals(to, 0.50984, 1e-4);
  assertAlmostEquals(shareInterval(0, 3).from, 0, 1e-12);
  assertEquals(shareInterval(1, 3).to, 1);
});

Deno.test("counts are told one by one only where they differ", () => {
  assertEquals(perPoint("frames", [5]), "5 frames per point");
  assertEquals(perPoint("frames", [5, 5]), "5 frames per point");
  assertEquals(perPoint("frames", [5, 7, 6]), "5 to 7 frames per point");
  assertEquals(perPoint("frames", [5, 9]), "frames per point: 5, 9");
  assertEquals(perPoint("frames", []), "0 frames per point");
});
