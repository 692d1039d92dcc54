/** libjpeg-turbo as a script: it needs no native library and no permission to read a file. */

/** The package's decoder; it lives in memory of its own, and `delete` frees what it holds. */
interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): { width: number; height: number; componentCount: number };
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

interface Library {
  readonly JPEGDecoder: new () => Decoder;
  readonly HEAPU8: Uint8Array;
}

/** Samples of 8 bits, pixel by pixel. */
export interface TurboPixels {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 RGB. */
  readonly components: number;
  readonly data: Uint8Array;
}

/** Memory never shrinks: above this, in bytes, it is given up after use. It begins with 50 MB. */
const KEPT = 2 ** 26;

/** A file that fails leaves at least 20 KB behind: after so many, memory is given up too. */
const MOST_FAILURES = 200;

let library: Promise<Library> | undefined;
let failures = 0;

/** Loaded when first needed, since it is 640 KB of script. */
async function load(): Promise<Library> {
  const { default: start } = await import("@cornerstonejs/codec-libjpeg-turbo-8bit/decode");
  return await start({ print: () => {}, printErr: () => {} });
}

/** Gives memory up; the next picture begins with fresh one. */
function forget(): void {
  library = undefined;
  failures = 0;
}

/**
 * Decodes a baseline or progressive file of 8 bits, gray or in three colors. Whether colors are RGB or YCbCr is told by
 * Adobe's marker or the components' names, as libjpeg does. A file that is cut off or damaged is refused.
 *
 * @param use Gets the pixels, which last no longer than this call.
 * @throws {Error} When it cannot be decoded.
 */
export async function decodeTurbo<T>(
  bytes: Uint8Array,
  use: (pixels: TurboPixels) => T,
): Promise<T> {
  const loaded = await (library ??= load());
  const decoder = new loaded.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decode(decoder);
    const { width, height, componentCount } = decoder.getFrameInfo();
    return use({ width, height, components: componentCount, data: decoder.getDecodedBuffer() });
  } finally {
    decoder.delete();
    if (loaded.HEAPU8.length > KEPT) forget();
  }
}

function decode(decoder: Decoder): void {
  try {
    decoder.decode();
  } catch (error) {
    // What libjpeg throws is the address of an error in its memory; anything else leaves that memory in doubt.
    if (typeof error !== "number" || ++failures >= MOST_FAILURES) forget();
    throw new Error("it is damaged or cut off", { cause: error });
  }
}
