/** Round numbers for an axis, and values between the points of a curve. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ticksOf, valueAt } from "../../../server/page/chart_scale.ts";

Deno.test("ticks are round, evenly spaced, and enclose what is shown", () => {
  assertEquals(ticksOf(0, 3), [0, 1, 2, 3]);
  assertEquals(ticksOf(0, 1), [0, 0.5, 1]);
  assertEquals(ticksOf(-0.3, 2.2), [-1, 0, 1, 2, 3]);
  assertEquals(ticksOf(20, 80), [20, 40, 60, 80]);
  for (const [low, high] of [[0.013, 0.017], [-5e6, 3e6], [7, 7], [-1, 99.99]]) {
    const ticks = ticksOf(low, high);
    assert(ticks[0] <= low && ticks[ticks.length - 1] >= high, `${low} to ${high}: ${ticks}`);
    assert(ticks.length >= 2 && ticks.length <= 8, `${low} to ${high}: ${ticks}`);
  }
  assertThrows(() => ticksOf(0, NaN), RangeError, "expected finite bounds");
});

Deno.test("between two points a curve is straight; where one is missing there is none", () => {
  assertEquals(valueAt([1, 3, null], 0.5), 2);
  assertEquals(valueAt([1, 3, null], 1), 3);
  assertEquals(valueAt([1, 3, null], 1.5), undefined);
  assertEquals(valueAt([1, 3], 2), undefined);
});
