/** Platt's calibration. */

import { InputError, Random } from "@countergrade/countergrade";
import { plattCurve } from "@countergrade/countergrade/linear";
import { assertAlmostEquals, assertThrows } from "@std/assert";

Deno.test("plattCurve() recovers the sigmoid that drew the labels", () => {
  const random = new Random(2);
  const scores = Float64Array.from({ length: 20000 }, () => 2 * random.normal());
  const sides = Int8Array.from(
    scores,
    (s) => random.uniform() < 1 / (1 + Math.exp(-(1.5 * s - 0.7))) ? 1 : -1,
  );
  const { slope, intercept } = plattCurve(scores, sides);
  assertAlmostEquals(slope, 1.5, 0.06);
  assertAlmostEquals(intercept, -0.7, 0.06);
});

Deno.test("plattCurve() stays finite on separated scores", () => {
  const { slope } = plattCurve(Float64Array.of(-2, -1, 1, 2), Int8Array.of(-1, -1, 1, 1));
  assertAlmostEquals(slope, 0.7, 0.3);
});

Deno.test("plattCurve() refuses scores that fall with the labels", () => {
  assertThrows(() => plattCurve(Float64Array.of(2, 1, -1), Int8Array.of(-1, 1, 1)), InputError);
});
