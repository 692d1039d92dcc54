/** Steps of pairs of dual variables, in WebAssembly: each step looks at every row several times. */

import {
  type Arena,
  type Code,
  op,
  type Region,
  wasmModule,
} from "@countergrade/countergrade/linear";

const { get, set, number, add, less, loop } = op;
const next = (local: number, bytes: number): Code => set(local, add(get(local), number(bytes)));
const range = (length: number, from = 0) => Array.from({ length }, (_, k) => from + k);
/** Doubles that a turn of a loop takes; vectors are as long as a multiple of it. */
const TURN = 8;
/** A turn takes pairs of doubles at these offsets. */
const OFFSETS = range(TURN / 2).map((k) => 16 * k);
/** Folds partial extremes of four chains into one. */
const fold = (locals: readonly number[], by: (a: Code, b: Code) => Code): Code =>
  locals.map(get).reduce(by);

/** move(v, rowI, rowJ, rises, length, scalars): v ← v − s₀·(rowI − rowJ); s₂, s₃: the highest v + rises of even and odd rows. */
const move = (() => {
  const [v, rowI, rowJ, rises, length, scalars, end] = range(7);
  const most = range(4, 7);
  const [step, value] = range(2, 11);
  return {
    parameters: 6,
    numbers: 1,
    pairs: 6,
    body: [
      set(step, op.loadTwice(get(scalars))),
      most.map((local) => set(local, op.loadTwice(get(scalars), 8))),
      set(end, add(get(v), get(length))),
      loop([
        OFFSETS.map((at, k) => [
          set(
            value,
            op.subPairs(
              op.load(get(v), at),
              op.mulPairs(
                get(step),
                op.subPairs(op.load(get(rowI), at), op.load(get(rowJ), at)),
              ),
            ),
          ),
          op.store(get(v), get(value), at),
          set(
            most[k],
            op.maxPairs(get(most[k]), op.addPairs(get(value), op.load(get(rises), at))),
          ),
        ]),
        [v, rowI, rowJ, rises].map((local) => next(local, 8 * TURN)),
      ], less(get(v), get(end))),
      op.store(get(scalars), fold(most, op.maxPairs), 16),
    ],
  };
})();

/**
 * gains(v, row, diagonal, falls, length, out, scalars): out = g²/max(s₁ + diagonal − 2·row, s₂), g = max(s₀ − v − falls, 0);
 * s₄, s₅: the lowest v + falls, s₆, s₇: the largest gain.
 */
const gains = (() => {
  const [v, row, diagonal, falls, length, out, scalars, end] = range(8);
  const lowest = range(4, 8);
  const best = range(4, 12);
  const [highest, own, least, value] = range(4, 16);
  return {
    parameters: 7,
    numbers: 1,
    pairs: 12,
    body: [
      set(highest, op.loadTwice(get(scalars))),
      set(own, op.loadTwice(get(scalars), 8)),
      set(least, op.loadTwice(get(scalars), 16)),
      lowest.map((local) => set(local, op.loadTwice(get(scalars), 24))),
      set(end, add(get(v), get(length))),
      loop([
        OFFSETS.map((at, k) => [
          set(value, op.addPairs(op.load(get(v), at), op.load(get(falls), at))),
          set(lowest[k], op.minPairs(get(lowest[k]), get(value))),
          set(value, op.maxPairs(op.zeros, op.subPairs(get(highest), get(value)))),
          set(
            value,
            op.divPairs(
              op.mulPairs(get(value), get(value)),
              op.maxPairs(
                get(least),
                op.subPairs(
                  op.addPairs(get(own), op.load(get(diagonal), at)),
                  op.addPairs(op.load(get(row), at), op.load(get(row), at)),
                ),
              ),
            ),
          ),
          op.store(get(out), get(value), at),
          set(best[k], op.maxPairs(get(best[k]), get(value))),
        ]),
        [v, row, diagonal, falls, out].map((local) => next(local, 8 * TURN)),
      ], less(get(v), get(end))),
      op.store(get(scalars), fold(lowest, op.minPairs), 32),
      op.store(get(scalars), fold(best, op.maxPairs), 48),
    ],
  };
})();

/** find(a, b, length, scalars): s₁ is how many bytes into a the first turn lies in which some a + b is s₀, or `length`. */
const find = (() => {
  const [a, b, length, scalars, at, end] = range(6);
  const [wanted, found] = range(2, 6);
  return {
    parameters: 4,
    numbers: 2,
    pairs: 2,
    body: [
      set(wanted, op.loadTwice(get(scalars))),
      set(at, get(a)),
      set(end, add(get(a), get(length))),
      loop([
        set(
          found,
          OFFSETS.map((offset) =>
            op.equalPairs(
              op.addPairs(op.load(get(at), offset), op.load(get(b), offset)),
              get(wanted),
            )
          ).reduce(op.orBits),
        ),
        next(at, 8 * TURN),
        next(b, 8 * TURN),
      ], op.both(op.noBits(get(found)), less(get(at), get(end)))),
      op.storeNumber(get(scalars), op.asNumber(op.sub(get(at), get(a))), 8),
    ],
  };
})();

const functions = { move, gains, find };
let module: WebAssembly.Module | undefined;

/** Equal rows have no curvature between them; this makes the step large, and a bound ends it. */
export const LEAST_CURVATURE = 1e-12;

