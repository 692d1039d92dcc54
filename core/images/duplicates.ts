/** Images that occur twice: the same pixels, or nearly the same picture. */

import { asPictures } from "./planes.ts";
import { resize } from "./resize.ts";
import { type Images, row, type Tensor, zeros } from "../tensor.ts";

/** Two images that look the same. */
export interface DuplicatePair {
  /** The place of the earlier one, in the order of {@linkcode DuplicateFinder.add}. */
  readonly first: number;
  /** The place of the later one. */
  readonly second: number;
  /** Correlation of both at 16 × 16 pixels; 1 for the same pixels. */
  readonly correlation: number;
  /** Whether all pixels are the same. */
  readonly exact: boolean;
}

/** Side of the thumbnails that are compared, in pixels. */
const SIDE = 16;
/** Pairs whose hashes differ in more than this many of 64 bits are not looked at. */
const MOST_BITS = 6;
/** The least correlation of thumbnails of nearly the same picture. */
const LEAST_CORRELATION = 0.998;
/** Images of one bucket that a further one is compared with, so that many plain images do not take n² steps. */
const MOST_PER_BUCKET = 200;

/**
 * Finds duplicates among images that are added one after the other, in 300 bytes per image. Candidates share a quarter of
 * the bits of a difference hash (dHash: whether a pixel of the 9 × 8 thumbnail is darker than its right neighbor), and are
 * then compared by correlation.
 *
 * @example
 * ```ts
 * import { Random, tensor } from "@countergrade/countergrade";
 * import { DuplicateFinder } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const finder = new DuplicateFinder();
 * const [a, b] = [1, 2].map((seed) => tensor([1, 1, 16, 16], new Random(seed).normals(256)));
 * for (const image of [a, b, a]) finder.add(image);
 * assertEquals(finder.pairs().map(({ first, second, exact }) => [first, second, exact]), [[0, 2, true]]);
 * ```
 */
export class DuplicateFinder {
  #hashes: [number, number][] = [];
  #contents: string[] = [];
  /** Thumbnails with mean 0 and length 1 in steps of 1/127 of their largest value; all 0 for an even image. */
  #thumbnails: Int8Array[] = [];
  #buckets = new Map<string, number[]>();
  #pairs: DuplicatePair[] = [];

  /** Adds images `[n, c, h, w]`, or volumes, whose three middle planes are compared. */
  add(images: Images): void {
    for (let i = 0; i < images.shape[0]; i++) this.#addOne(row(images, i));
  }

  /** Pairs found so far, by the place of the later image. An image is paired with the earliest it resembles. */
  pairs(): readonly DuplicatePair[] {
    return this.#pairs;
  }

  /** What is kept of the images: gray thumbnails `[n, 256]` of 16 × 16 pixels without their mean, each on a scale of its own. */
  thumbnails(): Tensor {
    const out = zeros([this.#thumbnails.length, SIDE * SIDE]);
    this.#thumbnails.forEach((thumbnail, i) => out.data.set(thumbnail, i * SIDE * SIDE));
    return out;
  }

  #addOne(image: Images): void {
    const gray = grayOf(asPictures(image));
    const place = this.#hashes.length;
    const hash = differenceHash(gray);
    const thumbnail = thumbnailOf(gray);
    const content = contentOf(image.data);
    const keys = bandsOf(hash);
    const candidates = new Set(keys.flatMap((key) => this.#buckets.get(key) ?? []));
    for (const first of [...candidates].sort((a, b) => a - b)) {
      const exact = this.#contents[first] === content;
      const bits = differentBits(this.#hashes[first], hash);
      const correlation = exact ? 1 : correlationOf(this.#thumbnails[first], thumbnail);
      if (!exact && (bits > MOST_BITS || correlation < LEAST_CORRELATION)) continue;
      this.#pairs.push({ first, second: place, correlation, exact });
      break;
    }
    this.#hashes.push(hash);
    this.#contents.push(content);
    this.#thumbnails.push(thumbnail);
    for (const key of keys) {
      const bucket = this.#buckets.get(key) ?? [];
      if (bucket.length < MOST_PER_BUCKET) bucket.push(place);
      this.#buckets.set(key, bucket);
    }
  }
}

function grayOf({ shape: [, c, h, w], data }: Images): Images {
  const out = new Float32Array(h * w);
  for (let i = 0; i < data.length; i++) out[i % (h * w)] += data[i] / c;
  return { shape: [1, 1, h, w], data: out };
}

/** Two words of 32 bits. */
function differenceHash(gray: Images): [number, number] {
  const { data } = resize(gray, 8, 9);
  const words: [number, number] = [0, 0];
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const darker = data[y * 9 + x] < data[y * 9 + x + 1];
      if (darker) words[y >> 2] |= 1 << (y % 4 * 8 + x);
    }
  }
  return words;
}

/** Two hashes that differ in few bits have one of these in common; bands of 16 bits. */
function bandsOf([a, b]: [number, number]): string[] {
  return [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16].map((band, i) => `${i}:${band}`);
}

function differentBits(a: [number, number], b: [number, number]): number {
  let count = 0;
  for (const i of [0, 1]) for (let x = a[i] ^ b[i]; x; x &= x - 1) count++;
  return count;
}

function thumbnailOf(gray: Images): Int8Array {
  const { data } = resize(gray, SIDE, SIDE);
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x - mean)), 0);
  return Int8Array.from(data, (x) => largest > 1e-4 ? Math.round(127 * (x - mean) / largest) : 0);
}

function correlationOf(a: Int8Array, b: Int8Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa && bb ? ab / Math.sqrt(aa * bb) : 0;
}

/** 64 bits that tell contents apart: two FNV-1a sums over the words. */
function contentOf(data: Float32Array): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word >>> 7 ^ word), 0x85ebca6b);
  }
  return `${words.length}:${a}:${b}`;
}
