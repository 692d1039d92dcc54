/** Familiarity: tails that make statistics comparable, and p-values that hold whatever the distribution. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "@countergrade/countergrade";
import { conformalP, strangest, tailOf } from "@countergrade/countergrade/review";

Deno.test("a tail begins at the 95th percentile and is as long as what lies beyond it on average", () => {
  const { start, excess } = tailOf(Array.from({ length: 101 }, (_, i) => i));
  assertEquals([start, excess], [95, 3]);
  assertEquals(tailOf([2, 2, 2]), { start: 2, excess: 1 });
});

Deno.test("the strangest statistic is found in units of its own tail; what is no number is strangest", () => {
  const tails = [{ start: 0, excess: 1 }, { start: 100, excess: 50 }];
  assertEquals(strangest([2, 150], tails), { strangeness: 2, index: 0 });
  assertEquals(strangest([2, 250], tails), { strangeness: 3, index: 1 });
  assertEquals(strangest([2, NaN], tails), { strangeness: Infinity, index: 1 });
});

Deno.test("one of the same kind has p ≤ α about as often as α says, whatever the distribution", () => {
  const random = new Random(3);
  const heavy = () => 1 / random.uniform();
  let [unusual, foreign] = [0, 0];
  const trials = 4000;
  for (let trial = 0; trial < trials; trial++) {
    const seen = Array.from({ length: 99 }, heavy).sort((a, b) => a - b);
    const p = conformalP(seen, heavy());
    if (p <= 0.05) unusual++;
    if (p <= 0.01) foreign++;
  }
  assertAlmostEquals(unusual / trials, 0.05, 0.012);
  assertAlmostEquals(foreign / trials, 0.01, 0.006);
  assert(foreign > 0);
});
