/** Standardized codes in the form that fits of linear models want them: projected and pulled back in blocks of rows. */

import { type Arena, arena, padded, type Region } from "./arena.ts";
import type { Standardization } from "./standardize.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** Rows that are worked on at a time: with codes of 512 numbers a block fills an eighth of a megabyte. */
const BLOCK = 64;
/** Bytes of standardized codes that are kept; of larger sets each block is standardized again whenever it is needed. */
const KEPT = 2 ** 27;

/**
 * What a model does with the scores of rows `start` … `end` − 1: reads f (and may work in it), writes ∂loss/∂f into g (one array per output, one
 * number per row of the block) and returns the block's loss.
 */
export type BlockLoss = (
  start: number,
  end: number,
  f: readonly Float64Array[],
  g: readonly Float64Array[],
) => number;

/** How sums of products are taken: in double, or of each block of rows in single precision, about six digits in half the time. */
export type Precision = "double" | "single";

/**
 * Codes `[n, d]` as x = (z − mean) / sigma, in single precision as the codes themselves. Memory is
 * bounded: up to `kept` bytes of x stay, beyond that one block of 64 rows does, beside the codes.
 */
export class CodeMatrix implements Disposable {
  readonly rows: number;
  readonly columns: number;
  #codes: Codes;
  #arena: Arena;
  /** Numbers from one row to the next. */
  #wide: number;
  #x: Region<Float32Array<ArrayBuffer>>;
  #resident: boolean;
  /** The first row of the block that is standardized, where not all are. */
  #current = -1;
  #disposed = false;
  #mean: Region;
  #inverse: Region;
  #outputs: number;
  /** One after another for each output: weights, sums of rows, scores of a block, slopes of a block. */
  #w: Region;
  #out: Region;
  /** Weights and the sums of a block in single precision. */
  #shortW: Region<Float32Array<ArrayBuffer>>;
  #shortOut: Region<Float32Array<ArrayBuffer>>;
  #f: Region;
  #g: Region;
  /** The last two, output by output. */
  #scores: Float64Array[];
  #slopes: Float64Array[];

