/** Measures a vertebral body's loss of height from voxels alone: it knows how a spine looks, not how one was drawn. */

import { expectShape, type Images } from "@countergrade/countergrade";
import { SIZE } from "./render.ts";

/** What was measured; lengths in voxels. When nothing was found, all numbers are NaN. */
export interface VolumeHeights {
  /** 1 − the lesser of anterior and middle height over the posterior one. Slightly negative when the back is lower. */
  readonly heightLoss: number;
  readonly anterior: number;
  readonly middle: number;
  readonly posterior: number;
}

const NOT_FOUND: VolumeHeights = {
  heightLoss: NaN,
  anterior: NaN,
  middle: NaN,
  posterior: NaN,
};

/** Slices on both sides of the middle one whose mean is looked at: between the pedicles, so that the canal shows behind the body. */
const SLAB = 3;

/** A row and columns that lie within the body wherever it is posed. */
const CORE = { row: 17, first: 10, last: 15 };

/** Heights are compared at this share of the half depth in front of and behind the middle, each over columns this near. */
const PLACES = { anterior: -0.7, middle: 0, posterior: 0.7 };
const NEAR = 0.16;

/**
 * Measures the height loss of the vertebra in the middle of one volume, slices from left to right, front on the left.
 *
 * Steps: the mean of the slices in the middle; what is bone, halfway between the body's core and the darkest rows above and below it;
 * front and back wall along the row of the core; then in each column the run of bone that is nearest to the core, its ends to a
 * fraction of a voxel; heights are means over columns nearby.
 *
 * @param volume Shape `[1, 1, 32, 32, 32]`, in [-1, 1].
 * @throws {TypeError} When the shape differs.
 * @example
 * ```ts
 * import { openVertebraVolumes } from "./dataset.ts";
 * import { measureVolume } from "./measure.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const phantom = openVertebraVolumes({ seed: 1 });
 * const { images } = await phantom.get("val", [2]);
 * assertAlmostEquals(measureVolume(images).heightLoss, phantom.drawn("val", 2).heightLoss, 0.06);
 * ```
 */
export function measureVolume(volume: Images): VolumeHeights {
  expectShape("measure a height loss", volume, [1, 1, SIZE, SIZE, SIZE]);
  if (!volume.data.every(Number.isFinite)) return NOT_FOUND;
  const slab = meanSlice(volume.data);
  const columnOf = (x: number) => Float32Array.from({ length: SIZE }, (_, y) => slab[y * SIZE + x]);
  const core = range(CORE.first, CORE.last).map(columnOf);
  const bone = median(core.map((column) => column[CORE.row]));
  const soft = median(core.map((column) => lowest(column.subarray(CORE.row - 12, CORE.row + 12))));
  if (bone - soft < 0.15) return NOT_FOUND;
  const level = (bone + soft) / 2;
  const across = slab.subarray(CORE.row * SIZE, (CORE.row + 1) * SIZE);
  const walls = runNear(across, level, (CORE.first + CORE.last) / 2);
  if (!walls) return NOT_FOUND;
  const half = (walls.end - walls.start) / 2;
  const center = (walls.end + walls.start) / 2;
  const heightAt = (u: number) => {
    const columns = range(
      Math.round(center + (u - NEAR) * half),
      Math.round(center + (u + NEAR) * half),
    );
    const runs = columns.map((x) => runNear(columnOf(x), level, CORE.row));
    return median(runs.map((run) => run ? run.end - run.start : NaN));
  };
  const [anterior, middle, posterior] = [
    heightAt(PLACES.anterior),
    heightAt(PLACES.middle),
    heightAt(PLACES.posterior),
  ];
  const plausible = half > 5 && half < 11 && posterior > 9 && posterior < 18 &&
    Math.min(anterior, middle) > 2 && Math.max(anterior, middle) < 1.3 * posterior;
  if (!plausible) return NOT_FOUND;
  return { heightLoss: 1 - Math.min(anterior, middle) / posterior, anterior, middle, posterior };
}

/** The mean of the slices in the middle, `[SIZE²]`. */
function meanSlice(data: Float32Array): Float32Array {
  const out = new Float32Array(SIZE * SIZE);
  for (let k = SIZE / 2 - SLAB; k < SIZE / 2 + SLAB; k++) {
    for (let i = 0; i < out.length; i++) out[i] += data[k * out.length + i] / (2 * SLAB);
  }
  return out;
}

/** The run of values above `level` that is nearest to a place: where it starts and ends, to a fraction of a step. */
function runNear(
  values: Float32Array,
  level: number,
  place: number,
): { start: number; end: number } | undefined {
  let best: { start: number; end: number } | undefined;
  let least = Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= level) continue;
    let last = i;
    while (last + 1 < values.length && values[last + 1] > level) last++;
    const away = Math.max(0, i - place, place - last);
    // A run that is cut off by the border is a neighbor's.
    if (away < least && i > 0 && last < values.length - 1) {
      least = away;
      const start = i - (values[i] - level) / (values[i] - values[i - 1]);
      best = { start, end: last + (values[last] - level) / (values[last] - values[last + 1]) };
    }
    i = last;
  }
  return best;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function lowest(values: Float32Array): number {
  return values.reduce((least, value) => Math.min(least, value));
}

/** The middle value; NaN where one is. */
function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
