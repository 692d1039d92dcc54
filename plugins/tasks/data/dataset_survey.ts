/** One walk through all images of a data set: grades, intensities and duplicates, in memory that hardly grows. */

import { breathe, type Dataset, sizeOf } from "@countergrade/countergrade";
import {
  DuplicateFinder,
  type DuplicatePair,
  type Negative,
  negativesAmong,
} from "@countergrade/countergrade/images";

/** An image of a data set. */
export interface Place {
  readonly split: string;
  readonly index: number;
}

/** Two images that look the same, the earlier first. */
export interface SuspectedPair extends Pick<DuplicatePair, "correlation" | "exact"> {
  readonly first: Place;
  readonly second: Place;
}

/** An image that looks like a negative, with its correlation with the mean image. */
export interface SuspectedNegative extends Place, Pick<Negative, "correlation"> {}

/** What is known of a split. */
export interface SplitSurvey {
  readonly split: string;
  /** By label: how many images. */
  readonly grades: readonly number[];
  /** Places of the images of each label. */
  readonly labels: Int32Array;
  /** Pixels in {@linkcode BINS} equal steps from -1 to 1, all channels together. */
  readonly histogram: Float64Array;
}

/** See {@linkcode survey}. */
export interface Survey {
  readonly splits: readonly SplitSurvey[];
  readonly pairs: readonly SuspectedPair[];
  /** Images that look like negatives of the others. */
  readonly negatives: readonly SuspectedNegative[];
  /** Of all pixels that are numbers, in [-1, 1]. */
  readonly mean: number;
  readonly deviation: number;
  /** The darkest and the brightest of them. */
  readonly least: number;
  readonly greatest: number;
  /** Pixels that are no number. */
  readonly notFinite: number;
}

/** Steps of a histogram. */
export const BINS = 64;
/** Numbers of a batch. */
const BATCH = 2 ** 20;

/**
 * Reads every image once. Beside one batch it keeps a label and about 300 bytes per image, for finding duplicates.
 *
 * @param onProgress Called after each batch, with the number of images seen.
 * @throws {CancelledError} When `signal` is aborted.
 */
export async function survey(
  dataset: Dataset,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Survey> {
  const size = Math.max(1, Math.min(256, Math.floor(BATCH / sizeOf(dataset.imageShape))));
  const finder = new DuplicateFinder();
  const splits: SplitSurvey[] = [];
  const starts: number[] = [];
  const moments = {
    ...{ count: 0, sum: 0, squares: 0, notFinite: 0 },
    ...{ least: Infinity, greatest: -Infinity },
  };
  let done = 0;
  for (const [split, total] of Object.entries(dataset.splits)) {
    starts.push(done);
    const grades = dataset.scale.names.map(() => 0);
    const labels = new Int32Array(total);
    const histogram = new Float64Array(BINS);
    for (let start = 0; start < total; start += size) {
      await breathe(signal);
      const count = Math.min(size, total - start);
      const batch = await dataset.get(
        split,
        Int32Array.from({ length: count }, (_, i) => start + i),
      );
      finder.add(batch.images);
      addIntensities(batch.images.data, histogram, moments);
      batch.labels.forEach((label, i) => {
        // Numbers of a continuous scale are no grades: all its images count as one, under its one name.
        const grade = dataset.scale.type === "continuous" ? 0 : label;
        labels[start + i] = grade;
        grades[grade]++;
      });
      done += count;
      onProgress(done);
    }
    splits.push({ split, grades, labels, histogram });
  }
  const placeOf = (place: number): Place => {
    const at = starts.findLastIndex((start) => start <= place);
    return { split: splits[at].split, index: place - starts[at] };
  };
  const count = Math.max(1, moments.count);
  const mean = moments.sum / count;
  return {
    splits,
    pairs: finder.pairs().map(({ first, second, correlation, exact }) => ({
      first: placeOf(first),
      second: placeOf(second),
      correlation,
      exact,
    })),
    negatives: negativesAmong(finder.thumbnails()).map(({ place, correlation }) => ({
      ...placeOf(place),
      correlation,
    })),
    mean,
    deviation: Math.sqrt(Math.max(0, moments.squares / count - mean ** 2)),
    notFinite: moments.notFinite,
    least: moments.least,
    greatest: moments.greatest,
  };
}

function addIntensities(
  data: Float32Array,
  histogram: Float64Array,
  moments: Record<"count" | "sum" | "squares" | "notFinite" | "least" | "greatest", number>,
): void {
  for (const x of data) {
    if (!Number.isFinite(x)) {
      moments.notFinite++;
      continue;
    }
    const bin = Math.floor((x + 1) * (BINS / 2));
    histogram[Math.max(0, Math.min(BINS - 1, bin))]++;
    moments.count++;
    moments.sum += x;
    moments.squares += x * x;
    if (x < moments.least) moments.least = x;
    if (x > moments.greatest) moments.greatest = x;
  }
}
