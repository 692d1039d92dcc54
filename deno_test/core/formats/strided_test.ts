/** Strided arrays: reordering against plain indexing. */

import {
  columnMajorStrides,
  isRowMajor,
  rowMajorStrides,
  strideExtent,
  toRowMajor,
} from "../../../core/formats/strided.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

Deno.test("strided: row- and column-major strides", () => {
  assertEquals(rowMajorStrides([2, 3, 4]), [12, 4, 1]);
  assertEquals(columnMajorStrides([2, 3, 4]), [1, 2, 6]);
  assert(isRowMajor([2, 1, 4], [4, 99, 1]));
  assert(!isRowMajor([2, 3], [1, 2]));
});

Deno.test("strided: a transposed slice reads as element [i, j, k] says", () => {
  const source = Int32Array.from({ length: 60 }, (_, i) => i);
  const shape = [3, 2, 4];
  const strides = [1, 30, 5];
  const out = toRowMajor(source, shape, strides);
  for (let i = 0, n = 0; i < 3; i++) {
    for (let j = 0; j < 2; j++) {
      for (let k = 0; k < 4; k++, n++) assertEquals(out[n], i + 30 * j + 5 * k);
    }
  }
});

Deno.test("strided: repeated rows, scalars and empty arrays", () => {
  assertEquals(toRowMajor(Uint8Array.of(1, 2), [2, 2], [0, 1]), Uint8Array.of(1, 2, 1, 2));
  assertEquals(toRowMajor(Uint8Array.of(7), [], []), Uint8Array.of(7));
  assertEquals(toRowMajor(new Uint8Array(0), [0, 3], [3, 1]), new Uint8Array(0));
  assertEquals(strideExtent([0, 9], [9, 1]), 0);
});

Deno.test("strided: reaching beyond the source is refused", () => {
  assertThrows(() => toRowMajor(Uint8Array.of(1, 2, 3), [2, 2], [2, 1]), RangeError, "at least 4");
  assertThrows(() => toRowMajor(Uint8Array.of(1, 2), [2], [-1]), RangeError);
});
