/** SSIM and errors of images. */

import { Random, tensor } from "@countergrade/countergrade";
import {
  meanAbsoluteDifference,
  meanSquaredError,
  psnr,
  ssim,
} from "@countergrade/countergrade/images";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const [height, width] = [20, 24];
const grid = Array.from({ length: height * width }, (_, k) => [Math.floor(k / width), k % width]);
const a = tensor(
  [1, 1, height, width],
  grid.map(([i, j]) => Math.sin(0.3 * i) * Math.cos(0.2 * j)),
);
const b = tensor(
  a.shape,
  grid.map(([i, j], k) => 0.8 * a.data[k] + 0.1 * Math.sin(0.05 * i * j)),
);

Deno.test("ssim() agrees with the formula on scipy 1.10's gaussian_filter", () => {
  assertAlmostEquals(ssim(a, b)[0], 0.83173020099013, 1e-6);
});

Deno.test("ssim() is 1 of equal images, symmetric, and lower for more noise", () => {
  assertEquals(ssim(a, a)[0], 1);
  assertAlmostEquals(ssim(a, b)[0], ssim(b, a)[0], 1e-12);
  const noise = new Random(1).normals(a.data.length);
  const [little, much] = [0.05, 0.5].map((size) =>
    ssim(a, tensor(a.shape, a.data.map((value, k) => value + size * noise[k])))[0]
  );
  assert(1 > little && little > much);
});

Deno.test("ssim() of several images and channels is the mean of each image's planes", () => {
  const two = tensor([2, 2, height, width], [...a.data, ...b.data, ...a.data, ...a.data]);
  const other = tensor(two.shape, [...a.data, ...a.data, ...a.data, ...b.data]);
  const [one, both] = [ssim(a, b)[0], ssim(two, other)];
  both.forEach((value) => assertAlmostEquals(value, (1 + one) / 2, 1e-12));
});

Deno.test("ssim() refuses images of unlike shapes, or smaller than its window", () => {
  assertThrows(() => ssim(a, tensor([1, 1, 24, 20], a.data)), TypeError, "[1, 1, 20, 24]");
  const small = tensor([1, 1, 8, 60], a.data);
  assertThrows(() => ssim(small, small), RangeError, "11 × 11");
});

Deno.test("errors of images: each image has its own", () => {
  const x = tensor([2, 1, 1, 2], [0, 0, 1, 1]);
  const y = tensor([2, 1, 1, 2], [0.5, -0.5, 1, 1]);
  assertEquals([...meanAbsoluteDifference(x, y)], [0.5, 0]);
  assertEquals([...meanSquaredError(x, y)], [0.25, 0]);
  assertAlmostEquals(psnr(x, y)[0], 10 * Math.log10(16), 1e-12);
  assertEquals(psnr(x, y)[1], Infinity);
});
