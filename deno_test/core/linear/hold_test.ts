/** The soft hold: a metric that pays for change where none is wanted. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random, type Tensor, tensor } from "@countergrade/countergrade";
import { cholesky, codeStatistics, softCovariance, solve } from "@countergrade/countergrade/linear";

const d = 5;
const random = new Random(2);
const { covariance } = codeStatistics(
  tensor([200, d], Float32Array.from({ length: 200 * d }, (_, i) => random.normal() * (1 + i % d))),
);
/** K = bbᵀ of one pixel outside, moved by b. */
const b = Float64Array.of(1, -2, 0, 0.5, 3);
const outside = tensor(
  [d, d],
  Float32Array.from({ length: d * d }, (_, i) => b[i % d] * b[Math.floor(i / d)]),
);

const times = ({ data }: Tensor, v: ArrayLike<number>) =>
  Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += data[i * d + j] * v[j];
    return sum;
  });
const inner = (x: ArrayLike<number>, y: ArrayLike<number>) =>
  Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);

Deno.test("it is the inverse of Σ⁻¹ + λCᵀC, with λ by the strength", () => {
  const strength = 3;
  const soft = softCovariance(covariance, outside, strength);
  const factor = cholesky(covariance.data, d);
  const c = solve(factor, b); // the map from codes to the pixel, bᵀΣ⁻¹
  const lambda = strength * d / inner(b, c);
  const v = Float64Array.of(0.3, 1, -1, 2, 0.1);
  const moved = times(soft, v);
  const back = solve(factor, moved);
  const pixel = inner(c, moved);
  for (let i = 0; i < d; i++) assertAlmostEquals(back[i] + lambda * c[i] * pixel, v[i], 1e-4);
});

Deno.test("without strength, and with nothing outside, it is Σ", () => {
  const nothing = tensor([d, d], new Float32Array(d * d));
  for (
    const soft of [softCovariance(covariance, outside, 0), softCovariance(covariance, nothing, 5)]
  ) {
    soft.data.forEach((value, i) => assertAlmostEquals(value, covariance.data[i], 1e-4));
  }
});

Deno.test("the stronger, the less a step of the same score moves the pixel, and the longer it is", () => {
  const w = Float64Array.of(1, 0.5, -0.5, 1, 0.2);
  const factor = cholesky(covariance.data, d);
  const c = solve(factor, b);
  const steps = [0, 1, 10, 100].map((strength) => {
    const v = times(softCovariance(covariance, outside, strength), w);
    return v.map((value) => value / inner(w, v)); // a score of 1
  });
  const pixels = steps.map((step) => Math.abs(inner(c, step)));
  const lengths = steps.map((step) => Math.sqrt(inner(step, solve(factor, step))));
  assertEquals(pixels, pixels.toSorted((x, y) => y - x));
  assertEquals(lengths, lengths.toSorted((x, y) => x - y));
  assert(pixels[3] < 0.1 * pixels[0], pixels.join(", "));
});
