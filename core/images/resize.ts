/** Images at another size: area average where they shrink, bilinear where they grow. */

import { type Images, zeros } from "../tensor.ts";

/** One target pixel along an axis: the first source pixel that it takes from, and how much of that and the next ones. */
interface Tap {
  readonly start: number;
  readonly weights: readonly number[];
}

/**
 * Images `[n, c, h, w]` at `height` × `width`. Each axis is done by itself: an axis that shrinks takes the average of
 * the area that a target pixel covers, one that grows is interpolated linearly between pixel centers (edges repeat).
 * The proportions are not kept; crop first where they matter.
 *
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { resize } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const small = resize(tensor([1, 1, 2, 2], [0, 1, 0, 1]), 1, 1);
 * assertEquals(small, tensor([1, 1, 1, 1], [0.5]));
 * ```
 */
export function resize(images: Images, height: number, width: number): Images {
  const [n, c, h, w] = images.shape;
  const wide = w === width ? images : resampleRows(images, tapsOf(w, width));
  if (h === height) return wide;
  const taps = tapsOf(h, height);
  const out = zeros([n, c, height, width]);
  for (let plane = 0; plane < n * c; plane++) {
    taps.forEach(({ start, weights }, y) => {
      const target = (plane * height + y) * width;
      weights.forEach((weight, k) => {
        const source = (plane * h + start + k) * width;
        for (let x = 0; x < width; x++) out.data[target + x] += weight * wide.data[source + x];
      });
    });
  }
  return out;
}

function resampleRows(images: Images, taps: readonly Tap[]): Images {
  const [n, c, h, w] = images.shape;
  const out = zeros([n, c, h, taps.length]);
  for (let line = 0; line < n * c * h; line++) {
    taps.forEach(({ start, weights }, x) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) {
        sum += weights[k] * images.data[line * w + start + k];
      }
      out.data[line * taps.length + x] = sum;
    });
  }
  return out;
}

function tapsOf(from: number, to: number): Tap[] {
  const step = from / to;
  return Array.from(
    { length: to },
    (_, i) => to < from ? areaTap(i, step, from) : linearTap(i, step, from),
  );
}

function areaTap(i: number, step: number, from: number): Tap {
  const start = Math.floor(i * step);
  const end = Math.min(from, Math.ceil((i + 1) * step));
  const weights = Array.from({ length: end - start }, (_, k) => {
    const covered = Math.min(start + k + 1, (i + 1) * step) - Math.max(start + k, i * step);
    return Math.max(0, covered) / step;
  });
  return { start, weights };
}

function linearTap(i: number, step: number, from: number): Tap {
  const center = Math.min(Math.max((i + 0.5) * step - 0.5, 0), from - 1);
  const start = Math.floor(center);
  const rest = center - start;
  return { start, weights: rest > 0 ? [1 - rest, rest] : [1] };
}
