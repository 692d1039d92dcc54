/** The way from one image to another. */

import { Random, tensor } from "@countergrade/countergrade";
import { interpolateLatents } from "@countergrade/countergrade/linear";
import { assert, assertAlmostEquals, assertThrows } from "@std/assert";

const random = new Random(1);
const latents = () => ({
  codes: tensor([1, 3], random.normals(3)),
  noise: tensor([1, 1, 32, 32], random.normals(1024)),
});
const [from, to] = [latents(), latents()];
const norm = (values: Float32Array) => Math.hypot(...values);

Deno.test("interpolateLatents() starts at one image and ends at the other", () => {
  const { codes, noise } = interpolateLatents(from, to, [0, 1]);
  [...from.codes.data, ...to.codes.data].forEach((v, k) =>
    assertAlmostEquals(codes.data[k], v, 1e-6)
  );
  [...from.noise.data, ...to.noise.data].forEach((v, k) =>
    assertAlmostEquals(noise.data[k], v, 1e-6)
  );
});

Deno.test("halfway, codes are averaged and noise keeps its length", () => {
  const { codes, noise } = interpolateLatents(from, to, [0.5]);
  assertAlmostEquals(codes.data[1], (from.codes.data[1] + to.codes.data[1]) / 2, 1e-6);
  const straight = norm(from.noise.data.map((v, k) => (v + to.noise.data[k]) / 2));
  assertAlmostEquals(norm(noise.data), (norm(from.noise.data) + norm(to.noise.data)) / 2, 1);
  assert(straight < 0.8 * norm(noise.data));
});

Deno.test("an image interpolated with itself stays, and unlike shapes are refused", () => {
  const { noise } = interpolateLatents(from, from, [0.3]);
  noise.data.forEach((v, k) => assertAlmostEquals(v, from.noise.data[k], 1e-6));
  const other = { ...to, codes: tensor([1, 2], [1, 2]) };
  assertThrows(() => interpolateLatents(from, other, [0.5]), TypeError);
});
