/** Tensors: sizes, rows as views or copies, and shapes that do not fit. */

import { row, rows, takeRows, tensor, zeros } from "@countergrade/countergrade";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { concatRows, expectShape, rowSize, sizeOf } from "../../core/tensor.ts";

const t = tensor([3, 2, 2], Array.from({ length: 12 }, (_, i) => i));

Deno.test("a tensor has as many elements as its shape says, and keeps an array of float32", () => {
  assertEquals([sizeOf([]), sizeOf([3]), sizeOf([2, 3, 4]), sizeOf([2, 0])], [1, 3, 24, 0]);
  assertEquals([rowSize(t), rowSize({ shape: [5] })], [4, 1]);
  const data = Float32Array.of(1, 2);
  assertStrictEquals(tensor([2], data).data, data);
  assertEquals(tensor([], [7]), { shape: [], data: Float32Array.of(7) });
  for (const length of [1, 3]) {
    assertThrows(
      () => tensor([1, 2], new Float32Array(length)),
      TypeError,
      `expected 2 elements for shape [1, 2], current length is ${length}`,
    );
  }
  assertEquals(zeros([2, 3]), { shape: [2, 3], data: new Float32Array(6) });
});

Deno.test("rows are views of the same memory, rows that are taken are copies in the order asked for", () => {
  const some = rows(t, 1, 3);
  assertEquals(some, tensor([2, 2, 2], [4, 5, 6, 7, 8, 9, 10, 11]));
  assertStrictEquals(some.data.buffer, t.data.buffer);
  assertEquals(row(t, 2), tensor([1, 2, 2], [8, 9, 10, 11]));
  assertEquals(rows(t, 1, 1), tensor([0, 2, 2], []));
  const taken = takeRows(t, [2, 0, 2]);
  assertEquals(taken, tensor([3, 2, 2], [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]));
  assert(taken.data.buffer !== t.data.buffer);
});

Deno.test("tensors are joined along the first axis when their rows are alike", () => {
  assertEquals(concatRows([rows(t, 2, 3), rows(t, 0, 2)]), takeRows(t, [2, 0, 1]));
  assertThrows(
    () => concatRows([t, zeros([1, 2]), t]),
    TypeError,
    "expected rows of shape [2,2], current shape is [2]",
  );
});

Deno.test("a shape fits where every length does; null is any", () => {
  expectShape("look", t, [3, 2, 2]);
  expectShape("look", t, [null, 2, null]);
  for (const expected of [[3, 2], [3, 2, 2, 1], [3, 2, 1], [null, null, 3]]) {
    assertThrows(() => expectShape("look", t, expected), TypeError, "Cannot look: expected shape");
  }
  assertThrows(() => expectShape("look", t, [null, 5]), TypeError, "[n, 5], current shape is [3, ");
});
