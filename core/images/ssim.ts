/** Structural similarity of images. */

import { expectShape, type Images } from "../tensor.ts";
import { slicesAsChannels } from "./planes.ts";

const RADIUS = 5;
const SIGMA = 1.5;
const C1 = 0.01;
const C2 = 0.03;

/** A Gaussian window of 11 weights that sum to 1. */
const WINDOW = (() => {
  const raw = Float64Array.from(
    { length: 2 * RADIUS + 1 },
    (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
})();

/**
 * The mean structural similarity `[n]` of images `[n, c, h, w]`, at most 1 (Wang, Bovik, Sheikh and Simoncelli 2004, Image
 * quality assessment: from error visibility to structural similarity):
 *
 *     SSIM = (2μₐμ_b + c₁)(2σₐ_b + c₂) / ((μₐ² + μ_b² + c₁)(σₐ² + σ_b² + c₂)),  c₁ = (.01·range)², c₂ = (.03·range)²
 *
 * with means and covariances (divisor N) under a Gaussian window of 11 × 11, σ = 1.5, over the places where the window fits wholly,
 * averaged over places and channels, of volumes `[n, c, d, h, w]` also over slices.
 *
 * @param range From the lowest to the highest possible intensity.
 * @throws {TypeError} When the shapes differ.
 * @throws {RangeError} When an image is smaller than the window.
 * @example
 * ```ts
 * import { zeros } from "@countergrade/countergrade";
 * import { ssim } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ssim(zeros([1, 1, 16, 16]), zeros([1, 1, 16, 16]))[0], 1);
 * ```
 */
export function ssim(a: Images, b: Images, range = 2): Float64Array {
  expectShape("compare images", b, a.shape);
  const planes = slicesAsChannels(a);
  expectShape("compare images", planes, [null, null, null, null]);
  const [n, channels, height, width] = planes.shape;
  if (Math.min(height, width) < WINDOW.length) {
    throw new RangeError(
      `Cannot compare images: expected at least ${WINDOW.length} × ${WINDOW.length} pixels, ` +
        `current size is ${height} × ${width}`,
    );
  }
  const size = height * width;
  const out = new Float64Array(n);
  for (let plane = 0; plane < n * channels; plane++) {
    const x = Float64Array.from(a.data.subarray(plane * size, (plane + 1) * size));
    const y = Float64Array.from(b.data.subarray(plane * size, (plane + 1) * size));
    const smooth = (values: Float64Array) => blur(values, height, width);
    const [mx, my] = [smooth(x), smooth(y)];
    const xx = smooth(x.map((value) => value * value));
    const yy = smooth(y.map((value) => value * value));
    const xy = smooth(x.map((value, i) => value * y[i]));
    const [c1, c2] = [(C1 * range) ** 2, (C2 * range) ** 2];
    let sum = 0;
    for (let i = 0; i < mx.length; i++) {
      const [p, q] = [mx[i], my[i]];
      sum += (2 * p * q + c1) * (2 * (xy[i] - p * q) + c2) /
        ((p * p + q * q + c1) * (xx[i] - p * p + yy[i] - q * q + c2));
    }
    out[Math.floor(plane / channels)] += sum / mx.length / channels;
  }
  return out;
}

/** The Gaussian window over a plane, rows first; only where it fits: `[h − 10, w − 10]`. */
function blur(plane: Float64Array, height: number, width: number): Float64Array {
  const [innerHeight, innerWidth] = [height - 2 * RADIUS, width - 2 * RADIUS];
  const across = new Float64Array(height * innerWidth);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < innerWidth; j++) {
      let sum = 0;
      for (let k = 0; k < WINDOW.length; k++) sum += WINDOW[k] * plane[i * width + j + k];
      across[i * innerWidth + j] = sum;
    }
  }
  const out = new Float64Array(innerHeight * innerWidth);
  for (let i = 0; i < innerHeight; i++) {
    for (let j = 0; j < innerWidth; j++) {
      let sum = 0;
      for (let k = 0; k < WINDOW.length; k++) sum += WINDOW[k] * across[(i + k) * innerWidth + j];
      out[i * innerWidth + j] = sum;
    }
  }
  return out;
}
