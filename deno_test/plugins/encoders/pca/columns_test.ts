/** Columns of tall matrices. */

import { Random } from "@countergrade/countergrade";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  addColumns,
  makeOrthonormal,
  products,
  transposed,
} from "../../../../plugins/encoders/pca/columns.ts";

const rows = 30;
const drawn = (count: number) => Float64Array.from(new Random(count).normals(count * rows));
const column = (columns: Float64Array, k: number) => columns.subarray(k * rows, (k + 1) * rows);
const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);

for (const count of [1, 4, 7]) {
  Deno.test(`products() and addColumns() of ${count} columns are sums of products`, () => {
    const columns = drawn(count);
    const other = column(drawn(9), 8);
    const shares = products(columns, other);
    assertEquals(shares.length, count);
    shares.forEach((share, k) =>
      assertAlmostEquals(share, inner(column(columns, k), other), 1e-12)
    );
    const sum = other.slice();
    addColumns(sum, columns, shares);
    sum.forEach((value, i) => {
      const expected = shares.reduce((rest, share, k) => rest + share * columns[k * rows + i], 0);
      assertAlmostEquals(value, other[i] + expected, 1e-12);
    });
  });
}

Deno.test("makeOrthonormal() makes columns orthonormal that were nearly parallel, and leaves none at zero", () => {
  const columns = drawn(11);
  const first = column(columns, 0).slice();
  for (let k = 1; k < 10; k++) {
    for (let i = 0; i < rows; i++) columns[k * rows + i] = first[i] + 1e-9 * columns[k * rows + i];
  }
  column(columns, 10).fill(0);
  makeOrthonormal(columns, rows, 2);
  for (let j = 0; j < 11; j++) {
    for (let k = 0; k <= j; k++) {
      const expected = j === k && j < 10 ? 1 : 0;
      assertAlmostEquals(inner(column(columns, j), column(columns, k)), expected, 1e-12);
    }
  }
  assertAlmostEquals(inner(column(columns, 0), first) ** 2, inner(first, first), 1e-9);
});

Deno.test("transposed() turns rows into columns, and back", () => {
  const matrix = Float64Array.of(1, 2, 3, 4, 5, 6);
  assertEquals([...transposed(matrix, 2, 3)], [1, 4, 2, 5, 3, 6]);
  assertEquals(transposed(transposed(matrix, 2, 3), 3, 2), matrix);
});
