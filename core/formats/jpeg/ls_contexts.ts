/** What JPEG-LS has learned of errors by their surroundings (ITU-T T.87, A.2, A.6, A.7). */

import type { LsBits } from "./ls_bits.ts";
import type { LsParameters, LsRanges } from "./ls_parameters.ts";

/** Contexts of gradients, and behind them two of ends of runs. */
const REGULAR = 365;

/** Learns and predicts; letters as in the standard. */
export class LsContexts {
  readonly #parameters: LsParameters;
  readonly #ranges: LsRanges;
  readonly #a: Int32Array;
  readonly #b = new Int32Array(REGULAR);
  readonly #c = new Int32Array(REGULAR);
  readonly #n = new Int32Array(REGULAR + 2).fill(1);
  readonly #negative = new Int32Array(2);

  constructor(parameters: LsParameters, ranges: LsRanges) {
    this.#parameters = parameters;
    this.#ranges = ranges;
    const start = Math.max(2, Math.floor((ranges.range + 32) / 64));
    this.#a = new Int32Array(REGULAR + 2).fill(start);
  }

  /** A sample whose neighbors differ: a left, b above, c above left, d above right. */
  regular(bits: LsBits, a: number, b: number, c: number, d: number): number {
    let context = 81 * this.#level(d - b) + 9 * this.#level(b - c) + this.#level(c - a);
    const sign = context < 0 ? -1 : 1;
    context *= sign;
    const { maxval } = this.#parameters;
    const guess = c >= Math.max(a, b)
      ? Math.min(a, b)
      : c <= Math.min(a, b)
      ? Math.max(a, b)
      : a + b - c;
    const shifted = Math.min(maxval, Math.max(0, guess + sign * this.#c[context]));
    const k = this.#k(context, this.#a[context]);
    const mapped = bits.golomb(k, this.#ranges.limit, this.#ranges.qbpp);
    const error = this.#unmapped(mapped, k, context);
    this.#learn(context, error);
    return this.#reconstructed(shifted, sign * error);
  }

  /** The sample that ends a run, or with `type` 1 one whose neighbors are alike. */
  runEnd(bits: LsBits, a: number, b: number, type: 0 | 1, shorter: number): number {
    const context = REGULAR + type;
    const n = this.#n[context];
    const k = this.#k(context, this.#a[context] + (type ? n >> 1 : 0));
    const { limit, qbpp } = this.#ranges;
    const mapped = bits.golomb(k, limit - shorter - 1, qbpp);
    const whole = mapped + type;
    const odd = whole & 1;
    const size = (whole + odd) >> 1;
    const isNegative = (k !== 0 || 2 * this.#negative[type] >= n) === (odd === 1);
    const error = isNegative ? -size : size;
    if (error < 0) this.#negative[type]++;
    this.#a[context] += (mapped + 1 - type) >> 1;
    if (n === this.#parameters.reset) {
      this.#a[context] >>= 1;
      this.#n[context] >>= 1;
      this.#negative[type] >>= 1;
    }
    this.#n[context]++;
    return this.#reconstructed(type ? a : b, !type && a > b ? -error : error);
  }

  /** A gradient as one of nine levels, -4 … 4. */
  #level(d: number): number {
    const { near, t1, t2, t3 } = this.#parameters;
    const size = Math.abs(d);
    const level = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
    return d < 0 ? -level : level;
  }

  #k(context: number, sum: number): number {
    const n = this.#n[context];
    let k = 0;
    while (n * 2 ** k < sum && k < 32) k++;
    return k;
  }

  #unmapped(mapped: number, k: number, context: number): number {
    const turned = this.#parameters.near === 0 && k === 0 &&
      2 * this.#b[context] <= -this.#n[context];
    if (turned) return mapped & 1 ? (mapped - 1) / 2 : -mapped / 2 - 1;
    return mapped & 1 ? -(mapped + 1) / 2 : mapped / 2;
  }

  #learn(context: number, error: number): void {
    const { near, reset } = this.#parameters;
    this.#a[context] += Math.abs(error);
    let b = this.#b[context] + error * (2 * near + 1);
    let n = this.#n[context];
    if (n === reset) {
      this.#a[context] >>= 1;
      b >>= 1;
      n >>= 1;
    }
    n++;
    if (b <= -n) {
      b = Math.max(b + n, 1 - n);
      if (this.#c[context] > -128) this.#c[context]--;
    } else if (b > 0) {
      b = Math.min(b - n, 0);
      if (this.#c[context] < 127) this.#c[context]++;
    }
    this.#b[context] = b;
    this.#n[context] = n;
  }

  #reconstructed(guess: number, error: number): number {
    const { maxval, near } = this.#parameters;
    const step = 2 * near + 1;
    let value = guess + error * step;
    if (value < -near) value += this.#ranges.range * step;
    else if (value > maxval + near) value -= this.#ranges.range * step;
    return Math.min(maxval, Math.max(0, value));
  }
}
