/** Seeded random numbers: the same seed gives the same run. */

/**
 * A seeded generator (sfc32, seeded through a hash of its label path).
 *
 * `fork(label)` derives an independent stream from the seed and the label alone, not from how many numbers were drawn:
 * step 1,000 of a resumed training sees the same noise as step 1,000 of an uninterrupted one.
 *
 * @example
 * ```ts
 * import { Random } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Random(7).uniform(), new Random(7).uniform());
 * ```
 */
export class Random {
  /** The seed with the labels of all forks, joined by `/`. */
  readonly seed: string;
  #state: Uint32Array;
  #spare: number | undefined;

  /** Equal seeds give equal numbers; 7 and "7" are equal. */
  constructor(seed: number | string) {
    this.seed = String(seed);
    this.#state = hash128(this.seed);
    for (let i = 0; i < 15; i++) this.#next();
  }

  /** An independent generator for `label`, whatever has been drawn from this one. */
  fork(...label: (string | number)[]): Random {
    return new Random(`${this.seed}/${label.join("/")}`);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /** A uniform integer in [0, limit). */
  integer(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** `length` standard normal numbers. */
  normals(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.normal());
  }

  /** A uniform permutation of 0 … length − 1 (Fisher–Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  // sfc32 by Chris Doty-Humphrey (PractRand, public domain).
  #next(): number {
    const s = this.#state;
    const t = (s[0] + s[1] + s[3]) >>> 0;
    s[3] = s[3] + 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + t;
    return t;
  }
}

/** Four words from a string: FNV-1a per lane, finished with murmur3's mixer. */
function hash128(text: string): Uint32Array {
  const lanes = Uint32Array.of(0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b);
  for (let i = 0; i < text.length; i++) {
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = Math.imul(lanes[lane] ^ (text.charCodeAt(i) + lane), 0x01000193);
    }
  }
  return lanes.map((word) => {
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return word ^ (word >>> 16);
  });
}
