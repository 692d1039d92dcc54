/** Memory for matrices, at which WebAssembly works: reserved in regions, and handed on from one fit to the next. */

import { type Kernels, kernels } from "./products.ts";
import { wasmModule } from "./wasm.ts";

let module: WebAssembly.Module | undefined;

/**
 * Memory for matrices, and the functions that work in it. Addresses are in bytes. Whoever disposes of it promises that nothing reads or
 * writes it any more: the next arena takes it over, which spares the pages that a new one would have to be given.
 */
export interface Arena extends Kernels, Disposable {
  /** Reserves `count` doubles, zeroed, at an address that is a multiple of 16. */
  doubles(count: number): Region;
  /** Reserves `count` floats, likewise. */
  floats(count: number): Region<Float32Array<ArrayBuffer>>;
  /** The functions of another module, at work in this memory. */
  functionsOf(module: WebAssembly.Module): Record<string, (...numbers: number[]) => void>;
}

/** Some numbers of an {@linkcode Arena}. */
export interface Region<Values = Float64Array<ArrayBuffer>> {
  readonly address: number;
  readonly values: Values;
}

/** A memory and the kernels at work in it. */
interface Plot {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  /** No longer zeros. */
  readonly used: boolean;
}
/** What arenas left behind, oldest first, and how many bytes of it are kept: a few fits' worth. */
const spare: Plot[] = [];
const MOST_SPARE = 2 ** 25;

function functionsIn(memory: WebAssembly.Memory, module: WebAssembly.Module) {
  return new WebAssembly.Instance(module, { m: { m: memory } }).exports as Record<
    string,
    (...numbers: number[]) => void
  >;
}

function plotOf(pages: number): Plot {
  const bytes = pages * 2 ** 16;
  // Not one so large that others would miss it.
  const found = spare.findLastIndex(({ memory: { buffer: { byteLength } } }) =>
    byteLength >= bytes && byteLength <= 2 * bytes
  );
  if (found >= 0) return spare.splice(found, 1)[0];
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  module ??= wasmModule(kernels);
  return { memory, kernels: functionsIn(memory, module) as unknown as Kernels, used: false };
}

function keep(plot: Plot): void {
  spare.push({ ...plot, used: true });
  let bytes = spare.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  while (bytes > MOST_SPARE) bytes -= spare.shift()!.memory.buffer.byteLength;
}

/** Makes an arena that holds up to `count` doubles in regions; regions start at multiples of four doubles. */
export function arena(count: number): Arena {
  const plot = plotOf(Math.ceil(8 * (count + 64) / 2 ** 16));
  const { memory, used } = plot;
  const buffer = memory.buffer as ArrayBuffer;
  let free = 16;
  const reserve = (doubles: number) => {
    const [address, bytes] = [free, 8 * padded(doubles)];
    if (used) new Uint8Array(buffer, address, bytes).fill(0);
    free += bytes;
    return address;
  };
  let left = false;
  return {
    ...plot.kernels,
    functionsOf: (module) => functionsIn(memory, module),
    doubles(count) {
      const address = reserve(count);
      return { address, values: new Float64Array(buffer, address, count) };
    },
    floats(count) {
      const address = reserve(count / 2);
      return { address, values: new Float32Array(buffer, address, count) };
    },
    [Symbol.dispose]() {
      if (!left) keep(plot);
      left = true;
    },
  };
}

/** The next multiple of four. */
export function padded(count: number): number {
  return 4 * Math.ceil(count / 4);
}
