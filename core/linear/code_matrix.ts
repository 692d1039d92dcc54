/** Standardized codes, projected onto weights and pulled back: the two products that fits of linear models spend their time on. */

import type { Standardization } from "./standardize.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** Rows that are worked on at a time, a multiple of four: with codes of 512 numbers a block fills an eighth of a megabyte. */
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

/**
 * Codes `[n, d]` as x = (z − mean) / sigma, in single precision as the codes themselves; sums are in double. Memory is bounded: up to
 * `kept` bytes of x stay, beyond that one block of rows does, beside the codes.
 */
export class CodeMatrix {
  /** n */
  readonly rows: number;
  /** d */
  readonly columns: number;
  readonly #codes: Codes;
  readonly #mean: Float64Array;
  /** 1 / sigma. */
  readonly #inverse: Float64Array;
  /** All rows or one block; rows of zeros fill the last four. */
  readonly #x: Float32Array;
  readonly #resident: boolean;
  /** The first row of the block that is held, where not all are. */
  #current = -1;
  /** Scores and slopes of a block, output by output. */
  readonly #f: Float64Array[];
  readonly #g: Float64Array[];

  /** `outputs`: scores per row, more than one for several classes; `kept`: bytes of x that may stay. */
  constructor(
    codes: Codes,
    { mean, sigma }: Standardization,
    { outputs = 1, kept = KEPT }: { outputs?: number; kept?: number } = {},
  ) {
    expectShape("fit codes", codes, [null, mean.length]);
    this.#codes = codes;
    this.#mean = mean;
    this.#inverse = sigma.map((value) => 1 / value);
    [this.rows, this.columns] = codes.shape as [number, number];
    const size = 4 * Math.ceil(this.rows / 4) * this.columns;
    this.#resident = 4 * size <= kept;
    this.#x = new Float32Array(this.#resident ? size : BLOCK * this.columns);
    if (this.#resident) this.#standardize(0, this.rows);
    const each = () => Array.from({ length: outputs }, () => new Float64Array(BLOCK));
    [this.#f, this.#g] = [each(), each()];
  }

  /** The loss over all rows, Σ over blocks, for weights `[outputs, d]`; ∂loss/∂w goes into `gradient` `[outputs, d]`. */
  evaluate(w: Float64Array, gradient: Float64Array, block: BlockLoss): number {
    const d = this.columns;
    gradient.fill(0);
    let loss = 0;
    this.#eachBlock(w, (start, end, at) => {
      loss += block(start, end, this.#f, this.#g);
      this.#g.forEach((g, k) => {
        g.fill(0, end - start);
        pullBack(this.#x, at, end - start, g, gradient.subarray(k * d, (k + 1) * d));
      });
    });
    return loss;
  }

  /** w·x of every row, `[outputs, n]`. */
  project(w: Float64Array): Float64Array[] {
    const out = this.#f.map(() => new Float64Array(this.rows));
    this.#eachBlock(w, (start, end) => {
      this.#f.forEach((f, k) => out[k].set(f.subarray(0, end - start), start));
    });
    return out;
  }

  /** Writes the standardized row `i` to the start of `out`, `[d]`. */
  copyRow(i: number, out: Float64Array): void {
    const at = this.#hold(i - i % BLOCK) + (i % BLOCK) * this.columns;
    for (let j = 0; j < this.columns; j++) out[j] = this.#x[at + j];
  }

  /** Computes the scores of each block of rows, and says where in x the block begins. */
  #eachBlock(w: Float64Array, use: (start: number, end: number, at: number) => void): void {
    const d = this.columns;
    for (let start = 0; start < this.rows; start += BLOCK) {
      const end = Math.min(start + BLOCK, this.rows);
      const at = this.#hold(start);
      this.#f.forEach((f, k) =>
        project(this.#x, at, end - start, w.subarray(k * d, (k + 1) * d), f)
      );
      use(start, end, at);
    }
  }

  /** Where the standardized rows from `start`, a multiple of the block, begin. */
  #hold(start: number): number {
    if (this.#resident) return start * this.columns;
    if (this.#current !== start) this.#standardize(start, Math.min(start + BLOCK, this.rows));
    this.#current = start;
    return 0;
  }

  /** Puts rows `start` … `end` − 1 at the beginning of x. */
  #standardize(start: number, end: number): void {
    const d = this.columns;
    const [mean, inverse, data] = [this.#mean, this.#inverse, this.#codes.data];
    for (let i = start; i < end; i++) {
      const [from, to] = [i * d, (i - start) * d];
      for (let j = 0; j < d; j++) this.#x[to + j] = (data[from + j] - mean[j]) * inverse[j];
    }
  }
}

/** out[i] = w·xᵢ of `count` rows that begin at x[at], four at a time: their sums need not wait for one another. */
function project(
  x: Float32Array,
  at: number,
  count: number,
  w: Float64Array,
  out: Float64Array,
): void {
  const n = w.length;
  for (let i = 0; i < count; i += 4) {
    const a = at + i * n, b = a + n, c = b + n, d = c + n;
    let p = 0, q = 0, r = 0, s = 0;
    for (let j = 0; j < n; j++) {
      const weight = w[j];
      p += weight * x[a + j];
      q += weight * x[b + j];
      r += weight * x[c + j];
      s += weight * x[d + j];
    }
    out[i] = p;
    out[i + 1] = q;
    out[i + 2] = r;
    out[i + 3] = s;
  }
}

/** out += Σᵢ gᵢ·xᵢ over `count` rows that begin at x[at], four at a time; rows without a slope are passed by. */
function pullBack(
  x: Float32Array,
  at: number,
  count: number,
  g: Float64Array,
  out: Float64Array,
): void {
  const n = out.length;
  const rows: number[] = [];
  for (let i = 0; i < count; i++) if (g[i] !== 0) rows.push(i);
  let k = 0;
  for (; k + 3 < rows.length; k += 4) {
    const a = at + rows[k] * n, b = at + rows[k + 1] * n;
    const c = at + rows[k + 2] * n, d = at + rows[k + 3] * n;
    const p = g[rows[k]], q = g[rows[k + 1]], r = g[rows[k + 2]], s = g[rows[k + 3]];
    for (let j = 0; j < n; j++) {
      out[j] += p * x[a + j] + q * x[b + j] + r * x[c + j] + s * x[d + j];
    }
  }
  for (; k < rows.length; k++) {
    const a = at + rows[k] * n, p = g[rows[k]];
    for (let j = 0; j < n; j++) out[j] += p * x[a + j];
  }
}
