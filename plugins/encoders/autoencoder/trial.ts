/** A first run of somebody else's autoencoder, which tells its shapes and whether its halves fit together. */

import { FormatError, sizeOf, zeros } from "@countergrade/countergrade";
import type { Halves } from "./encoder.ts";

/** Longer codes than this are images rather than codes: their covariance alone would fill the memory. */
const LONGEST_CODE = 16_384;

/**
 * Encodes and decodes one gray image, and returns the shape of its code.
 *
 * @param imageShape `[c, h, w]`.
 * @throws {FormatError} When the code is too long, or what comes back has another shape than the image.
 */
export async function tryHalves(
  halves: Halves,
  imageShape: readonly [number, number, number],
  signal?: AbortSignal,
): Promise<number[]> {
  const code = await halves.encode(zeros([1, ...imageShape]), signal);
  const [n, ...codeShape] = code.shape;
  if (n !== 1 || !codeShape.length || sizeOf(codeShape) > LONGEST_CODE || !sizeOf(codeShape)) {
    throw new FormatError(
      `Cannot use the encoder: expected codes of shape [n, d] with d up to ${LONGEST_CODE}, ` +
        `one image gave [${code.shape.join(", ")}]`,
    );
  }
  const image = await halves.decode(code, signal);
  if (image.shape.join() !== [1, ...imageShape].join()) {
    throw new FormatError(
      `Cannot use the decoder: expected images of shape [1, ${imageShape.join(", ")}] as the ` +
        `encoder takes, it gave [${image.shape.join(", ")}]`,
    );
  }
  return codeShape;
}
