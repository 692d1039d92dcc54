/** Sums of products over matrices, in WebAssembly: what fits of linear models spend their time on. */

import { type Code, op, wasmModule } from "./wasm.ts";

const { get, set, number, add, sub, mul, less, loop, when } = op;
const next = (local: number, bytes: number): Code => set(local, add(get(local), number(bytes)));
/** Local + factor·stride, for strides in a local. */
const stepped = (local: number, stride: number, factor: number): Code =>
  factor === 0 ? get(local) : add(get(local), mul(get(stride), number(factor)));
const range = (length: number) => Array.from({ length }, (_, k) => k);

/**
 * standardise(from, to, count, mean, inverse, columns): doubles (from − mean)·inverse from floats, row after row. `count` rows of
 * `columns` numbers, a multiple of four; rows of `to` are as long.
 */
const standardise = (() => {
  const [from, to, count, mean, inverse, columns, m, s, end] = range(9);
  return {
    parameters: 6,
    numbers: 3,
    pairs: 0,
    body: loop([
      set(m, get(mean)),
      set(s, get(inverse)),
      set(end, add(get(mean), mul(get(columns), number(8)))),
      loop([
        range(2).map((k) =>
          op.store(
            get(to),
            op.mulPairs(
              op.subPairs(op.loadFloats(get(from), 8 * k), op.load(get(m), 16 * k)),
              op.load(get(s), 16 * k),
            ),
            16 * k,
          )
        ),
        next(from, 16),
        next(to, 32),
        next(m, 32),
        next(s, 32),
      ], less(get(m), get(end))),
      set(count, sub(get(count), number(1))),
    ], less(number(0), get(count))),
  };
})();

/** project(x, count, stride, w, out): out[i] = x[i]·w for `count` rows (a multiple of four) of `stride` bytes (a multiple of 32). */
const project = (() => {
  const [x, count, stride, w, out, p, q, r, s, v, end] = range(11);
  const sums = range(4).map((k) => 11 + k);
  const weight = 15;
  return {
    parameters: 5,
    numbers: 6,
    pairs: 5,
    body: loop([
      sums.map((sum) => set(sum, op.zeros)),
      [p, q, r, s].map((row, k) => set(row, stepped(x, stride, k))),
      set(v, get(w)),
      set(end, add(get(w), get(stride))),
      loop([
        range(2).map((half) => [
          set(weight, op.load(get(v), 16 * half)),
          [p, q, r, s].map((row, k) =>
            set(
              sums[k],
              op.addPairs(
                get(sums[k]),
                op.mulPairs(op.load(get(row), 16 * half), get(weight)),
              ),
            )
          ),
        ]),
        [p, q, r, s, v].map((row) => next(row, 32)),
      ], less(get(v), get(end))),
      sums.map((sum, k) => op.storeNumber(get(out), op.sumOf(sum), 8 * k)),
      next(out, 32),
      set(x, stepped(x, stride, 4)),
      set(count, sub(get(count), number(4))),
    ], less(number(0), get(count))),
  };
})();

/** pullBack(x, count, stride, g, out): out += Σᵢ g[i]·x[i], sizes as of `project`. */
const pullBack = (() => {
  const [x, count, stride, g, out, p, q, r, s, v, end] = range(11);
  const factors = range(4).map((k) => 11 + k);
  return {
    parameters: 5,
    numbers: 6,
    pairs: 4,
    body: loop([
      factors.map((factor, k) => set(factor, op.loadTwice(get(g), 8 * k))),
      [p, q, r, s].map((row, k) => set(row, stepped(x, stride, k))),
      set(v, get(out)),
      set(end, add(get(out), get(stride))),
      loop([
        range(2).map((half) =>
          op.store(
            get(v),
            [p, q, r, s].reduce<Code>(
              (sum, row, k) =>
                op.addPairs(sum, op.mulPairs(op.load(get(row), 16 * half), get(factors[k]))),
              op.load(get(v), 16 * half),
            ),
            16 * half,
          )
        ),
        [p, q, r, s, v].map((row) => next(row, 32)),
      ], less(get(v), get(end))),
      next(g, 32),
      set(x, stepped(x, stride, 4)),
      set(count, sub(get(count), number(4))),
    ], less(number(0), get(count))),
  };
})();

/** What `multiply` needs to know of the numbers that it multiplies: of 16 bytes, two doubles or four floats. */
interface Lanes {
  readonly add: (a: Code, b: Code) => Code;
  readonly mul: (a: Code, b: Code) => Code;
  /** The sum over the lanes of a local, as a double. */
  readonly sum: (local: number) => Code;
}

/**
 * multiply(a, rows, b, columns, stride, length, out, outStride, lower): out[i, j] += a[i]·b[j] over `length` bytes of rows that lie
 * `stride` bytes apart; rows a multiple of four, columns of two, length of 32. With `lower` only blocks with j ≤ i + 3. `out` holds
 * doubles, whatever the rows hold.
 */
const multiplyLanes = (lanes: Lanes) => {
  const [a, rows, b, columns, stride, length, out, outStride, lower] = range(9);
  const [i, j, p, q, r, s, u, v, end, o, last] = range(11).map((k) => 9 + k);
  const sums = range(8).map((k) => 20 + k);
  const [x, y] = [28, 29];
  const fours = [p, q, r, s];
  const gather = (sum: number, row: number, at: number, other: number) =>
    set(sum, lanes.add(get(sum), lanes.mul(op.load(get(row), at), get(other))));
  return {
    parameters: 9,
    numbers: 11,
    pairs: 10,
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
                gather(sums[2 * k], row, at, x),
                gather(sums[2 * k + 1], row, at, y),
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
                op.addNumbers(op.loadNumber(get(o), 8 * c), lanes.sum(sums[2 * k + c])),
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
};
const multiply = multiplyLanes({ add: op.addPairs, mul: op.mulPairs, sum: op.sumOf });
const multiplyFloats = multiplyLanes({ add: op.addFours, mul: op.mulFours, sum: op.sumOfFours });

const kernels = { standardise, project, pullBack, multiply, multiplyFloats };
type Kernels = { readonly [K in keyof typeof kernels]: (...numbers: number[]) => void };

let module: WebAssembly.Module | undefined;

/** Memory for matrices, and the functions that work in it. Addresses are in bytes. */
export interface Arena extends Kernels {
  /** Reserves `count` doubles, zeroed, at an address that is a multiple of 16. */
  doubles(count: number): Region;
}

/** Some doubles of an {@linkcode Arena}. */
export interface Region {
  readonly address: number;
  readonly values: Float64Array<ArrayBuffer>;
}

/** Makes an arena that holds up to `count` doubles in regions; regions start at multiples of four doubles. */
export function arena(count: number): Arena {
  module ??= wasmModule(kernels);
  const pages = Math.ceil(8 * (count + 64) / 2 ** 16);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(module, { m: { m: memory } });
  let free = 16;
  return {
    ...instance.exports as unknown as Kernels,
    doubles(count) {
      const address = free;
      free += 8 * padded(count);
      return { address, values: new Float64Array(memory.buffer as ArrayBuffer, address, count) };
    },
  };
}

/** The next multiple of four. */
export function padded(count: number): number {
  return 4 * Math.ceil(count / 4);
}
