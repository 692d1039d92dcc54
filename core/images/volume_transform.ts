/** What is done to volumes before they become images: orientation, spacing, intensity, crop, slice. */

import { percentilesOf } from "./percentiles.ts";
import { InputError } from "../errors.ts";
import type { Images } from "../tensor.ts";
import { placeOf, spacingOf, type Volume, voxelCount } from "../formats/volume.ts";

/**
 * Turns and flips the axes so that i runs to the patient's right, j to the front and k upwards, as nearly as the grid
 * allows. No voxel changes: an oblique volume stays oblique.
 */
export function orientToRas(volume: Volume): Volume {
  const axes = nearestAxes(volume);
  const flips = axes.map((axis, world) => volume.affine[4 * world + axis] < 0);
  const size = axes.map((axis) => volume.size[axis]) as [number, number, number];
  const [ni, nj] = volume.size;
  const strides = [1, ni, ni * nj];
  const plane = volume.size.reduce((a, b) => a * b);
  const steps = axes.map((axis, world) => flips[world] ? -strides[axis] : strides[axis]);
  const start = axes.reduce(
    (at, axis, world) => at + (flips[world] ? strides[axis] * (volume.size[axis] - 1) : 0),
    0,
  );
  const data = new Float32Array(volume.data.length);
  let out = 0;
  for (let c = 0; c < volume.channels; c++) {
    for (let k = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        let from = c * plane + start + k * steps[2] + j * steps[1];
        for (let i = 0; i < size[0]; i++, from += steps[0]) data[out++] = volume.data[from];
      }
    }
  }
  const first = [0, 0, 0];
  axes.forEach((axis, world) => first[axis] = flips[world] ? volume.size[axis] - 1 : 0);
  const origin = placeOf(volume, first);
  const affine = [0, 1, 2].flatMap((row) => [
    ...axes.map((axis, world) => volume.affine[4 * row + axis] * (flips[world] ? -1 : 1)),
    origin[row],
  ]);
  return { size, channels: volume.channels, data, affine: [...affine, 0, 0, 0, 1] };
}

const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/** For x, y and z the axis of the grid that is nearest to it, each axis once. */
function nearestAxes({ affine }: Volume): number[] {
  const spacing = spacingOf({ affine });
  const along = (order: number[]) =>
    order.reduce((sum, axis, world) => sum + Math.abs(affine[4 * world + axis]) / spacing[axis], 0);
  return ORDERS.reduce((best, order) => along(order) > along(best) + 1e-9 ? order : best);
}

/** How values between voxels are found: averages and straight lines, or the nearest voxel, for masks. */
export type Interpolation = "linear" | "nearest";

/**
 * A volume at another spacing in mm. The outer edges stay where they are, up to half a voxel: an axis gets
 * round(n·old/new) voxels. Where voxels grow, a new one is the average of what it covers, so that nothing aliases; where
 * they shrink, values are interpolated linearly and repeat beyond the outermost centers.
 *
 * @throws {InputError} When a spacing is not positive.
 * @throws {FormatError} When there would be too many voxels.
 */
export function resample(
  volume: Volume,
  spacing: readonly number[],
  interpolation: Interpolation = "linear",
): Volume {
  if (spacing.length !== 3 || spacing.some((mm) => !(mm > 0 && mm < 1e6))) {
    throw new InputError(
      `Cannot resample: expected a spacing of three numbers of mm, current is [${spacing}]`,
    );
  }
  const old = spacingOf(volume);
  const steps = spacing.map((mm, axis) => mm / old[axis]);
  const size = volume.size.map((n, axis) => Math.max(1, Math.round(n / steps[axis])));
  voxelCount("the resampled volume", size, volume.channels);
  let data = volume.data;
  const now = [...volume.size];
  steps.forEach((step, axis) => {
    if (step === 1) return;
    const taps = Array.from(
      { length: size[axis] },
      (_, i) => TAPS[interpolation](i, step, now[axis]),
    );
    const inner = now.slice(0, axis).reduce((a, b) => a * b, 1);
    data = alongAxis(data, inner, now[axis], taps);
    now[axis] = size[axis];
  });
  const origin = placeOf(volume, steps.map((step) => (step - 1) / 2));
  const affine = volume.affine.map((value, at) =>
    at >= 12 ? value : at % 4 === 3 ? origin[at >> 2] : value * steps[at % 4]
  );
  return { size: now as [number, number, number], channels: volume.channels, data, affine };
}

/** One new voxel along an axis: the first old one that it takes from, and how much of that and the next. */
interface Tap {
  readonly start: number;
  readonly weights: readonly number[];
}

const TAPS: Record<Interpolation, (i: number, step: number, n: number) => Tap> = {
  nearest: (i, step, n) => ({
    start: Math.min(n - 1, Math.floor((i + 0.5) * step)),
    weights: [1],
  }),
  linear: (i, step, n) => step > 1 ? areaTap(i, step, n) : lineTap(i, step, n),
};

function areaTap(i: number, step: number, n: number): Tap {
  const [from, to] = [Math.min(n - 1, i * step), Math.min(n, (i + 1) * step)];
  const start = Math.floor(from);
  const weights = Array.from(
    { length: Math.max(1, Math.ceil(to) - start) },
    (_, k) => Math.max(0, Math.min(start + k + 1, to) - Math.max(start + k, from)) / (to - from),
  );
  return { start, weights };
}

function lineTap(i: number, step: number, n: number): Tap {
  const center = Math.min(Math.max((i + 0.5) * step - 0.5, 0), n - 1);
  const start = Math.floor(center);
  const rest = center - start;
  return { start, weights: rest > 0 ? [1 - rest, rest] : [1] };
}