  constructor(
    codes: Codes,
    { mean, sigma }: Standardization,
    options: { outputs?: number; kept?: number } = {},
  ) {
    const { outputs = 1, kept = KEPT } = options;
    expectShape("fit codes", codes, [null, mean.length]);
    this.#codes = codes;
    this.#outputs = outputs;
    [this.rows, this.columns] = codes.shape as [number, number];
    const [n, d] = [padded(this.rows), 2 * padded(this.columns / 2)];
    this.#wide = d;
    this.#resident = 4 * n * d <= kept;
    const held = (this.#resident ? n : BLOCK) * d;
    this.#arena = arena(held / 2 + d * (2 + 3 * outputs) + 2 * outputs * BLOCK);
    this.#x = this.#arena.floats(held);
    [this.#mean, this.#inverse] = [this.#arena.doubles(d), this.#arena.doubles(d)];
    this.#mean.values.set(mean);
    this.#inverse.values.set(sigma.map((value) => 1 / value));
    [this.#w, this.#out] = [this.#arena.doubles(outputs * d), this.#arena.doubles(outputs * d)];
    [this.#shortW, this.#shortOut] = [
      this.#arena.floats(outputs * d),
      this.#arena.floats(outputs * d),
    ];
    [this.#f, this.#g] = [
      this.#arena.doubles(outputs * BLOCK),
      this.#arena.doubles(outputs * BLOCK),
    ];
    const parts = ({ values }: Region) =>
      Array.from({ length: outputs }, (_, k) => values.subarray(k * BLOCK, (k + 1) * BLOCK));
    [this.#scores, this.#slopes] = [parts(this.#f), parts(this.#g)];
    if (this.#resident) this.#standardize(0, this.rows);
  }

  /** Gives the memory back: nothing of the matrix can be used any more. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#arena[Symbol.dispose]();
  }

  /** The loss over all rows, Σ over blocks, for weights `[outputs, d]`; ∂loss/∂w goes into `gradient` `[outputs, d]`. */
  evaluate(
    w: Float64Array,
    gradient: Float64Array,
    block: BlockLoss,
    precision: Precision = "double",
  ): number {
    const d = this.columns;
    this.#out.values.fill(0);
    const loss = this.#walk(w, block, true, precision);
    for (let k = 0; k < this.#outputs; k++) {
      gradient.set(this.#out.values.subarray(k * this.#wide, k * this.#wide + d), k * d);
    }
    return loss;
  }

  /** w·x of every row, `[outputs, n]`. */
  project(w: Float64Array): Float64Array[] {
    const out = Array.from({ length: this.#outputs }, () => new Float64Array(this.rows));
    this.#walk(w, (start, end, f) => {
      f.forEach((values, k) => out[k].set(values.subarray(0, end - start), start));
      return 0;
    }, false);
    return out;
  }

  /** Σᵢ yᵢ·xᵢ `[d]` for numbers y `[n]`, one output only. */
  combine(y: Float64Array): Float64Array {
    const [out, g] = [this.#out.values, this.#g.values];
    out.fill(0);
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      g.fill(0, end - start, BLOCK);
      g.set(y.subarray(start, end));
      this.#pullBack(this.#at(start), padded(end - start), 1, "double");
    }
    return out.slice(0, this.columns);
  }

  /** The standardized row `i` `[d]`, copied. */
  row(i: number): Float64Array {
    const at = this.#placeOf(i);
    return new Float64Array(this.#x.values.subarray(at, at + this.columns));
  }

  /** Writes the standardized row `i` to the start of `out`, `[d]`. */
  copyRow(i: number, out: Float32Array | Float64Array): void {
    const at = this.#placeOf(i);
    out.set(this.#x.values.subarray(at, at + this.columns));
  }

  /** Where row `i` begins among the numbers that are held. */
  #placeOf(i: number): number {
    return (this.#at(i - i % BLOCK) - this.#x.address) / 4 + (i % BLOCK) * this.#wide;
  }

  #walk(
    w: Float64Array,
    block: BlockLoss,
    back: boolean,
    precision: Precision = "double",
  ): number {
    const [d, wide] = [this.columns, this.#wide];
    const { values } = precision === "single" ? this.#shortW : this.#w;
    for (let k = 0; k < this.#outputs; k++) values.set(w.subarray(k * d, (k + 1) * d), k * wide);
    const [f, g] = [this.#scores, this.#slopes];
    let loss = 0;
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      const x = this.#at(start);
      const count = padded(end - start);
      this.#project(x, count, precision);
      loss += block(start, end, f, g);
      if (!back) continue;
      for (const values of g) values.fill(0, end - start, count);
      this.#pullBack(x, count, this.#outputs, precision);
    }
    return loss;
  }

  /** The scores of a block of rows at `x`; two outputs share what is read of the rows. */
  #project(x: number, count: number, precision: Precision): void {
    const [wide, last] = [this.#wide, this.#outputs - 1];
    const memory = this.#arena;
    const [from, bytes, one, two] = precision === "single"
      ? [this.#shortW, 4, memory.projectSingles, memory.projectSinglesTwice] as const
      : [this.#w, 8, memory.projectFloats, memory.projectFloatsTwice] as const;
    this.#f.values.fill(0);
    for (let k = 0; k <= last; k += 2) {
      const [w, f] = [from.address + k * bytes * wide, this.#f.address + 8 * k * BLOCK];
      (k < last ? two : one)(x, count, 4 * wide, w, bytes * wide, f, bytes * wide, 8 * BLOCK);
    }
  }

  /** Adds the rows at `x`, times their slopes, to the sums. */
  #pullBack(x: number, count: number, outputs: number, precision: Precision): void {
    const wide = this.#wide;
    const memory = this.#arena;
    const [to, bytes, one, two] = precision === "single"
      ? [this.#shortOut, 4, memory.pullBackSingles, memory.pullBackSinglesTwice] as const
      : [this.#out, 8, memory.pullBackFloats, memory.pullBackFloatsTwice] as const;
    for (let k = 0; k < outputs; k += 2) {
      const [g, out] = [this.#g.address + 8 * k * BLOCK, to.address + k * bytes * wide];
      const kernel = k < outputs - 1 ? two : one;
      kernel(x, count, 4 * wide, g, bytes * wide, out, bytes * wide, 8 * BLOCK);
    }
    if (precision === "single") memory.drain(to.address, 4 * wide * outputs, this.#out.address);
  }

  /** The address of the standardized rows from `start`, a multiple of the block. */
  #at(start: number): number {
    if (this.#disposed) throw new Error("Cannot use the codes: their memory was given back");
    if (this.#resident) return this.#x.address + 4 * start * this.#wide;
    if (this.#current !== start) this.#standardize(start, Math.min(start + BLOCK, this.rows));
    this.#current = start;
    return this.#x.address;
  }

  /** Puts rows `start` … `end` − 1 at the beginning of what is held. */
  #standardize(start: number, end: number): void {
    const [d, wide] = [this.columns, this.#wide];
    const { data } = this.#codes;
    const { values, address } = this.#x;
    if (d === wide) values.set(data.subarray(start * d, end * d));
    else {
      for (let i = start; i < end; i++) {
        values.set(data.subarray(i * d, (i + 1) * d), (i - start) * wide);
      }
    }
    const [mean, inverse] = [this.#mean.address, this.#inverse.address];
    this.#arena.standardize(address, end - start, mean, inverse, 8 * wide);
  }
}
