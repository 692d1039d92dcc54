/** The review of a probe on images of a split. */

import {
  type Codes,
  concatRows,
  type Dataset,
  type Encoder,
  type Images,
  type JobContext,
  type Probe,
} from "@countergrade/countergrade";
import { isLabel, reviewProbe } from "@countergrade/countergrade/review";
import { type PlainReview, plainReview } from "./review.ts";

/** Images that are encoded at a time. */
const BATCH = 32;

/** How many batches {@linkcode splitReview} takes. */
export function reviewBatches(images: number): number {
  return Math.ceil(images / BATCH);
}

/** What a review works with. */
export interface ReviewSetup {
  readonly dataset: Dataset;
  readonly encoder: Encoder;
  readonly probe: Probe;
  /** The probe's binary question is: label ≥ threshold. */
  readonly threshold: number;
}

/** Whether the labels of a data set mean what the probe tells. */
export function isSameScale(
  { scale: { names } }: Dataset,
  { probe }: Pick<ReviewSetup, "probe">,
): boolean {
  return names.join("\n") === probe.scale.names.join("\n");
}

/** A sentence for labels that do not mean what the probe tells. */
export function otherScaleText(dataset: Dataset, { probe }: Pick<ReviewSetup, "probe">): string {
  return `The labels of "${dataset.id}" (${
    dataset.scale.names.join(", ")
  }) are not on the probe's scale (${
    probe.scale.names.join(", ")
  }), so the probe is not measured on them; "labels" says which is which`;
}

/**
 * Encodes the images at `indices` of a split and reviews the probe on their labels. None where no image has a label.
 *
 * @param onBatch Called after each batch, with how many there were, and with its images and their codes.
 */
export async function splitReview(
  split: string,
  indices: readonly number[],
  setup: ReviewSetup,
  job: JobContext,
  onBatch: (done: number, images: Images, codes: Codes) => void,
): Promise<PlainReview | undefined> {
  const { dataset, encoder, probe, threshold } = setup;
  const codes: Codes[] = [];
  const labels: number[] = [];
  for (let start = 0; start < indices.length; start += BATCH) {
    const batch = await dataset.get(split, indices.slice(start, start + BATCH));
    const seen = await encoder.encode(batch.images, { signal: job.signal });
    codes.push(seen);
    labels.push(...batch.labels);
    onBatch(codes.length, batch.images, seen);
  }
  if (!labels.some((label) => isLabel(label, probe.scale))) return undefined;
  const { random, signal } = { random: job.random.fork("review"), signal: job.signal };
  return plainReview(
    await reviewProbe(probe, concatRows(codes), labels, { threshold, random, signal }),
  );
}
