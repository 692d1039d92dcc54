/** Sums of products over matrices, in WebAssembly: what fits of linear models spend their time on. */

import { type Code, op } from "./wasm.ts";

const { get, set, number, add, sub, mul, less, loop, when } = op;
const next = (local: number, bytes: number): Code => set(local, add(get(local), number(bytes)));
/** Local + factor·stride, for strides in a local. */
const stepped = (local: number, stride: number, factor: number): Code =>
  factor === 0 ? get(local) : add(get(local), mul(get(stride), number(factor)));
const range = (length: number, from = 0) => Array.from({ length }, (_, k) => from + k);

/**
 * standardize(x, count, mean, inverse, length): x ← (x − mean)·inverse in place, `count` rows of floats one after another; `length` is
 * that of the mean, in bytes, a multiple of 32.
 */
const standardize = (() => {
  const [x, count, mean, inverse, length, m, s, end] = range(8);
  return {
    parameters: 5,
    numbers: 3,
    pairs: 0,
    body: loop([
      set(m, get(mean)),
      set(s, get(inverse)),
      set(end, add(get(mean), get(length))),
      loop([
        range(2).map((k) =>
          op.storeFloats(
            get(x),
            op.mulPairs(
              op.subPairs(op.loadFloats(get(x), 8 * k), op.load(get(m), 16 * k)),
              op.load(get(s), 16 * k),
            ),
            8 * k,
          )
        ),
        next(x, 16),
        next(m, 32),
        next(s, 32),
      ], less(get(m), get(end))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/** squares(x, count, mean, length, out): out += Σᵢ (x[i] − mean)², rows of floats as of `standardize`. */
const squares = (() => {
  const [x, count, mean, length, out, m, o, end] = range(8);
  const [away] = range(1, 8);
  return {
    parameters: 5,
    numbers: 3,
    pairs: 1,
    body: loop([
      set(m, get(mean)),
      set(o, get(out)),
      set(end, add(get(mean), get(length))),
      loop([
        range(2).map((k) => [
          set(away, op.subPairs(op.loadFloats(get(x), 8 * k), op.load(get(m), 16 * k))),
          op.store(
            get(o),
            op.mulAddPairs(get(away), get(away), op.load(get(o), 16 * k)),
            16 * k,
          ),
        ]),
        next(x, 16),
        next(m, 32),
        next(o, 32),
      ], less(get(m), get(end))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/** How the numbers of a matrix are read and multiplied: as doubles, two at a time, or as floats, four at a time. */
interface Numbers {
  readonly load: (address: Code, offset?: number) => Code;
  /** Bytes that `load` reads. */
  readonly bytes: number;
  readonly mulAdd: (a: Code, b: Code, c: Code) => Code;
  /** The double at an address, in every place of a vector. */
  readonly spread: (address: Code, spare: number, offset: number) => Code;
  /** The sum of a vector as a double. */
  readonly sum: (local: number) => Code;
}
const doubles: Numbers = {
  load: op.load,
  bytes: 16,
  mulAdd: op.mulAddPairs,
  spread: (address, _, offset) => op.loadTwice(address, offset),
  sum: op.sumOf,
};
/** Floats that are multiplied as doubles. */
const floats: Numbers = { ...doubles, load: op.loadFloats, bytes: 8 };
/** Floats in single precision throughout. */
const singles: Numbers = {
  load: op.load,
  bytes: 16,
  mulAdd: op.mulAddFours,
  spread: op.floatFourTimes,
  sum: (local) => [
    set(local, op.addPairs(op.doublesOf(local, false), op.doublesOf(local, true))),
    op.sumOf(local),
  ],
};

/**
 * project(x, count, stride, w, length, out, wApart, outApart): out[k, i] += x[i]·w[k] for `count` rows (a multiple of four) that lie
 * `stride` bytes apart, and for one or two w of `length` bytes (a multiple of 32). The w lie `wApart` bytes apart, the out `outApart`,
 * which are doubles always.
 */
const projectOf = ({ load, bytes, mulAdd, sum: sumOf }: Numbers, outputs: number) => {
  const [x, count, stride, w, length, out, wApart, outApart] = range(8);
  const [p, q, r, s, v, end] = range(6, 8);
  // Eight sums at least: each waits for its last addition.
  const halves = outputs === 1 ? 2 : 1;
  const sums = range(4 * outputs * halves, 14);
  const weights = range(outputs, 14 + sums.length);
  const value = 14 + sums.length + outputs;
  const rows = [p, q, r, s];
  return {
    parameters: 8,
    numbers: 6,
    pairs: sums.length + outputs + 1,
    body: loop([
      sums.map((sum) => set(sum, op.zeros)),
      rows.map((row, k) => set(row, stepped(x, stride, k))),
      set(v, get(w)),
      set(end, add(get(w), get(length))),
      loop([
        range(2).map((half) => [
          weights.map((weight, k) => set(weight, op.load(stepped(v, wApart, k), 16 * half))),
          rows.map((row, i) => [
            set(value, load(get(row), bytes * half)),
            weights.map((weight, k) => {
              const sum = sums[4 * (k + half % halves) + i];
              return set(sum, mulAdd(get(value), get(weight), get(sum)));
            }),
          ]),
        ]),
        rows.map((row) => next(row, 2 * bytes)),
        next(v, 32),
      ], less(get(v), get(end))),
      range(outputs).map((k) => [
        set(v, stepped(out, outApart, k)),
        range(4).map((i) => [
          halves === 2
            ? op.storeNumber(
              get(v),
              op.addNumbers(op.loadNumber(get(v), 8 * i), sumOf(sums[4 + i])),
              8 * i,
            )
            : [],
          op.storeNumber(
            get(v),
            op.addNumbers(op.loadNumber(get(v), 8 * i), sumOf(sums[4 * k + i])),
            8 * i,
          ),
        ]),
      ]),
      next(out, 32),
      set(x, stepped(x, stride, 4)),
      set(count, sub(get(count), number(4))),
    ], less(number(0), get(count))),
  };
};

/**
 * pullBack(x, count, stride, g, length, out, outApart, gApart): out[k] += Σᵢ g[k, i]·x[i], sizes as of `project`; g are doubles always, out
 * of `length` bytes.
 */
const pullBackOf = ({ load, bytes, mulAdd, spread }: Numbers, outputs: number) => {
  const [x, count, stride, g, length, out, outApart, gApart] = range(8);
  const [p, q, r, s, v, end] = range(6, 8);
  const factors = range(4 * outputs, 14);
  const values = range(4, 14 + factors.length);
  const rows = [p, q, r, s];
  return {
    parameters: 8,
    numbers: 6,
    pairs: factors.length + 4,
    body: loop([
      range(outputs).map((k) => [
        set(v, stepped(g, gApart, k)),
        range(4).map((i) => set(factors[4 * k + i], spread(get(v), values[0], 8 * i))),
      ]),
      rows.map((row, k) => set(row, stepped(x, stride, k))),
      set(v, get(out)),
      set(end, add(get(out), get(length))),
      loop([
        range(2).map((half) => [
          rows.map((row, i) => set(values[i], load(get(row), bytes * half))),
          range(outputs).map((k) =>
            op.store(
              stepped(v, outApart, k),
              values.reduce<Code>(
                (sum, value, i) => mulAdd(get(value), get(factors[4 * k + i]), sum),
                op.load(stepped(v, outApart, k), 16 * half),
              ),
              16 * half,
            )
          ),
        ]),
        rows.map((row) => next(row, 2 * bytes)),
        next(v, 32),
      ], less(get(v), get(end))),
      next(g, 32),
      set(x, stepped(x, stride, 4)),
      set(count, sub(get(count), number(4))),
    ], less(number(0), get(count))),
  };
};

/** drain(x, length, out): out += x, and x ← 0, for doubles and `length` bytes of floats, a multiple of 16. */
const drain = (() => {
  const [x, length, out, end] = range(4);
  const value = 4;
  return {
    parameters: 3,
    numbers: 1,
    pairs: 1,
    body: [
      set(end, add(get(x), get(length))),
      loop([
        set(value, op.load(get(x))),
        [false, true].map((upper, half) =>
          op.store(
            get(out),
            op.addPairs(op.load(get(out), 16 * half), op.doublesOf(value, upper)),
            16 * half,
          )
        ),
        op.store(get(x), op.zeros),
        next(x, 16),
        next(out, 32),
      ], less(get(x), get(end))),
    ],
  };
})();

/**
 * multiply(a, rows, b, columns, stride, length, out, outStride, lower): out[i, j] += a[i]·b[j] over `length` bytes of rows that lie
 * `stride` bytes apart; rows a multiple of four, columns of two, length of 32. With `lower` only blocks with j ≤ i + 3.
 */
const multiply = (() => {
  const [a, rows, b, columns, stride, length, out, outStride, lower] = range(9);
  const [i, j, p, q, r, s, u, v, end, o, last] = range(11, 9);
  const sums = range(8, 20);
  const [x, y, z] = range(3, 28);
  const fours = [p, q, r, s];
  const gather = (sum: number, other: number) =>
    set(sum, op.mulAddPairs(get(z), get(other), get(sum)));
  return {
    parameters: 9,
    numbers: 11,
    pairs: 11,
    body: [
      set(i, number(0)),
      loop([
        set(j, number(0)),
        set(last, get(columns)),
        when(get(lower), [
          when(
            less(add(get(i), number(4)), get(columns)),
            set(last, add(get(i), number(4))),
          ),
        ]),
        loop([
          sums.map((sum) => set(sum, op.zeros)),
          fours.map((row, k) => set(row, add(get(a), mul(add(get(i), number(k)), get(stride))))),
          set(u, add(get(b), mul(get(j), get(stride)))),
          set(v, add(get(u), get(stride))),
          set(end, add(get(u), get(length))),
          loop([
            [0, 16].map((at) => [
              set(x, op.load(get(u), at)),
              set(y, op.load(get(v), at)),
              fours.map((row, k) => [
                set(z, op.load(get(row), at)),
                gather(sums[2 * k], x),
                gather(sums[2 * k + 1], y),
              ]),
            ]),
            [...fours, u, v].map((row) => next(row, 32)),
          ], less(get(u), get(end))),
          range(4).map((k) => [
            set(
              o,
              add(
                add(get(out), mul(add(get(i), number(k)), get(outStride))),
                mul(get(j), number(8)),
              ),
            ),
            range(2).map((c) =>
              op.storeNumber(
                get(o),
                op.addNumbers(op.loadNumber(get(o), 8 * c), op.sumOf(sums[2 * k + c])),
                8 * c,
              )
            ),
          ]),
          set(j, add(get(j), number(2))),
        ], less(get(j), get(last))),
        set(i, add(get(i), number(4))),
      ], less(get(i), get(rows))),
    ],
  };
})();

/**
 * gram(x, panels, apart, length, out, outStride): out[i, j] += Σₖ x[i/4, k, i%4]·x[j/4, k, j%4] over an even number of panels, `apart` bytes
 * from one to the next, of `length` bytes, a multiple of 64: four columns each, row by row. Only tiles of 4 × 8 that touch j ≤ i are computed, in single
 * precision, and added in double.
 */
const gram = (() => {
  const [x, panels, apart, length, out, outStride] = range(6);
  const [i, j, a, b, c, end, o] = range(7, 6);
  const sums = range(8, 13);
  const [left, right, one] = range(3, 21);
  return {
    parameters: 6,
    numbers: 7,
    pairs: 11,
    body: [
      set(i, number(0)),
      loop([
        set(j, number(0)),
        loop([
          sums.map((sum) => set(sum, op.zeros)),
          set(a, add(get(x), mul(get(i), get(apart)))),
          set(b, add(get(x), mul(get(j), get(apart)))),
          set(c, add(get(b), get(apart))),
          set(end, add(get(b), get(length))),
          loop([
            range(4).map((row) => [
              set(left, op.load(get(b), 16 * row)),
              set(right, op.load(get(c), 16 * row)),
              range(4).map((k) => [
                set(one, op.loadFloatFourTimes(get(a), 16 * row + 4 * k)),
                [left, right].map((four, half) => {
                  const sum = sums[2 * k + half];
                  return set(sum, op.mulAddFours(get(one), get(four), get(sum)));
                }),
              ]),
            ]),
            [a, b, c].map((at) => next(at, 64)),
          ], less(get(b), get(end))),
          set(
            o,
            add(
              add(get(out), mul(mul(get(i), number(4)), get(outStride))),
              mul(get(j), number(32)),
            ),
          ),
          range(4).map((k) => [
            range(4).map((pair) => [
              op.store(
                get(o),
                op.addPairs(
                  op.load(get(o), 16 * pair),
                  op.doublesOf(sums[2 * k + (pair >> 1)], pair % 2 === 1),
                ),
                16 * pair,
              ),
            ]),
            set(o, add(get(o), get(outStride))),
          ]),
          set(j, add(get(j), number(2))),
        ], less(get(j), add(get(i), number(1)))),
        set(i, add(get(i), number(1))),
      ], less(get(i), get(panels))),
    ],
  };
})();

/** pack(row, count, to, apart): groups of four floats of a row, `apart` bytes from one to the next. */
const pack = (() => {
  const [row, count, to, apart] = range(4);
  return {
    parameters: 4,
    numbers: 0,
    pairs: 0,
    body: loop([
      op.store(get(to), op.load(get(row))),
      next(row, 16),
      set(to, add(get(to), get(apart))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/** The functions, each of numbers and of addresses in bytes. */
export const kernels = {
  standardize,
  squares,
  project: projectOf(doubles, 1),
  projectFloats: projectOf(floats, 1),
  projectFloatsTwice: projectOf(floats, 2),
  pullBack: pullBackOf(doubles, 1),
  pullBackFloats: pullBackOf(floats, 1),
  pullBackFloatsTwice: pullBackOf(floats, 2),
  projectSingles: projectOf(singles, 1),
  projectSinglesTwice: projectOf(singles, 2),
  pullBackSingles: pullBackOf(singles, 1),
  pullBackSinglesTwice: pullBackOf(singles, 2),
  drain,
  multiply,
  gram,
  pack,
};
/** {@linkcode kernels} at work in a memory. */
export type Kernels = { readonly [K in keyof typeof kernels]: (...numbers: number[]) => void };
