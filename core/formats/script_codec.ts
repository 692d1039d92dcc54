/**
 * Decoders of C and C++ as WebAssembly, with memory of their own and nothing else: no native library. Where its file may not
 * be read, the same decoder as a script, which needs no permission and up to thirty times as long.
 */

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

/** What starts a library; it keeps the object, so each start needs its own. */
type Start<Library> = (options: Record<string, unknown>) => Promise<Library>;

/** Where a library is, in both of its forms. */
export interface ScriptForms<Library> {
  /** Name of the WebAssembly file, of {@linkcode BINARIES}. */
  readonly binary: (typeof BINARIES)[number];
  compiled(): Promise<{ default: Start<Library> }>;
  script(): Promise<{ default: Start<Library> }>;
  decoder(library: Library): ScriptDecoder;
}

/** Memory never shrinks: above this, in bytes, it is given up after use. It begins with 50 MB or less. */
const KEPT = 2 ** 26;

/** A file that fails leaves at least 20 KB behind: after so many, memory is given up too. */
const MOST_FAILURES = 200;

/** One library, started when first needed, since it is half a megabyte of script. */
export class ScriptCodec<Library extends ScriptLibrary> {
  readonly #forms: ScriptForms<Library>;
  #module: Promise<WebAssembly.Module | undefined> | undefined;
  #library: Promise<Library> | undefined;
  #failures = 0;

  /** @param forms Where the library is. */
  constructor(forms: ScriptForms<Library>) {
    this.#forms = forms;
  }

  async #start(): Promise<Library> {
    // What it prints goes nowhere.
    const quiet = { print: () => {}, printErr: () => {} };
    const module = await (this.#module ??= compiled(this.#forms.binary));
    if (!module) return await (await this.#forms.script()).default(quiet);
    const { default: start } = await this.#forms.compiled();
    return await start({
      ...quiet,
      instantiateWasm(imports: WebAssembly.Imports, done: (made: WebAssembly.Instance) => void) {
        WebAssembly.instantiate(module, imports).then(done);
        return {};
      },
    });
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
    const decoder = this.#forms.decoder(library);
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      this.#run(decoder);
      const frame = decoder.getFrameInfo();
      // Some failures are told by nothing else.
      if (!(frame.width > 0)) throw new Error("it is damaged or cut off");
      return use(frame, decoder.getDecodedBuffer());
    } finally {
      decoder.delete();
      if (library.HEAPU8.length > KEPT) this.#forget();
    }
  }

  #run(decoder: ScriptDecoder): void {
    try {
      decoder.decode();
    } catch (error) {
      // What C++ throws is no error of this side; one of this side leaves the memory in doubt.
      if (error instanceof Error || ++this.#failures >= MOST_FAILURES) this.#forget();
      throw new Error("it is damaged or cut off", { cause: error });
    }
  }

  /** Gives memory up; the next picture begins with fresh one. */
  #forget(): void {
    this.#library = undefined;
    this.#failures = 0;
  }
}

/** The WebAssembly files of all decoders. */
export const BINARIES = [
  "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm",
  "@cornerstonejs/codec-openjpeg/decodewasm",
] as const;

/** The files that a thread should be allowed to read which decodes: those that this one may read itself. */
export function codecFiles(): URL[] {
  return BINARIES.flatMap((name) => readable(name) ?? []);
}

/** The compiled file; undefined where it may not be read or is not on this machine. */
async function compiled(name: string): Promise<WebAssembly.Module | undefined> {
  const file = readable(name);
  return file && await WebAssembly.compile(await Deno.readFile(file));
}

function readable(name: string): URL | undefined {
  try {
    const path = new URL(import.meta.resolve(name));
    const { state } = Deno.permissions.querySync({ name: "read", path });
    return state === "granted" && Deno.statSync(path).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}
