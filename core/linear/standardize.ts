/** Standardization: codes in units of their own spread, so that no dimension outweighs another. */

import { InputError } from "../errors.ts";
import { arena, padded } from "./arena.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** Rows that are measured at a time. */
const BLOCK = 64;

/** The mean and standard deviation (divisor n) of each code dimension, `[d]` each. */
export interface Standardization {
  /** `[d]`, of the training codes. */
  readonly mean: Float64Array;
  /** 1 where a dimension is constant, so that dividing by it is safe. */
  readonly sigma: Float64Array;
}

/**
 * Measures codes `[n, d]`.
 *
 * @throws {TypeError} When the shape is wrong.
 * @throws {InputError} When there are no codes, or one is NaN or infinite, or all of them are the same.
 */
export function standardization(codes: Codes): Standardization {
  expectShape("measure codes", codes, [null, null]);
  const [n, d] = codes.shape;
  if (n === 0 || d === 0) {
    throw new InputError(
      `Cannot measure codes: expected at least one, current shape is [${n}, ${d}]`,
    );
  }
  const { data } = codes;
  const wide = padded(d);
  using memory = arena(wide * (BLOCK / 2 + 2) + BLOCK);
  const x = memory.floats(BLOCK * wide);
  const [sums, spread] = [memory.doubles(wide), memory.doubles(wide)];
  const ones = memory.doubles(BLOCK);
  ones.values.fill(1);
  const eachBlock = (add: (count: number) => void) => {
    for (let start = 0; start < n; start += BLOCK) {
      const count = Math.min(BLOCK, n - start);
      if (count < BLOCK) x.values.fill(0);
      for (let i = 0; d < wide && i < count; i++) {
        x.values.set(data.subarray((start + i) * d, (start + i + 1) * d), i * wide);
      }
      if (d === wide) x.values.set(data.subarray(start * d, (start + count) * d));
      add(count);
    }
  };
  eachBlock((count) => {
    const bytes = 4 * wide;
    const { address } = sums;
    memory.pullBackFloats(x.address, padded(count), bytes, ones.address, 2 * bytes, address, 0, 0);
  });
  const mean = sums.values.slice(0, d);
  // Sums of floats stay within the range of doubles: one that is not finite tells of a number that is not.
  if (!mean.every(Number.isFinite)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    throw new InputError(
      `Cannot measure codes: expected finite numbers, row ${Math.floor(at / d)} has ${
        data[at]
      } in dimension ${at % d}`,
    );
  }
  for (let j = 0; j < d; j++) sums.values[j] = mean[j] /= n;
  eachBlock((count) => memory.squares(x.address, count, sums.address, 8 * wide, spread.address));
  const variance = spread.values.slice(0, d);
  for (let j = 0; j < d; j++) variance[j] /= n;
  // A constant column may still show rounding noise around its mean.
  const sigma = variance.map((v, j) => Math.sqrt(v) > 1e-7 * Math.abs(mean[j]) ? Math.sqrt(v) : 0);
  if (sigma.every((s) => s === 0)) {
    throw new InputError("Cannot measure codes: expected them to differ, all codes are the same");
  }
  return { mean, sigma: sigma.map((s) => s || 1) };
}
