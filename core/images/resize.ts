/** Images at another size: area average where they shrink, bilinear where they grow. */

import { expectShape, type Images, zeros } from "../tensor.ts";

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
  expectShape("resize images", images, [null, null, null, null]);
  const [n, c, h, w] = images.shape;
  if (h === height && w === width) return images;
  const out = zeros([n, c, height, width]);
  const size = height * width;
  for (let plane = 0; plane < n * c; plane++) {
    resizeRows(
      (y, row) => row.set(images.data.subarray((plane * h + y) * w, (plane * h + y + 1) * w)),
      [h, w],
      [height, width],
      out.data.subarray(plane * size, (plane + 1) * size),
    );
  }
  return out;
}

/**
 * One plane at another size, in the memory of two rows.
 *
 * @param read Puts row y of the plane into what it is given; called once for each row, from the top.
 * @param out Zeros `[height, width]`, to which the result is added.
 */
export function resizeRows(
  read: (y: number, row: Float32Array) => void,
  [h, w]: readonly [number, number],
  [height, width]: readonly [number, number],
  out: Float32Array,
): void {
  const down = tapsOf(h, height);
  const across = tapsOf(w, width);
  const source = new Float32Array(w);
  const wide = w === width ? source : new Float32Array(width);
  let first = 0;
  for (let y = 0; y < h; y++) {
    read(y, source);
    if (wide !== source) resampleRow(source, across, wide);
    while (first < height && down[first].start + down[first].weights.length <= y) first++;
    // Rows that take from this one; where a picture grows these are several.
    for (let target = first; target < height && down[target].start <= y; target++) {
      const weight = down[target].weights[y - down[target].start];
      for (let x = 0; x < width; x++) out[target * width + x] += weight * wide[x];
    }
  }
}

function resampleRow(source: Float32Array, taps: readonly Tap[], out: Float32Array): void {
  taps.forEach(({ start, weights }, x) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * source[start + k];
    out[x] = sum;
  });
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
