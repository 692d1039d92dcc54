/** Decoders of C and C++ as scripts: no native library, no permission to read a file, memory of their own. */

/** What such a decoder says of a picture. */
export interface CodecFrame {
  readonly width: number;
  readonly height: number;
  readonly componentCount: number;
  readonly bitsPerSample: number;
  readonly isSigned: boolean;
}

/** A decoder of one picture; it lives in the library's memory, and `delete` frees what it holds. */
export interface ScriptDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): CodecFrame;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** A library once it has been started. */
export interface ScriptLibrary {
  readonly HEAPU8: Uint8Array;
}

/** How a library is started: what it prints goes nowhere. It keeps the object, so each start needs its own. */
export function quietly(): { print(): void; printErr(): void } {
  return { print: () => {}, printErr: () => {} };
}

/** Memory never shrinks: above this, in bytes, it is given up after use. It begins with 50 MB or less. */
const KEPT = 2 ** 26;

/** A file that fails leaves at least 20 KB behind: after so many, memory is given up too. */
const MOST_FAILURES = 200;

/** One library, started when first needed, since it is half a megabyte of script. */
export class ScriptCodec<Library extends ScriptLibrary> {
  readonly #start: () => Promise<Library>;
  readonly #make: (library: Library) => ScriptDecoder;
  #library: Promise<Library> | undefined;
  #failures = 0;

  /**
   * @param start Starts the library.
   * @param make Makes a decoder of it.
   */
  constructor(start: () => Promise<Library>, make: (library: Library) => ScriptDecoder) {
    this.#start = start;
    this.#make = make;
  }

  /**
   * Decodes a picture, whose size its header should have told before: libraries expand what they are given.
   *
   * @param use Gets the decoded picture, which lasts no longer than this call.
   * @throws {Error} When it cannot be decoded.
   */
  async decode<T>(
    bytes: Uint8Array,
    use: (frame: CodecFrame, data: Uint8Array) => T,
  ): Promise<T> {
    const library = await (this.#library ??= this.#start());
    const decoder = this.#make(library);
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      this.#run(decoder);
      return use(decoder.getFrameInfo(), decoder.getDecodedBuffer());
    } finally {
      decoder.delete();
      if (library.HEAPU8.length > KEPT) this.#forget();
    }
  }

  #run(decoder: ScriptDecoder): void {
    try {
      decoder.decode();
    } catch (error) {
      // What C++ throws is the address of an error in its memory; anything else leaves that memory in doubt.
      if (typeof error !== "number" || ++this.#failures >= MOST_FAILURES) this.#forget();
      throw new Error("it is damaged or cut off", { cause: error });
    }
  }

  /** Gives memory up; the next picture begins with fresh one. */
  #forget(): void {
    this.#library = undefined;
    this.#failures = 0;
  }
}
