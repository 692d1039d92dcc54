/** Eigenvalues and eigenvectors of symmetric matrices. */

import { Random } from "@countergrade/countergrade";
import { symmetricEigen } from "@countergrade/countergrade/linear";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

function randomSymmetric(size: number): Float64Array {
  const random = new Random(size);
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) a[i * size + j] = a[j * size + i] = random.normal();
  }
  return a;
}

Deno.test("symmetricEigen() takes a matrix apart so that its parts make it up again", () => {
  for (const size of [1, 2, 5, 40]) {
    const a = randomSymmetric(size);
    const { values, vectors } = symmetricEigen(a, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        let inner = 0;
        for (let k = 0; k < size; k++) {
          sum += values[k] * vectors[k * size + i] * vectors[k * size + j];
          inner += vectors[i * size + k] * vectors[j * size + k];
        }
        assertAlmostEquals(sum, a[i * size + j], 1e-12 * size);
        assertAlmostEquals(inner, i === j ? 1 : 0, 1e-12);
      }
    }
  }
});

Deno.test("eigenvalues fall, and the largest entry of a vector is positive", () => {
  const { values, vectors } = symmetricEigen(randomSymmetric(12), 12);
  assertEquals([...values], [...values].sort((a, b) => b - a));
  for (let k = 0; k < 12; k++) {
    const row = vectors.subarray(k * 12, (k + 1) * 12);
    assert(Math.max(...row) >= -Math.min(...row));
  }
});

Deno.test("equal eigenvalues, zeros and a diagonal matrix are no trouble", () => {
  assertEquals([...symmetricEigen([0, 0, 0, 0], 2).values], [0, 0]);
  assertEquals([...symmetricEigen([1, 0, 0, 0, 3, 0, 0, 0, 3], 3).values], [3, 3, 1]);
  assertEquals([...symmetricEigen([], 0).values], []);
});

Deno.test("symmetricEigen() refuses too few numbers and NaN", () => {
  assertThrows(() => symmetricEigen([1, 2, 3], 2), TypeError, "expected 4 numbers, there are 3");
  assertThrows(() => symmetricEigen([1, 0, NaN, 1], 2), RangeError, "expected finite numbers");
});
