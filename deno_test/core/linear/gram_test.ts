/** Products of all pairs of columns. */

import { Random } from "@countergrade/countergrade";
import { gram } from "../../../core/linear/gram.ts";
import { assertAlmostEquals, assertEquals } from "@std/assert";

for (const [rows, d] of [[150, 70], [64, 8], [3, 1], [1, 5]]) {
  Deno.test(`gram() is XᵀX of ${rows} rows of ${d} numbers, whatever is left of blocks and tiles`, () => {
    const x = new Random(2).normals(rows * d);
    const products = gram(rows, d, (i, row) => row.set(x.subarray(i * d, (i + 1) * d)));
    assertEquals(products.length, d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let expected = 0;
        for (let k = 0; k < rows; k++) expected += x[k * d + i] * x[k * d + j];
        assertAlmostEquals(products[i * d + j], expected, 1e-10);
      }
    }
  });
}
