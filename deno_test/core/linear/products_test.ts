/** Memory of fits: handed on, clean, to one at a time. */

import { tensor } from "@countergrade/countergrade";
import { CodeMatrix, PenalizedFitter, standardization } from "@countergrade/countergrade/linear";
import { arena } from "../../../core/linear/arena.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

/** A size that no other test asks for. */
const SIZE = 77_777;

Deno.test("arena() takes over the memory of one that was disposed of, and clears it", () => {
  const first = arena(SIZE);
  const { values } = first.doubles(SIZE);
  values.fill(7);
  first[Symbol.dispose]();
  using second = arena(SIZE - 1000);
  const [doubles, floats] = [second.doubles(100), second.floats(9)];
  assert(doubles.values.buffer === values.buffer);
  assert(doubles.values.every((value) => value === 0) && floats.values.every((v) => v === 0));
});

Deno.test("arena() gives a memory to one at a time, however often it is disposed of", () => {
  const first = arena(SIZE);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using second = arena(SIZE);
  using third = arena(SIZE);
  assert(second.doubles(1).values.buffer !== third.doubles(1).values.buffer);
});

Deno.test("arena() keeps no more than a few fits' worth, and none for much smaller ones", () => {
  const large = arena(2 ** 23);
  const { buffer } = large.doubles(1).values;
  large[Symbol.dispose]();
  using again = arena(2 ** 23);
  assert(again.doubles(1).values.buffer !== buffer);

  const middle = arena(SIZE);
  const kept = middle.doubles(1).values.buffer;
  middle[Symbol.dispose]();
  using small = arena(SIZE / 8);
  assert(small.doubles(1).values.buffer !== kept);
});

Deno.test("a fitter that is disposed of takes its matrix along, which then refuses to work", () => {
  const codes = tensor([4, 2], [0, 1, 2, 3, 5, 4, 9, 9]);
  const matrix = new CodeMatrix(codes, standardization(codes));
  {
    using fitter = new PenalizedFitter(matrix);
    assertEquals(fitter.matrix.row(0).length, 2);
  }
  assertThrows(() => matrix.row(0), Error, "memory was given back");
  assertThrows(() => matrix.project(new Float64Array(2)), Error, "memory was given back");
});