/** Weighted sums along one axis of `[outer, n, inner]`. */
function alongAxis(data: Float32Array, inner: number, n: number, taps: readonly Tap[]) {
  const outer = data.length / inner / n;
  const out = new Float32Array(outer * taps.length * inner);
  for (let o = 0; o < outer; o++) {
    taps.forEach(({ start, weights }, t) => {
      const to = (o * taps.length + t) * inner;
      weights.forEach((weight, k) => {
        const from = (o * n + start + k) * inner;
        for (let i = 0; i < inner; i++) out[to + i] += weight * data[from + i];
      });
    });
  }
  return out;
}

/**
 * Intensities to [-1, 1]: the lower percentile becomes -1, the upper 1, what lies beyond is cut off. Voxels that are NaN
 * count as background, -1, and are left out of the percentiles; an even volume becomes -1.
 *
 * @param range Percentiles, 0–100. The paper takes 0 and 99.5.
 * @throws {InputError} When the percentiles do not rise within 0–100.
 */
export function scaleIntensity(volume: Volume, range: readonly [number, number]): Volume {
  const [from, to] = range;
  if (!(from >= 0 && from < to && to <= 100)) {
    throw new InputError(
      `Cannot scale intensities: expected rising percentiles from 0 to 100, current are ${range}`,
    );
  }
  const [low, high] = percentilesOf(volume.data, range);
  const data = volume.data.map((value) => {
    const scaled = 2 * (value - low) / (high - low) - 1;
    return scaled > -1 ? Math.min(1, scaled) : -1;
  });
  return { ...volume, data };
}

/** Voxels from `start` (inclusive) to `end` (exclusive), per axis; what lies outside the volume is `fill`. */
export function crop(
  volume: Volume,
  start: readonly number[],
  end: readonly number[],
  fill = NaN,
): Volume {
  const size = start.map((from, axis) => end[axis] - from) as [number, number, number];
  const count = voxelCount("the cropped volume", size, volume.channels);
  const data = new Float32Array(count).fill(fill);
  const [ni, nj, nk] = volume.size;
  const from = Math.max(0, start[0]);
  const to = Math.min(ni, end[0]);
  for (let c = 0; c < volume.channels; c++) {
    for (let k = Math.max(0, start[2]); k < Math.min(nk, end[2]); k++) {
      for (let j = Math.max(0, start[1]); j < Math.min(nj, end[1]); j++) {
        if (from >= to) continue;
        const line = ((c * nk + k) * nj + j) * ni;
        const row = ((c * size[2] + k - start[2]) * size[1] + j - start[1]) * size[0];
        data.set(volume.data.subarray(line + from, line + to), row + from - start[0]);
      }
    }
  }
  const origin = placeOf(volume, start);
  const affine = volume.affine.map((value, at) =>
    at < 12 && at % 4 === 3 ? origin[at >> 2] : value
  );
  return { size, channels: volume.channels, data, affine };
}

/**
 * The box around a labeled structure of a mask: `start` inclusive and `end` exclusive, per axis.
 *
 * @param margin Room on each side, in mm.
 * @returns undefined where no voxel has the label.
 */
export function boxAround(
  mask: Volume,
  label: number,
  margin: number,
): { start: number[]; end: number[] } | undefined {
  const start = [Infinity, Infinity, Infinity];
  const end = [-Infinity, -Infinity, -Infinity];
  const [ni, nj] = mask.size;
  for (let at = 0; at < mask.data.length; at++) {
    if (mask.data[at] !== label) continue;
    const place = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / ni / nj)];
    place.forEach((index, axis) => {
      start[axis] = Math.min(start[axis], index);
      end[axis] = Math.max(end[axis], index + 1);
    });
  }
  if (start[0] === Infinity) return undefined;
  const room = spacingOf(mask).map((mm) => Math.ceil(margin / mm - 1e-9));
  return {
    start: start.map((index, axis) => index - room[axis]),
    end: end.map((index, axis) => index + room[axis]),
  };
}

/** The planes through a volume that lies as {@linkcode orientToRas} leaves it, and the axis that they cut. */
export const PLANES = { sagittal: 0, coronal: 1, axial: 2 } as const;

/** See {@linkcode PLANES}. */
export type Plane = keyof typeof PLANES;

/**
 * One slice `[1, channels, h, w]`, as radiologists look at it: up is up (axial: front is up), and left is the patient's
 * front (sagittal) or the patient's right (coronal, axial).
 *
 * @param index Along the cut axis; the middle by default.
 * @throws {InputError} When there is no such slice.
 */
export function sliceOf(volume: Volume, plane: Plane, index?: number): Images {
  const cut = PLANES[plane];
  const { size, channels } = volume;
  const at = index ?? Math.floor(size[cut] / 2);
  if (!Number.isInteger(at) || at < 0 || at >= size[cut]) {
    throw new InputError(
      `Cannot cut the volume: expected a ${plane} slice from 0 to ${
        size[cut] - 1
      }, current is ${at}`,
    );
  }
  const [across, down] = [0, 1, 2].filter((axis) => axis !== cut);
  const strides = [1, size[0], size[0] * size[1]];
  const plane3 = size[0] * size[1] * size[2];
  const [w, h] = [size[across], size[down]];
  const data = new Float32Array(channels * h * w);
  let out = 0;
  for (let c = 0; c < channels; c++) {
    const start = c * plane3 + at * strides[cut];
    for (let y = h - 1; y >= 0; y--) {
      for (let x = w - 1; x >= 0; x--) {
        data[out++] = volume.data[start + y * strides[down] + x * strides[across]];
      }
    }
  }
  return { shape: [1, channels, h, w], data };
}
