/** Resizing: area averages and linear interpolation. */

import { tensor } from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";
import { assertAlmostEquals, assertEquals } from "@std/assert";

Deno.test("resize: shrinking averages areas, growing interpolates between centers", () => {
  const line = tensor([1, 1, 1, 3], [0, 3, 6]);
  assertEquals(resize(line, 1, 3), line);
  // Two target pixels of 1.5 source pixels each.
  assertEquals(resize(line, 1, 2).data, Float32Array.of(1, 5));
  // Centers at −1/4, 1/4, 3/4 and 5/4 of the source pixels; the outer ones repeat the edge.
  assertEquals(resize(tensor([1, 1, 2, 1], [0, 4]), 4, 1).data, Float32Array.of(0, 1, 3, 4));
});

Deno.test("resize: a constant stays constant and the mean is kept when it shrinks", () => {
  const images = tensor([2, 3, 7, 5], Array.from({ length: 210 }, (_, i) => Math.sin(i)));
  const mean = (data: Float32Array) => data.reduce((a, b) => a + b, 0) / data.length;
  assertAlmostEquals(mean(resize(images, 3, 2).data), mean(images.data), 1e-6);
  const ones = tensor([1, 1, 5, 5], new Float32Array(25).fill(0.3));
  for (const [h, w] of [[2, 9], [9, 2], [3, 3], [11, 11]]) {
    resize(ones, h, w).data.forEach((value) => assertAlmostEquals(value, 0.3, 1e-6));
  }
});
