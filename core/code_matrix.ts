/** Standardised codes in the form that fits of linear models want them: projected and pulled back in blocks of rows. */

import { type Arena, arena, padded, type Region } from "./products.ts";
import type { Standardisation } from "./standardise.ts";
import { type Codes, expectShape } from "./tensor.ts";

/** Rows that are worked on at a time: with codes of 512 numbers a block fills an eighth of a megabyte. */
const BLOCK = 64;
/** Bytes of standardised codes that are kept; of larger sets each block is standardised again whenever it is needed. */
const KEPT = 2 ** 27;

/**
 * What a model does with the scores of rows `start` … `end` − 1: reads f, writes ∂loss/∂f into g (one array per output, one
 * number per row of the block) and returns the block's loss.
 */
export type BlockLoss = (
  start: number,
  end: number,
  f: readonly Float64Array[],
  g: readonly Float64Array[],
) => number;

/**
 * Codes `[n, d]` as x = (z − mean) / sigma, in single precision as the codes themselves; sums of products are taken in double. Memory is
 * bounded: up to `kept` bytes of x stay, beyond that one block of 64 rows does, beside the codes.
 */
export class CodeMatrix {
  readonly rows: number;
  readonly columns: number;
  #codes: Codes;
  #arena: Arena;
  /** Numbers from one row to the next. */
  #wide: number;
  #x: Region<Float32Array<ArrayBuffer>>;
  #resident: boolean;
  /** The first row of the block that is standardised, where not all are. */
  #current = -1;
  #mean: Region;
  #inverse: Region;
  #outputs: number;
  /** One after another for each output: weights, sums of rows, scores of a block, slopes of a block. */
  #w: Region;
  #out: Region;
  #f: Region;
  #g: Region;
  /** The last two, output by output. */
  #scores: Float64Array[];
  #slopes: Float64Array[];

  constructor(
    codes: Codes,
    { mean, sigma }: Standardisation,
    options: { outputs?: number; kept?: number } = {},
  ) {
    const { outputs = 1, kept = KEPT } = options;
    expectShape("fit codes", codes, [null, mean.length]);
    this.#codes = codes;
    this.#outputs = outputs;
    [this.rows, this.columns] = codes.shape as [number, number];
    const [n, d] = [padded(this.rows), padded(this.columns)];
    this.#wide = d;
    this.#resident = 4 * n * d <= kept;
    const held = (this.#resident ? n : BLOCK) * d;
    this.#arena = arena(held / 2 + d * (2 + 2 * outputs) + 2 * outputs * BLOCK);
    this.#x = this.#arena.floats(held);
    [this.#mean, this.#inverse] = [this.#arena.doubles(d), this.#arena.doubles(d)];
    this.#mean.values.set(mean);
    this.#inverse.values.set(sigma.map((value) => 1 / value));
    [this.#w, this.#out] = [this.#arena.doubles(outputs * d), this.#arena.doubles(outputs * d)];
    [this.#f, this.#g] = [
      this.#arena.doubles(outputs * BLOCK),
      this.#arena.doubles(outputs * BLOCK),
    ];
    const parts = ({ values }: Region) =>
      Array.from({ length: outputs }, (_, k) => values.subarray(k * BLOCK, (k + 1) * BLOCK));
    [this.#scores, this.#slopes] = [parts(this.#f), parts(this.#g)];
    if (this.#resident) this.#standardise(0, this.rows);
  }

  /** The loss over all rows, Σ over blocks, for weights `[outputs, d]`; ∂loss/∂w goes into `gradient` `[outputs, d]`. */
  evaluate(w: Float64Array, gradient: Float64Array, block: BlockLoss): number {
    const d = this.columns;
    this.#out.values.fill(0);
    const loss = this.#walk(w, block, true);
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
      this.#pullBack(this.#at(start), padded(end - start), 1);
    }
    return out.slice(0, this.columns);
  }

  /** The standardised row `i` `[d]`, copied. */
  row(i: number): Float64Array {
    const at = this.#placeOf(i);
    return new Float64Array(this.#x.values.subarray(at, at + this.columns));
  }

  /** Writes the standardised row `i` to the start of `out`, `[d]`. */
  copyRow(i: number, out: Float32Array | Float64Array): void {
    const at = this.#placeOf(i);
    out.set(this.#x.values.subarray(at, at + this.columns));
  }

  /** Where row `i` begins among the numbers that are held. */
  #placeOf(i: number): number {
    return (this.#at(i - i % BLOCK) - this.#x.address) / 4 + (i % BLOCK) * this.#wide;
  }

  #walk(w: Float64Array, block: BlockLoss, back: boolean): number {
    const [d, wide] = [this.columns, this.#wide];
    for (let k = 0; k < this.#outputs; k++) {
      this.#w.values.set(w.subarray(k * d, (k + 1) * d), k * wide);
    }
    const [f, g] = [this.#scores, this.#slopes];
    let loss = 0;
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      const x = this.#at(start);
      const count = padded(end - start);
      this.#project(x, count);
      loss += block(start, end, f, g);
      if (!back) continue;
      for (const values of g) values.fill(0, end - start, count);
      this.#pullBack(x, count, this.#outputs);
    }
    return loss;
  }

  /** The scores of a block of rows at `x`; two outputs share what is read of the rows. */
  #project(x: number, count: number): void {
    const [wide, last] = [8 * this.#wide, this.#outputs - 1];
    const { projectFloats, projectFloatsTwice } = this.#arena;
    this.#f.values.fill(0);
    for (let k = 0; k <= last; k += 2) {
      const [w, f] = [this.#w.address + k * wide, this.#f.address + 8 * k * BLOCK];
      const kernel = k < last ? projectFloatsTwice : projectFloats;
      kernel(x, count, wide / 2, w, wide, f, wide, 8 * BLOCK);
    }
  }

  /** Adds the rows at `x`, times their slopes, to the sums. */
  #pullBack(x: number, count: number, outputs: number): void {
    const wide = 8 * this.#wide;
    const { pullBackFloats, pullBackFloatsTwice } = this.#arena;
    for (let k = 0; k < outputs; k += 2) {
      const [g, out] = [this.#g.address + 8 * k * BLOCK, this.#out.address + k * wide];
      const kernel = k < outputs - 1 ? pullBackFloatsTwice : pullBackFloats;
      kernel(x, count, wide / 2, g, wide, out, wide, 8 * BLOCK);
    }
  }

  /** The address of the standardised rows from `start`, a multiple of the block. */
  #at(start: number): number {
    if (this.#resident) return this.#x.address + 4 * start * this.#wide;
    if (this.#current !== start) this.#standardise(start, Math.min(start + BLOCK, this.rows));
    this.#current = start;
    return this.#x.address;
  }

  /** Puts rows `start` … `end` − 1 at the beginning of what is held. */
  #standardise(start: number, end: number): void {
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
    this.#arena.standardise(address, end - start, mean, inverse, 8 * wide);
  }
}
