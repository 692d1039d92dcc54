/** Exponentials of many numbers at once, beside those of the language. */

import { exponentials, softplus } from "@countergrade/countergrade/linear";
import { assert, assertEquals } from "@std/assert";

const SPREAD = Float64Array.from({ length: 2001 }, (_, k) => (k - 1000) * 0.7071);
const TINY = Float64Array.of(0, -0, 1e-300, -1e-17, Math.LN2 / 2, -Math.LN2 / 2);

function assertNear(told: ArrayLike<number>, expected: ArrayLike<number>): void {
  for (let k = 0; k < expected.length; k++) {
    const away = Math.abs(told[k] - expected[k]);
    assert(away <= 1e-15 * expected[k], `${k}: ${told[k]} is not ${expected[k]}`);
  }
}

for (const x of [SPREAD, TINY, Float64Array.of(3)]) {
  Deno.test(`exponentials() and softplus() are right to 1e-15 on ${x.length} numbers`, () => {
    const told = x.slice();
    exponentials(told);
    assertNear(told, x.map(Math.exp));
    const [values, slopes] = [x.slice(), new Float64Array(x.length)];
    softplus(values, slopes);
    const rest = x.map((v) => Math.exp(-Math.abs(v)));
    assertNear(values, x.map((v, k) => Math.max(v, 0) + Math.log1p(rest[k])));
    assertNear(slopes, x.map((v, k) => (v < 0 ? rest[k] : 1) / (1 + rest[k])));
  });
}

Deno.test("exponentials() and softplus() end at what doubles hold, and pass on what is no number", () => {
  const ends = Float64Array.of(-Infinity, -1e6, 1e6, NaN);
  const told = ends.slice();
  exponentials(told);
  assert(told[0] < 1e-307 && told[1] < 1e-307 && told[2] > 1e307 && Number.isFinite(told[2]));
  const [values, slopes] = [ends.slice(), new Float64Array(4)];
  softplus(values, slopes);
  assert(values[1] < 1e-307 && slopes[1] < 1e-307);
  assertEquals([values[2], slopes[2]], [1e6, 1]);
  for (const value of [told[3], values[3], slopes[3]]) assertEquals(value, NaN);
});
