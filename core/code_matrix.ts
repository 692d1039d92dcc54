/** Standardised codes in the form that fits of linear models want them: projected and pulled back in blocks of rows. */

import { type Arena, arena, padded, type Region } from "./products.ts";
import type { Standardisation } from "./standardise.ts";
import { type Codes, expectShape } from "./tensor.ts";

/** Rows that are worked on at a time: with codes of 512 numbers a block fills a quarter of a megabyte. */
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
 * Codes `[n, d]` as x = (z − mean) / sigma in double precision. Memory is bounded: up to `kept` bytes of x stay, beyond that one
 * block of 64 rows does, beside the codes themselves.
 */
export class CodeMatrix {
  readonly rows: number;
  readonly columns: number;
  #codes: Codes;
  #arena: Arena;
  #stride: number;
  #x: Region;
  #resident: boolean;
  /** The first row of the block that is standardised, where not all are. */
  #current = -1;
  #floats: Region;
  #mean: Region;
  #inverse: Region;
  #w: Region[];
  #out: Region[];
  #f: Region[];
  #g: Region[];

  constructor(
    codes: Codes,
    { mean, sigma }: Standardisation,
    options: { outputs?: number; kept?: number } = {},
  ) {
    const { outputs = 1, kept = KEPT } = options;
    expectShape("fit codes", codes, [null, mean.length]);
    this.#codes = codes;
    [this.rows, this.columns] = codes.shape as [number, number];
    const [n, d] = [padded(this.rows), padded(this.columns)];
    this.#stride = 8 * d;
    this.#resident = 8 * n * d <= kept;
    const held = (this.#resident ? n : BLOCK) * d;
    this.#arena = arena(held + BLOCK * d / 2 + d * (2 + 2 * outputs) + 2 * outputs * BLOCK);
    this.#x = this.#arena.doubles(held);
    this.#floats = this.#arena.doubles(BLOCK * d / 2);
    [this.#mean, this.#inverse] = [this.#arena.doubles(d), this.#arena.doubles(d)];
    this.#mean.values.set(mean);
    this.#inverse.values.set(sigma.map((value) => 1 / value));
    const each = (size: number) => Array.from({ length: outputs }, () => this.#arena.doubles(size));
    [this.#w, this.#out] = [each(d), each(d)];
    [this.#f, this.#g] = [each(BLOCK), each(BLOCK)];
    if (this.#resident) {
      for (let start = 0; start < this.rows; start += BLOCK) {
        this.#standardise(start, this.#x.address + start * this.#stride);
      }
    }
  }

  /** The loss over all rows, Σ over blocks, for weights `[outputs, d]`; ∂loss/∂w goes into `gradient` `[outputs, d]`. */
  evaluate(w: Float64Array, gradient: Float64Array, block: BlockLoss): number {
    const d = this.columns;
    this.#out.forEach(({ values }) => values.fill(0));
    const loss = this.#walk(w, block, true);
    this.#out.forEach(({ values }, k) => gradient.set(values.subarray(0, d), k * d));
    return loss;
  }

  /** w·x of every row, `[outputs, n]`. */
  project(w: Float64Array): Float64Array[] {
    const out = this.#w.map(() => new Float64Array(this.rows));
    this.#walk(w, (start, end, f) => {
      f.forEach((values, k) => out[k].set(values.subarray(0, end - start), start));
      return 0;
    }, false);
    return out;
  }

  /** Σᵢ yᵢ·xᵢ `[d]` for numbers y `[n]`, one output only. */
  combine(y: Float64Array): Float64Array {
    const [out, g] = [this.#out[0], this.#g[0]];
    out.values.fill(0);
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      const count = padded(end - start);
      g.values.fill(0, end - start, count);
      g.values.set(y.subarray(start, end));
      this.#arena.pullBack(this.#at(start), count, this.#stride, g.address, out.address);
    }
    return out.values.slice(0, this.columns);
  }

  /** The standardised row `i` `[d]`, copied. */
  row(i: number): Float64Array {
    const at = this.#placeOf(i);
    return this.#x.values.slice(at, at + this.columns);
  }

  /** Writes the standardised row `i` to `out[at]`, `out[at + step]` and so on. */
  copyRow(i: number, out: Float32Array | Float64Array, at: number, step: number): void {
    const { values } = this.#x;
    const from = this.#placeOf(i);
    for (let j = 0, to = at; j < this.columns; j++, to += step) out[to] = values[from + j];
  }

  /** Where row `i` begins among the doubles that are held. */
  #placeOf(i: number): number {
    return (this.#at(i - i % BLOCK) - this.#x.address + (i % BLOCK) * this.#stride) / 8;
  }

  #walk(w: Float64Array, block: BlockLoss, back: boolean): number {
    const d = this.columns;
    this.#w.forEach(({ values }, k) => values.set(w.subarray(k * d, (k + 1) * d)));
    const [f, g] = [this.#f.map((r) => r.values), this.#g.map((r) => r.values)];
    let loss = 0;
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      const x = this.#at(start);
      const count = padded(end - start);
      this.#w.forEach((w, k) =>
        this.#arena.project(x, count, this.#stride, w.address, this.#f[k].address)
      );
      loss += block(start, end, f, g);
      if (!back) continue;
      g.forEach((values, k) => {
        values.fill(0, end - start, count);
        this.#arena.pullBack(
          x,
          count,
          this.#stride,
          this.#g[k].address,
          this.#out[k].address,
        );
      });
    }
    return loss;
  }

  /** The address of the standardised rows from `start`, a multiple of the block. */
  #at(start: number): number {
    if (this.#resident) return this.#x.address + start * this.#stride;
    if (this.#current !== start) this.#standardise(start, this.#x.address);
    this.#current = start;
    return this.#x.address;
  }

  #standardise(start: number, to: number): void {
    const [d, wide] = [this.columns, padded(this.columns)];
    const end = Math.min(start + BLOCK, this.rows);
    const floats = new Float32Array(this.#floats.values.buffer, this.#floats.address, BLOCK * wide);
    if (d === wide) floats.set(this.#codes.data.subarray(start * d, end * d));
    else {
      for (let i = start; i < end; i++) {
        floats.set(this.#codes.data.subarray(i * d, (i + 1) * d), (i - start) * wide);
      }
    }
    const { address } = this.#floats;
    this.#arena.standardise(
      address,
      to,
      end - start,
      this.#mean.address,
      this.#inverse.address,
      wide,
    );
  }
}