/** The vectors of a problem in memory, and what is looked for in them at each step: some rows of a kernel matrix, by their places. */
export class PairScan {
  /** Of the rows in their places; as long as the vectors in memory are. */
  readonly violation: Float64Array;
  readonly diagonal: Float64Array;
  readonly #rises: Region;
  readonly #falls: Region;
  readonly #violation: Region;
  readonly #diagonal: Region;
  readonly #gains: Region;
  readonly #nothing: Region;
  readonly #scalars: Region;
  readonly #run: Record<string, (...numbers: number[]) => void>;
  /** K as a whole, and what is in use: K, or some of its rows and columns. */
  readonly #all: Products;
  readonly #some: Region;
  #now: Products;
  #bytes = 0;

  /** Doubles that this takes beside a kernel of `size` rows, `stride` apart. */
  static room(size: number, stride: number): number {
    return 6 * stride + 8 + longest(size) * padTo(longest(size));
  }

  constructor(memory: Arena, products: Region, size: number, stride: number) {
    module ??= wasmModule(functions);
    this.#run = memory.functionsOf(module);
    const vector = () => memory.doubles(stride);
    [this.#violation, this.#rises, this.#falls] = [vector(), vector(), vector()];
    [this.#diagonal, this.#gains, this.#nothing] = [vector(), vector(), vector()];
    this.#scalars = memory.doubles(8);
    this.#some = memory.doubles(longest(size) * padTo(longest(size)));
    this.violation = this.#violation.values;
    this.diagonal = this.#diagonal.values;
    this.#all = this.#now = { ...products, size, stride };
  }

  /**
   * Begins with these rows (rising). Few of them are gathered, so that a step costs as much as there are; otherwise all rows of the kernel
   * keep their places.
   *
   * @returns The row at each place.
   */
  begin(rows: Int32Array): Int32Array {
    const { values: k, size, stride } = this.#all;
    const few = rows.length <= longest(size);
    this.#now = few ? { ...this.#some, size: rows.length, stride: padTo(rows.length) } : this.#all;
    const places = few ? rows : Int32Array.from({ length: size }, (_, i) => i);
    const { values: some, stride: apart } = this.#now;
    this.#bytes = 8 * apart;
    this.#rises.values.fill(-Infinity);
    this.#falls.values.fill(Infinity);
    this.violation.fill(0);
    for (let p = 0; p < places.length; p++) {
      const row = places[p] * stride;
      this.diagonal[p] = k[row + places[p]];
      if (!few) continue;
      for (let q = 0, to = p * apart; q < places.length; q++, to++) some[to] = k[row + places[q]];
      some.fill(0, p * apart + places.length, (p + 1) * apart);
    }
    return places;
  }

  /** K of the rows in places `p` and `q`. */
  product(p: number, q: number): number {
    return this.#now.values[p * this.#now.stride + q];
  }

  /** Whether the row at a place may rise in violation order, or fall; at first none may. */
  mark(p: number, rises: boolean, falls: boolean): void {
    this.#rises.values[p] = rises ? 0 : -Infinity;
    this.#falls.values[p] = falls ? 0 : Infinity;
  }

  /** Takes a step of `step` between two rows, and finds the one of the highest violation that may rise: `i`, or −1. */
  move(step: number, p: number, q: number): { i: number; highest: number } {
    const s = this.#scalars.values;
    [s[0], s[1]] = [step, -Infinity];
    this.#run.move(
      this.#violation.address,
      this.#addressOf(p),
      this.#addressOf(q),
      this.#rises.address,
      this.#bytes,
      this.#scalars.address,
    );
    const highest = Math.max(s[2], s[3]);
    const i = highest > -Infinity ? this.#find(this.#violation, this.#rises, highest) : -1;
    return { highest, i };
  }

  /** The row `j` that may fall and gains the most with the row at place `i`, or −1, and the lowest violation of such rows. */
  partner(i: number, highest: number): { j: number; lowest: number } {
    const s = this.#scalars.values;
    [s[0], s[1], s[2], s[3]] = [highest, this.diagonal[i], LEAST_CURVATURE, Infinity];
    this.#run.gains(
      this.#violation.address,
      this.#addressOf(i),
      this.#diagonal.address,
      this.#falls.address,
      this.#bytes,
      this.#gains.address,
      this.#scalars.address,
    );
    const [lowest, gain] = [Math.min(s[4], s[5]), Math.max(s[6], s[7])];
    return { lowest, j: gain > 0 ? this.#find(this.#gains, this.#nothing, gain) : -1 };
  }

  #addressOf(p: number): number {
    return this.#now.address + 8 * p * this.#now.stride;
  }

  /** The first place where a + b is `value`. */
  #find(a: Region, b: Region, value: number): number {
    const s = this.#scalars.values;
    s[0] = value;
    this.#run.find(a.address, b.address, this.#bytes, this.#scalars.address);
    let k = s[1] / 8 - TURN;
    while (a.values[k] + b.values[k] !== value) k++;
    return k;
  }
}

/** Products of `size` rows with one another, rows `stride` apart. */
interface Products extends Region {
  readonly size: number;
  readonly stride: number;
}

/** With more than half of the rows, gathering them saves little. */
const longest = (size: number) => Math.floor(size / 2);
const padTo = (size: number) => TURN * Math.ceil(size / TURN);
