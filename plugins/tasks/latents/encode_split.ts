/** Codes of the images of a split. */

import { type Codes, concatRows, type Dataset, type Encoder } from "@countergrade/countergrade";

/** Images encoded at a time. */
const BATCH = 64;

/** The codes of some images, with their labels. */
export interface EncodedImages {
  /** `[n, d]` */
  readonly codes: Codes;
  readonly labels: readonly number[];
}

/** How {@linkcode encodeSplit} goes. */
export interface EncodeOptions {
  readonly signal: AbortSignal;
  /** Those of the first images, of an attempt before; a multiple of 64. */
  readonly before?: EncodedImages;
  /** Called after each batch, with how many images it had, and all codes so far. */
  onBatch(images: number, soFar: () => EncodedImages): void | Promise<void>;
}

/** Encodes the images of a split that has some, in their order. */
export async function encodeSplit(
  dataset: Dataset,
  split: string,
  encoder: Encoder,
  { signal, before, onBatch }: EncodeOptions,
): Promise<EncodedImages> {
  const codes: Codes[] = before ? [before.codes] : [];
  const labels: number[] = [...before?.labels ?? []];
  const soFar = () => ({ codes: concatRows(codes), labels });
  const total = dataset.splits[split];
  while (labels.length < total) {
    const size = Math.min(BATCH, total - labels.length);
    const indices = Int32Array.from({ length: size }, (_, i) => labels.length + i);
    const batch = await dataset.get(split, indices);
    codes.push(await encoder.encode(batch.images, { signal }));
    labels.push(...batch.labels);
    await onBatch(size, soFar);
  }
  return soFar();
}
