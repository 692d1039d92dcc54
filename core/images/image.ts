/** Images as pictures: to PNG and back, side by side, and what changed between two. Volumes are pictured as {@linkcode asPictures} does. */

import { colorAt, DIVERGING } from "../figures/color.ts";
import { decode, type DecodedPng, encode } from "../formats/png/png.ts";
import { fitPixels } from "./fit.ts";
import { imagesOf, type Pixels } from "../formats/pixels.ts";
import { asPictures } from "./planes.ts";
import { expectShape, type Images, row, zeros } from "../tensor.ts";

/**
 * Image `index` as a PNG: gray for one channel, RGB for three. Intensity −1 is 0 and 1 is the greatest number; what lies
 * beyond is clamped, NaN is 0.
 *
 * @param options `depth`: bits per sample, 8 by default.
 * @throws {TypeError} When the shape is not `[n, 1 or 3, h, w]`, or that of volumes.
 * @throws {RangeError} When there is no such image.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { decode } from "../formats/png/png.ts";
 * import { toPng } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const { image } = decode(toPng(tensor([1, 1, 1, 3], [-1, 0, 2]), 0));
 * assertEquals(image, Uint8Array.of(0, 128, 255));
 * ```
 */
export function toPng(
  images: Images,
  index: number,
  { depth = 8 }: { depth?: 8 | 16 } = {},
): Uint8Array<ArrayBuffer> {
  const pictures = asPictures(images);
  const [n, c, h, w] = pictureShape("make a PNG", pictures);
  if (!Number.isInteger(index) || index < 0 || index >= n) {
    throw new RangeError(`Cannot make a PNG: expected an index below ${n}, it is ${index}`);
  }
  const { data } = row(pictures, index);
  const color = c === 1 ? "gray" : "rgb";
  if (depth === 16) {
    const pixels = new Uint16Array(h * w * c);
    interleave(
      data,
      c,
      (y) => Math.min(65_535, Math.max(0, Math.round((y + 1) * 32_767.5))),
      pixels,
    );
    return encode(pixels, w, h, { color, depth });
  }
  const pixels = new Uint8ClampedArray(h * w * c);
  interleave(data, c, (y) => (y + 1) * 127.5, pixels);
  return encode(new Uint8Array(pixels.buffer), w, h, { color });
}

/** Planes one after the other become pixels. */
function interleave(
  data: Float32Array,
  channels: number,
  sampleOf: (intensity: number) => number,
  pixels: Uint16Array | Uint8ClampedArray,
): void {
  const plane = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < plane; i++) {
      pixels[i * channels + channel] = sampleOf(data[channel * plane + i]);
    }
  }
}

/**
 * A PNG as images of shape `[1, c, h, w]` in [-1, 1].
 *
 * Gray becomes RGB by repetition, RGB becomes gray by its luma (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601); opacity is
 * ignored. Another size is resized as {@linkcode resize} says, without keeping the proportions.
 *
 * @param shape `[channels, height, width]`, as a data set's `imageShape`.
 * @throws {FormatError} When the bytes are no PNG, or beyond `maxPixels`.
 * @throws {TypeError} When `shape` does not have 1 or 3 channels.
 */
export function fromPng(
  bytes: Uint8Array,
  shape: readonly [number, number, number],
  options: { maxPixels?: number } = {},
): Images {
  const [c] = shape;
  if (c !== 1 && c !== 3) {
    throw new TypeError(`Cannot read a PNG as an image: expected 1 or 3 channels, there are ${c}`);
  }
  return fitPixels(pngPixels(bytes, options), shape, "stretch");
}

/**
 * A PNG as it is: `[1, 1, h, w]` for gray, `[1, 3, h, w]` for colors, in [-1, 1]; opacity is ignored.
 *
 * @throws {FormatError} When the bytes are no PNG, or beyond `maxPixels`.
 */
export function ofPng(bytes: Uint8Array, options: { maxPixels?: number } = {}): Images {
  return imagesOf(pngPixels(bytes, options));
}

/** As {@linkcode ofPng}, before numbers are made of it. @throws {FormatError} */
export function pngPixels(bytes: Uint8Array, options: { maxPixels?: number } = {}): Pixels {
  const { image, width, height, colorType, bitDepth } = decode(bytes, options);
  const { samples, channels } = layouts[colorType];
  return {
    channels,
    height,
    width,
    data: image,
    half: (2 ** bitDepth - 1) / 2,
    start: 0,
    strides: [1, samples * width, samples],
  };
}

const layouts = {
  gray: { samples: 1, channels: 1 },
  grayAlpha: { samples: 2, channels: 1 },
  rgb: { samples: 3, channels: 3 },
  rgba: { samples: 4, channels: 3 },
} satisfies Record<DecodedPng["colorType"], { samples: number; channels: number }>;

/**
 * A PNG of all images side by side, the first on the left.
 *
 * @param options `gap`: white pixels between two images, 2 by default. `columns`: images in a row, all by default; further ones
 * go into rows below.
 * @throws {TypeError} When the shape is not `[n, 1 or 3, h, w]`, or there is no image.
 */
