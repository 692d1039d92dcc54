/** The review of a probe on images of a split. */

import { type Codes, concatRows, type Dataset, type JobContext } from "@countergrade/countergrade";
import { isLabel, reviewProbe } from "@countergrade/countergrade/review";
import type { EvaluationSetup } from "./setup.ts";
import { type PlainReview, plainReview } from "../probes/review.ts";

/** Images that are encoded at a time. */
const BATCH = 32;

/** How many batches {@linkcode splitReview} takes. */
export function reviewBatches(images: number): number {
  return Math.ceil(images / BATCH);
}

/** Whether the labels of a data set mean what the probe tells. */
export function isSameScale({ scale: { names } }: Dataset, { probe }: EvaluationSetup): boolean {
  return names.join("\n") === probe.scale.names.join("\n");
}

/**
 * Encodes the images at `indices` of a split and reviews the probe on their labels. None where no image has a label.
 *
 * @param onBatch Called after each batch, with how many there were.
 */
export async function splitReview(
  split: string,
  indices: readonly number[],
  setup: EvaluationSetup,
  job: JobContext,
  onBatch: (done: number) => void,
): Promise<PlainReview | undefined> {
  const { dataset, encoder, probe, threshold } = setup;
  const codes: Codes[] = [];
  const labels: number[] = [];
  for (let start = 0; start < indices.length; start += BATCH) {
    const batch = await dataset.get(split, indices.slice(start, start + BATCH));
    codes.push(await encoder.encode(batch.images, { signal: job.signal }));
    labels.push(...batch.labels);
    onBatch(codes.length);
  }
  if (!labels.some((label) => isLabel(label, probe.scale))) return undefined;
  const { random, signal } = { random: job.random.fork("review"), signal: job.signal };
  return plainReview(
    await reviewProbe(probe, concatRows(codes), labels, { threshold, random, signal }),
  );
}
