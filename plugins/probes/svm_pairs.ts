/** Steps of pairs of dual variables, in WebAssembly: each step looks at every row several times. */

import { type Arena, type Code, op, type Region, wasmModule } from "@countergrade/countergrade";

const { get, set, number, add, less, loop } = op;
const next = (local: number, bytes: number): Code => set(local, add(get(local), number(bytes)));
const range = (length: number, from = 0) => Array.from({ length }, (_, k) => from + k);
/** Doubles that a turn of a loop takes; vectors are as long as a multiple of it. */
export const TURN = 8;
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

/** Doubles that {@linkcode PairScan} needs for vectors of `length`. */
export const roomOf = (length: number): number => 6 * length + 32;

/** The vectors of a problem, and what is looked for in them at each step. Rows that may not rise or fall are infinitely far off. */
export class PairScan {
  /** `[length]`, a multiple of {@linkcode TURN}; what lies beyond the rows neither rises nor falls. */
  readonly violation: Float64Array;
  readonly #rises: Region;
  readonly #falls: Region;
  readonly #violation: Region;
  readonly #diagonal: Region;
  readonly #gains: Region;
  readonly #nothing: Region;
  readonly #scalars: Region;
  readonly #run: Record<string, (...numbers: number[]) => void>;
  readonly #bytes: number;

  constructor(memory: Arena, diagonal: Float64Array, length: number) {
    module ??= wasmModule(functions);
    this.#run = memory.functionsOf(module);
    this.#bytes = 8 * length;
    const vector = () => memory.doubles(length);
    [this.#violation, this.#rises, this.#falls] = [vector(), vector(), vector()];
    [this.#diagonal, this.#gains, this.#nothing] = [vector(), vector(), vector()];
    this.#scalars = memory.doubles(8);
    this.violation = this.#violation.values;
    this.#diagonal.values.set(diagonal);
    this.#rises.values.fill(-Infinity);
    this.#falls.values.fill(Infinity);
  }

  /** Whether the violation of row `k` may be lowered from above, or raised from below. */
  mark(k: number, rises: boolean, falls: boolean): void {
    this.#rises.values[k] = rises ? 0 : -Infinity;
    this.#falls.values[k] = falls ? 0 : Infinity;
  }

  /** Takes a step of `step` between two rows of the kernel, and finds the row of the highest violation that may rise. */
  move(step: number, rowI: number, rowJ: number): { i: number; highest: number } {
    const s = this.#scalars.values;
    [s[0], s[1]] = [step, -Infinity];
    const { address } = this.#violation;
    this.#run.move(address, rowI, rowJ, this.#rises.address, this.#bytes, this.#scalars.address);
    const highest = Math.max(s[2], s[3]);
    return {
      highest,
      i: highest > -Infinity ? this.#find(this.#violation, this.#rises, highest) : -1,
    };
  }

  /** The row that may fall and gains the most with row `i`, whose products are `row`, and the lowest violation of such rows. */
  partner(i: number, highest: number, row: number): { j: number; lowest: number } {
    const s = this.#scalars.values;
    [s[0], s[1], s[2], s[3]] = [highest, this.#diagonal.values[i], LEAST_CURVATURE, Infinity];
    this.#run.gains(
      this.#violation.address,
      row,
      this.#diagonal.address,
      this.#falls.address,
      this.#bytes,
      this.#gains.address,
      this.#scalars.address,
    );
    const [lowest, gain] = [Math.min(s[4], s[5]), Math.max(s[6], s[7])];
    return { lowest, j: gain > 0 ? this.#find(this.#gains, this.#nothing, gain) : -1 };
  }

  /** The first row where a + b is `value`. */
  #find(a: Region, b: Region, value: number): number {
    const s = this.#scalars.values;
    s[0] = value;
    this.#run.find(a.address, b.address, this.#bytes, this.#scalars.address);
    let k = s[1] / 8 - TURN;
    while (a.values[k] + b.values[k] !== value) k++;
    return k;
  }
}
