/** What is looked at to tell whether an image belongs to a data set: its code, its coarse picture, which way up it is, its detail. */

import {
  type Codes,
  type CodeStatistics,
  type Images,
  type Tensor,
  tensor,
  zeros,
} from "@countergrade/countergrade";
import { resize, slicesAsChannels } from "@countergrade/countergrade/images";
import {
  codeStatistics,
  mahalanobis,
  marginal,
  percentile,
} from "@countergrade/countergrade/linear";

/** The traits, with what is said of an image whose trait is strange. */
export const TRAITS = {
  code: "its code lies far from those of the training images",
  picture: "the picture is not one that its code stands for",
  orientation: "it would be more usual turned, upside down or as a negative",
  detail: "it has much more or much less detail",
} as const;

/** The name of a trait. */
export type Trait = keyof typeof TRAITS;

/** Rows and columns of a coarse picture. */
const GRID = 8;

/** What training images are like. */
export interface Kind {
  /** Of code and coarse picture together, `[d + c·64]`. */
  readonly joint: CodeStatistics;
  /** Of the code alone `[d]`. */
  readonly code: CodeStatistics;
  /** Of the coarse picture alone `[c·64]`. */
  readonly picture: CodeStatistics;
  /** The median of {@linkcode detailOf}. */
  readonly detail: number;
}

/** A kind from what is kept of it; `d` is the length of a code. */
export function kindFrom(joint: CodeStatistics, d: number, detail: number): Kind {
  return {
    joint,
    code: marginal(joint, 0, d),
    picture: marginal(joint, d, joint.mean.data.length),
    detail,
  };
}

/** Images `[n, c, h, w]` as coarse pictures `[n, c·64]`: means of 8 × 8 fields; of volumes those of 8 slabs. */
function coarse(images: Images): Tensor {
  const { shape: [n, c], data } = resize(slicesAsChannels(slabsOf(images)), GRID, GRID);
  return tensor([n, c * GRID * GRID], data);
}

/** Volumes `[n, c, d, h, w]` with at most 8 slices, the means of those that lie together. */
function slabsOf(images: Images): Images {
  if (images.shape.length !== 5) return images;
  const [n, c, d, h, w] = images.shape;
  const slabs = Math.min(GRID, d);
  const slabOf = (slice: number) => Math.floor(slice * slabs / d);
  const thickness = new Float64Array(slabs);
  for (let slice = 0; slice < d; slice++) thickness[slabOf(slice)]++;
  const out = zeros([n, c, slabs, h, w]);
  for (let i = 0; i < n * c * d; i++) {
    const slab = slabOf(i % d);
    const to = (Math.floor(i / d) * slabs + slab) * h * w;
    for (let q = 0; q < h * w; q++) {
      out.data[to + q] += images.data[i * h * w + q] / thickness[slab];
    }
  }
  return out;
}

/** Where the value of field (y, x) comes from when a coarse picture is turned by 90°, 180° or 270°, or stands on its head. */
const TURNS: readonly ((y: number, x: number) => readonly [number, number])[] = [
  (y, x) => [x, GRID - 1 - y],
  (y, x) => [GRID - 1 - y, GRID - 1 - x],
  (y, x) => [GRID - 1 - x, y],
  (y, x) => [GRID - 1 - y, x],
];

/** Coarse pictures as they would be otherwise: turned, upside down, negative. Mirrored ones are left out: there are two knees and two eyes. */
function otherwise(pictures: Tensor): Tensor[] {
  const { shape, data } = pictures;
  const turned = TURNS.map((from) =>
    Float32Array.from(data, (_, i) => {
      const at = i % (GRID * GRID);
      const [y, x] = from(Math.floor(at / GRID), at % GRID);
      return data[i - at + y * GRID + x];
    })
  );
  return [...turned, data.map((value) => -value)].map((data) => tensor(shape, data));
}

/** The logarithm `[n]` of the mean square of the steps between neighboring pixels. */
function detailOf(images: Images): Float64Array {
  const { shape: [n, c, h, w], data } = slicesAsChannels(images);
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    const start = i * c * h * w;
    for (let q = 0; q < c * h * w; q++) {
      const [y, x] = [Math.floor(q / w) % h, q % w];
      const value = data[start + q];
      if (x + 1 < w) sum += (data[start + q + 1] - value) ** 2;
      if (y + 1 < h) sum += (data[start + q + w] - value) ** 2;
    }
    return Math.log(sum / (c * h * w) + DARK);
  });
}

/** So that an empty image has a detail: a hundredth of a step of 8 bits, squared. */
const DARK = 1e-8;

/** Codes `[n, d]` and coarse pictures, side by side. */
function together(codes: Codes, pictures: Tensor): Tensor {
  const [n, d] = codes.shape;
  const p = pictures.shape[1];
  const out = new Float32Array(n * (d + p));
  for (let i = 0; i < n; i++) {
    out.set(codes.data.subarray(i * d, (i + 1) * d), i * (d + p));
    out.set(pictures.data.subarray(i * p, (i + 1) * p), i * (d + p) + d);
  }
  return tensor([n, d + p], out);
}

/** Images as they are looked at: made once, so that the images themselves need not be kept. */
export interface Sketches {
  /** `[n, d]` */
  readonly codes: Codes;
  /** `[n, c·64]`, see {@linkcode coarse}. */
  readonly pictures: Tensor;
  /** `[n]` */
  readonly detail: Float64Array;
}

/** Sketches of images `[n, …]` with their codes `[n, d]`. */
export function sketch(images: Images, codes: Codes): Sketches {
  return { codes, pictures: coarse(images), detail: detailOf(images) };
}

/** What the images of some sketches are like. @throws {InputError} When all of them are the same. */
export function kindOf({ codes, pictures, detail }: Sketches): Kind {
  const joint = codeStatistics(together(codes, pictures));
  return kindFrom(joint, codes.shape[1], percentile(detail, 50));
}

/**
 * How strange images are beside a kind, by trait; larger is stranger. With d² the squared Mahalanobis distance under the joint normal
 * distribution of code z and coarse picture x:
 *
 *     code         log d²(z)
 *     picture      log d²(x | z) = log (d²(z, x) − d²(z))
 *     orientation  log d²(x) − log min d²(Tx) over T: turned, upside down, negative
 *     detail       |log e − its median|, e the mean square of steps between neighboring pixels
 *
 * @returns `[n][4]`, in the order of {@linkcode TRAITS}.
 */
export function traitsOf({ codes, pictures, detail }: Sketches, kind: Kind): number[][] {
  const square = (statistics: CodeStatistics, rows: Tensor) =>
    mahalanobis(statistics, rows).map((length) => length ** 2);
  const ofCode = square(kind.code, codes);
  const ofBoth = square(kind.joint, together(codes, pictures));
  const ofPicture = square(kind.picture, pictures);
  const others = otherwise(pictures).map((other) => square(kind.picture, other));
  return Array.from({ length: codes.shape[0] }, (_, i) => [
    log(ofCode[i]),
    log(ofBoth[i] - ofCode[i]),
    log(ofPicture[i]) - log(Math.min(...others.map((other) => other[i]))),
    Math.abs(detail[i] - kind.detail),
  ]);
}

/** Of a square that rounding may have made 0 or less. */
function log(square: number): number {
  return Math.log(Math.max(square, Number.EPSILON));
}
