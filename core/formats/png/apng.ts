/** Animated PNG files, made of still ones: every browser and slide show plays them, other readers show the first frame. */

import { FormatError } from "../../errors.ts";
import { chunk, joined, pngChunks, SIGNATURE, words } from "./chunks.ts";

/** How frames follow each other. */
export interface AnimationOptions {
  /** How long each frame is shown, in ms, 10 to 60,000; 500 by default. */
  readonly delay?: number;
  /** Whether the frames are shown back to the first one too, so that it ends where it began; true by default. */
  readonly back?: boolean;
}

/** The delay of frames unless asked otherwise, in ms. */
export const ANIMATION_DELAY = 500;

/**
 * An animation of PNG files that repeats for ever: `acTL`, then an `fcTL` with its data for each frame (PNG specification,
 * third edition, 11.3.6). The frames are shown as they are, nothing is put between them.
 *
 * @param stills All of one size and kind of pixels.
 * @throws {RangeError} When there is no frame, or the delay is out of range.
 * @throws {FormatError} When a file is damaged, or differs from the first in size or kind.
 * @example
 * ```ts
 * import { decode } from "./png.ts";
 * import { animatedPng, encode } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const [black, white] = [0, 255].map((v) => encode(Uint8Array.of(v), 1, 1, { color: "gray" }));
 * const animation = animatedPng([black, white], { delay: 200 });
 * assertEquals(decode(animation).image, Uint8Array.of(0)); // to whom knows no animations
 * ```
 */
export function animatedPng(
  stills: readonly Uint8Array[],
  { delay = ANIMATION_DELAY, back = true }: AnimationOptions = {},
): Uint8Array<ArrayBuffer> {
  if (stills.length === 0) throw new RangeError("Cannot animate: expected at least one frame");
  if (!(delay >= 10 && delay <= 60_000)) {
    throw new RangeError(`Cannot animate: expected a delay of 10 to 60000 ms, it is ${delay}`);
  }
  const frames = stills.map(partsOf);
  const { header } = frames[0];
  const odd = frames.findIndex((frame) => frame.header.some((byte, i) => byte !== header[i]));
  if (odd >= 0) {
    throw new FormatError(`Cannot animate: frame ${odd} differs from the first in size or colors`);
  }
  const shown = back ? [...frames, ...frames.slice(1, -1).reverse()] : frames;
  const size = header.subarray(0, 8);
  let sequence = 0;
  const parts = [SIGNATURE, chunk("IHDR", header), chunk("acTL", words(shown.length, 0))];
  shown.forEach(({ data }, i) => {
    // At the place 0, 0; shown for delay/1000 s; left standing, and replacing what was there.
    const milliseconds = Math.round(delay);
    const control = [...words(sequence++), ...size, ...words(0, 0)];
    const timing = [milliseconds >> 8, milliseconds & 255, 1000 >> 8, 1000 & 255, 0, 0];
    parts.push(chunk("fcTL", Uint8Array.of(...control, ...timing)));
    parts.push(
      i === 0 ? chunk("IDAT", data) : chunk("fdAT", joined([words(sequence++), data])),
    );
  });
  return joined([...parts, chunk("IEND", new Uint8Array(0))]);
}

/** The header and the packed pixels of a PNG. */
function partsOf(still: Uint8Array): { header: Uint8Array; data: Uint8Array } {
  const chunks = pngChunks(still);
  const data = chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content);
  return { header: chunks[0].content, data: joined(data) };
}
