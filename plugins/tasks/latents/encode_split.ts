/** Codes of the images of a split. */

import {
  batches,
  type Codes,
  concatRows,
  type Dataset,
  type Encoder,
} from "@countergrade/countergrade";

/** Images encoded at a time. */
const BATCH = 64;

/**
 * Encodes the images of a split that has some, in their order.
 *
 * @param onBatch Called after each batch, with how many images it had.
 */
export async function encodeSplit(
  dataset: Dataset,
  split: string,
  encoder: Encoder,
  signal: AbortSignal,
  onBatch: (images: number) => void,
): Promise<{ codes: Codes; labels: number[] }> {
  const codes: Codes[] = [];
  const labels: number[] = [];
  for await (const batch of batches(dataset, split, BATCH)) {
    codes.push(await encoder.encode(batch.images, { signal }));
    labels.push(...batch.labels);
    onBatch(batch.labels.length);
  }
  return { codes: concatRows(codes), labels };
}
