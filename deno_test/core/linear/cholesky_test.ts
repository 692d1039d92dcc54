/** The Cholesky factorization. */

import { Random } from "@countergrade/countergrade";
import {
  cholesky,
  solve,
  solveLower,
  solveUpper,
  timesUpper,
} from "../../../core/linear/cholesky.ts";
import { assertAlmostEquals, assertThrows } from "@std/assert";

Deno.test("a product with a random positive definite matrix is undone, of any size", () => {
  for (const d of [1, 2, 7, 20]) {
    const random = new Random(1);
    const root = Float64Array.from({ length: d * d }, () => random.normal());
    const a = Float64Array.from({ length: d * d }, (_, at) => {
      const [i, j] = [Math.floor(at / d), at % d];
      let sum = i === j ? 0.5 : 0;
      for (let k = 0; k < d; k++) sum += root[i * d + k] * root[j * d + k];
      return sum;
    });
    const x = Float64Array.from({ length: d }, () => random.normal());
    const b = x.map((_, i) => x.reduce((sum, value, j) => sum + a[i * d + j] * value, 0));
    const factor = cholesky(a, d);
    const y = solveLower(factor, b);
    const squared = y.reduce((sum, value) => sum + value * value, 0);
    assertAlmostEquals(squared, b.reduce((sum, value, i) => sum + value * x[i], 0), 1e-6);
    timesUpper(factor, x).forEach((value, i) => assertAlmostEquals(value, y[i], 1e-8));
    solveUpper(factor, y).forEach((value, i) => assertAlmostEquals(value, x[i], 1e-8));
    solve(factor, b).forEach((value, i) => assertAlmostEquals(value, x[i], 1e-8));
  }
});

Deno.test("cholesky() refuses a matrix that is not positive definite", () => {
  assertThrows(() => cholesky([1, 2, 2, 1], 2), RangeError, "pivot 1");
});