export function strip(
  images: Images,
  { gap = 2, columns = images.shape[0] }: { gap?: number; columns?: number } = {},
): Uint8Array<ArrayBuffer> {
  const pictures = asPictures(images);
  const [n, c, h, w] = pictureShape("make a strip", pictures);
  if (n === 0) throw new TypeError("Cannot make a strip: expected at least one image");
  const lines = Math.ceil(n / columns);
  const [height, width] = [lines * h + (lines - 1) * gap, columns * w + (columns - 1) * gap];
  const out = zeros([1, c, height, width]);
  out.data.fill(1);
  for (let i = 0; i < n; i++) {
    const [down, right] = [Math.floor(i / columns) * (h + gap), (i % columns) * (w + gap)];
    for (let channel = 0; channel < c; channel++) {
      for (let y = 0; y < h; y++) {
        const source = ((i * c + channel) * h + y) * w;
        out.data.set(
          pictures.data.subarray(source, source + w),
          (channel * height + down + y) * width + right,
        );
      }
    }
  }
  return toPng(out, 0);
}

/** Shades of each arm of a difference map. */
const SHADES = 127;

/** The colors of {@linkcode toneDifference} from −1 to 1, in [-1, 1]. */
const tones = Array.from(
  { length: 2 * SHADES + 1 },
  (_, i) => colorAt(DIVERGING, i / (2 * SHADES)).map((part) => part / 127.5 - 1),
);

/**
 * Images one above the other, as `[n, c, k·h + (k − 1)·gap, w]` of k batches `[n, c, h, w]`, the first on top.
 *
 * @param options `gap`: white pixels between two images; 2 by default.
 * @throws {TypeError} When the shapes differ.
 */
export function stacked(batches: readonly Images[], { gap = 2 }: { gap?: number } = {}): Images {
  const pictures = batches.map((images) => asPictures(images));
  const [n, c, h, w] = pictures[0].shape;
  const height = pictures.length * (h + gap) - gap;
  const out = zeros([n, c, height, w]);
  out.data.fill(1);
  pictures.forEach((images, k) => {
    expectShape("stack images", images, [n, c, h, w]);
    for (let plane = 0; plane < n * c; plane++) {
      const pixels = images.data.subarray(plane * h * w, (plane + 1) * h * w);
      out.data.set(pixels, (plane * height + k * (h + gap)) * w);
    }
  });
  return out;
}

/**
 * What changes from `a` to `b`, as RGB images `[n, 3, h, w]` in [-1, 1]: white where nothing does, red where `b` is
 * brighter, blue where it is darker, in the even steps of {@linkcode DIVERGING}. The difference is the mean over the channels.
 *
 * @param a Images `[n, c, h, w]`, or one image that all of `b` are compared with.
 * @param b Images `[n, c, h, w]`.
 * @param options `range`: the difference that gets the full color; 0.5 by default, a quarter of the full contrast.
 * @throws {TypeError} When the shapes differ.
 */
export function toneDifference(
  a: Images,
  b: Images,
  { range = 0.5 }: { range?: number } = {},
): Images {
  const [before, after] = [asPictures(a), asPictures(b)];
  const [n, c, h, w] = after.shape;
  expectShape("compare images", before, [before.shape[0] === 1 ? 1 : n, c, h, w]);
  const plane = h * w;
  const out = zeros([n, 3, h, w]);
  for (let i = 0; i < n; i++) {
    const from = row(before, before.shape[0] === 1 ? 0 : i).data;
    const to = row(after, i).data;
    for (let p = 0; p < plane; p++) {
      let difference = 0;
      for (let at = p; at < c * plane; at += plane) difference += (to[at] - from[at]) / c;
      const tone = Math.min(1, Math.max(-1, difference / range || 0));
      const color = tones[Math.round((tone + 1) * SHADES)];
      for (let part = 0; part < 3; part++) out.data[(i * 3 + part) * plane + p] = color[part];
    }
  }
  return out;
}

function pictureShape(what: string, images: Images): readonly number[] {
  expectShape(what, images, [null, images.shape[1] === 3 ? 3 : 1, null, null]);
  return images.shape;
}

/**
 * Images `[n, …, w]` of which some are mirrored left to right.
 *
 * @param isMirrored Asked for each image, in their order.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { mirroredWhere } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const images = tensor([2, 1, 1, 2], [1, 2, 3, 4]);
 * assertEquals([...mirroredWhere(images, (i) => i === 1).data], [1, 2, 4, 3]);
 * ```
 */
export function mirroredWhere(images: Images, isMirrored: (image: number) => boolean): Images {
  const [n] = images.shape;
  const width = images.shape[images.shape.length - 1];
  const size = images.data.length / n;
  const data = images.data.slice();
  for (let i = 0; i < n; i++) {
    if (!isMirrored(i)) continue;
    for (let at = i * size; at < (i + 1) * size; at += width) {
      data.subarray(at, at + width).reverse();
    }
  }
  return { shape: images.shape, data };
}
