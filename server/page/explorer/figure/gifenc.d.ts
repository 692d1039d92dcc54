/** What is used of the package gifenc, which brings no types. */

/** Red, green and blue, 0 … 255. */
type Color = number[];

/** A GIF that is being written. */
interface Encoder {
  /** Adds a picture of indices into a palette; `delay` in ms. */
  writeFrame(
    indices: Uint8Array | Uint8ClampedArray,
    width: number,
    height: number,
    options: { palette: Color[]; delay: number },
  ): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

export function GIFEncoder(): Encoder;

/** The colors that a picture of RGBA does with. */
export function quantize(rgba: Uint8Array | Uint8ClampedArray, count: number): Color[];

/** For each pixel the index of the nearest color. */
export function applyPalette(rgba: Uint8Array | Uint8ClampedArray, palette: Color[]): Uint8Array;
