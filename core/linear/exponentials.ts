/** Exponentials of many numbers at once, on the vector units of the processor: what the losses of classifiers are made of. */

import { arena, type Region } from "./arena.ts";
import { type Code, op, type WasmFunction, wasmModule } from "./wasm.ts";

const { get, set, add, sub, number, loop, less, pair } = op;

/** Σ cₖ·xᵏ by Horner's rule, c from the highest power down. */
const polynomial = (x: number, coefficients: readonly number[]): Code =>
  coefficients.slice(1).reduce<Code>(
    (sum, c) => op.mulAddPairs(sum, get(x), pair(c)),
    pair(coefficients[0]),
  );

/** 1/12!, …, 1/1!, 1/0!: to e^{ln 2 / 2} the rest of the series is below 2e-16. */
const EXP = Array.from({ length: 12 }, (_, k) => k + 1)
  .reduce((terms, k) => [terms[0] / k, ...terms], [1]);
/** 1/31, …, 1/3, 1: up to s² = 1/9 the rest is below 2e-17. */
const ARTANH = Array.from({ length: 16 }, (_, k) => 1 / (31 - 2 * k));
/** ln 2 in two parts, of which whole multiples of the first are exact; and 1.5·2⁵², whose sums have no fraction. */
const [LN2_HIGH, LN2_LOW, ROUNDER] = [0.693147180369123816, 1.90821492927058770e-10, 1.5 * 2 ** 52];

/** x ← eˣ for x from −708 to 709 (beyond, those), with two spare locals: eˣ = 2ᵏ·eᵗ, where k = x / ln 2 rounded and |t| ≤ ln 2 / 2. */
const exponential = (x: number, k: number, whole: number): Code => [
  set(x, op.maxPairs(op.minPairs(get(x), pair(709)), pair(-708))),
  set(whole, op.addPairs(op.mulPairs(get(x), pair(Math.LOG2E)), pair(ROUNDER))),
  set(k, op.subPairs(get(whole), pair(ROUNDER))),
  set(x, op.mulAddPairs(get(k), pair(-LN2_HIGH), get(x))),
  set(x, op.mulAddPairs(get(k), pair(-LN2_LOW), get(x))),
  // The lowest bits of the rounded sum are k: in the place of the exponent they multiply by 2ᵏ.
  set(x, op.addBits(polynomial(x, EXP), op.shiftBits(get(whole), 52))),
];

/** exp(x, count): eˣ in place, of pairs of doubles. */
const exp: WasmFunction = (() => {
  const [x, count] = [0, 1];
  const [value, k, whole] = [2, 3, 4];
  return {
    parameters: 2,
    numbers: 0,
    pairs: 3,
    body: loop([
      set(value, op.load(get(x))),
      exponential(value, k, whole),
      op.store(get(x), get(value)),
      set(x, add(get(x), number(16))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/**
 * softplus(x, count, slopes): log(1 + eˣ) in place and σ(x). With r = e^{−|x|}: max(x, 0) + log(1 + r), where log(1 + r) =
 * 2·artanh(r / (2 + r)), and 1/(1 + r) or r/(1 + r).
 */
const softplusKernel: WasmFunction = (() => {
  const [x, count, slopes] = [0, 1, 2];
  const [value, r, k, whole, s] = [3, 4, 5, 6, 7];
  return {
    parameters: 3,
    numbers: 0,
    pairs: 5,
    body: loop([
      set(value, op.load(get(x))),
      set(r, op.subPairs(op.zeros, op.absPairs(get(value)))),
      exponential(r, k, whole),
      op.store(
        get(slopes),
        op.divPairs(
          op.select(get(r), pair(1), op.lessPairs(get(value), op.zeros)),
          op.addPairs(pair(1), get(r)),
        ),
      ),
      set(s, op.divPairs(get(r), op.addPairs(pair(2), get(r)))),
      set(k, op.mulPairs(get(s), get(s))),
      set(k, op.mulPairs(op.addPairs(get(s), get(s)), polynomial(k, ARTANH))),
      op.store(get(x), op.addPairs(get(k), op.maxPairs(get(value), op.zeros))),
      set(x, add(get(x), number(16))),
      set(slopes, add(get(slopes), number(16))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/** Numbers that are worked on at a time. */
const BLOCK = 256;

interface Desk {
  readonly x: Region;
  readonly slopes: Region;
  readonly exp: (...numbers: number[]) => void;
  readonly softplus: (...numbers: number[]) => void;
}
let desk: Desk | undefined;

function theDesk(): Desk {
  if (desk) return desk;
  const memory = arena(2 * BLOCK);
  const { exp: first, softplus: second } = memory.functionsOf(
    wasmModule({ exp, softplus: softplusKernel }),
  );
  return desk = {
    x: memory.doubles(BLOCK),
    slopes: memory.doubles(BLOCK),
    exp: first,
    softplus: second,
  };
}

/**
 * x ← eˣ, in place, within 1e-15 of its value; below −708 and above 709 as there.
 *
 * @example
 * ```ts
 * import { exponentials } from "@countergrade/countergrade/linear";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = Float64Array.of(0, -1, 2);
 * exponentials(x);
 * assertAlmostEquals(x[1], Math.exp(-1), 1e-15);
 * ```
 */
export function exponentials(x: Float64Array): void {
  const { x: { address, values }, exp } = theDesk();
  for (let from = 0; from < x.length; from += BLOCK) {
    const part = x.subarray(from, from + BLOCK);
    values.set(part);
    exp(address, Math.ceil(part.length / 2));
    part.set(values.subarray(0, part.length));
  }
}

/**
 * x ← log(1 + eˣ), in place, and its slope σ(x) = 1/(1 + e⁻ˣ) into `slopes`, as long as x: within 1e-15 of their values.
 *
 * @example
 * ```ts
 * import { softplus } from "@countergrade/countergrade/linear";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const [x, slopes] = [Float64Array.of(0, 1000), new Float64Array(2)];
 * softplus(x, slopes);
 * assertAlmostEquals(x[0], Math.LN2, 1e-15);
 * assertEquals([x[1], ...slopes], [1000, 0.5, 1]);
 * ```
 */
export function softplus(x: Float64Array, slopes: Float64Array): void {
  const { x: { address, values }, slopes: told, softplus } = theDesk();
  for (let from = 0; from < x.length; from += BLOCK) {
    const part = x.subarray(from, from + BLOCK);
    values.set(part);
    softplus(address, Math.ceil(part.length / 2), told.address);
    part.set(values.subarray(0, part.length));
    slopes.set(told.values.subarray(0, part.length), from);
  }
}
