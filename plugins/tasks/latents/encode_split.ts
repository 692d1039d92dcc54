/** Codes of the images of a split. */

import { type Codes, concatRows, type Dataset, type Encoder } from "@countergrade/countergrade";

/** Images encoded at a time. */
export const BATCH = 64;

/** The codes of some images, with their labels. */
export interface EncodedImages {
  /** `[n, d]` */
  readonly codes: Codes;
  readonly labels: readonly number[];
}

/** Images of a split, one behind the other. */
export interface SplitPart {
  readonly split: string;
  readonly start: number;
  /** At least 1. */
  readonly count: number;
}

/** How {@linkcode encodePart} goes. */
export interface EncodeOptions {
  readonly signal: AbortSignal;
  /** Called after each batch, with how many images there are. */
  onBatch?(images: number): void;
}

/** Encodes images of a split, in their order, in batches that begin with the first. */
export async function encodePart(
  { split, start, count }: SplitPart,
  dataset: Dataset,
  encoder: Encoder,
  { signal, onBatch }: EncodeOptions,
): Promise<EncodedImages> {
  const codes: Codes[] = [];
  const labels: number[] = [];
  while (labels.length < count) {
    const size = Math.min(BATCH, count - labels.length);
    const indices = Int32Array.from({ length: size }, (_, i) => start + labels.length + i);
    const batch = await dataset.get(split, indices);
    codes.push(await encoder.encode(batch.images, { signal }));
    labels.push(...batch.labels);
    onBatch?.(labels.length);
  }
  return { codes: concatRows(codes), labels };
}
