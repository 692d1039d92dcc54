/** Volumes slice by slice, as is usual: a network for pictures, and one code for all slices, the mean of theirs. */

import {
  type CallOptions,
  type Codes,
  concatRows,
  type Dataset,
  type Encoder,
  expectShape,
  type Images,
  type ImageShape,
  InputError,
  type Latents,
  rows,
  sizeOf,
  takeRows,
  type Tensor,
  zeros,
} from "@countergrade/countergrade";

/** Volumes that are encoded at once. */
const AT_ONCE = 8;

/** The slices of a data set of volumes as images, each with the label of its volume. @throws {InputError} When it has none. */
export function slicesIn(dataset: Dataset): Dataset {
  const [channels, depth, ...plane] = dataset.imageShape;
  if (plane.length !== 2) {
    throw new InputError(
      `Cannot train slice by slice: expected volumes, images are of shape [${
        dataset.imageShape.join(", ")
      }]`,
      ["encoder", "dae", "slices"],
    );
  }
  return {
    id: dataset.id,
    title: dataset.title,
    imageShape: [channels, plane[0], plane[1]],
    scale: dataset.scale,
    splits: Object.fromEntries(
      Object.entries(dataset.splits).map(([name, size]) => [name, size * depth]),
    ),
    fingerprint: `${dataset.fingerprint}/slices`,
    async get(split, indices) {
      const places = Array.from(indices);
      const volumes = [...new Set(places.map((place) => Math.floor(place / depth)))];
      const { ids, images, labels } = await dataset.get(split, volumes);
      const at = places.map((place) => volumes.indexOf(Math.floor(place / depth)));
      return {
        ids: places.map((place, i) => `${ids[at[i]]}/${place % depth}`),
        images: takeRows(
          slicesOf(images),
          Int32Array.from(places, (place, i) => at[i] * depth + place % depth),
        ),
        labels: labels instanceof Int32Array
          ? Int32Array.from(at, (volume) => labels[volume])
          : Float64Array.from(at, (volume) => labels[volume]),
      };
    },
  };
}

/** An encoder of volumes that asks one of pictures: codes are means over slices, and every slice is rendered from the mean. */
export function sliceBySlice(inner: Encoder, depth: number): Encoder {
  const [channels, ...plane] = inner.imageShape;
  const imageShape: ImageShape = [channels, depth, plane[0], plane[1]];
  const each = (codes: Codes) =>
    takeRows(
      codes,
      Int32Array.from({ length: codes.shape[0] * depth }, (_, i) => Math.floor(i / depth)),
    );
  const watched = (options: CallOptions = {}): CallOptions => ({
    ...options,
    onStep: options.onStep &&
      ((step, total, preview) => options.onStep!(step, total, volumesOf(preview, depth))),
  });
  return {
    imageShape,
    codeSize: inner.codeSize,
    details: { ...inner.details, slices: depth },
    defaultSampler: inner.defaultSampler,
    async encode(images, options) {
      expectShape("encode images", images, [null, ...imageShape]);
      const codes: Codes[] = [];
      for (let start = 0; start < images.shape[0]; start += AT_ONCE) {
        const some = rows(images, start, Math.min(images.shape[0], start + AT_ONCE));
        codes.push(meanOver(await inner.encode(slicesOf(some), options), depth));
      }
      return concatRows(codes);
    },
    async encodeStochastic(images, codes, options) {
      expectShape("encode images", images, [null, ...imageShape]);
      const noise = await inner.encodeStochastic(slicesOf(images), each(codes), watched(options));
      return volumesOf(noise, depth);
    },
    async render({ codes, noise }: Latents, options) {
      expectShape("render noise", noise, [codes.shape[0], ...imageShape]);
      const latents = { codes: each(codes), noise: slicesOf(noise) };
      return volumesOf(await inner.render(latents, watched(options)), depth);
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

/** Codes `[n·d, k]` to their means `[n, k]`. */
function meanOver({ shape: [count, size], data }: Codes, depth: number): Codes {
  const mean = zeros([count / depth, size]);
  for (let i = 0; i < data.length; i++) {
    mean.data[Math.floor(i / size / depth) * size + i % size] += data[i] / depth;
  }
  return mean;
}

/** `[n, c, d, h, w]` to `[n·d, c, h, w]`. */
function slicesOf({ shape: [n, c, d, h, w], data }: Images): Images {
  return { shape: [n * d, c, h, w], data: exchanged(data, n, c, d, h * w) };
}

/** `[n·d, c, h, w]` to `[n, c, d, h, w]`. */
function volumesOf({ shape: [count, c, h, w], data }: Tensor, depth: number): Images {
  const n = count / depth;
  return { shape: [n, c, depth, h, w], data: exchanged(data, n, depth, c, h * w) };
}

/** `[n, a, b, rest]` to `[n, b, a, rest]`. */
function exchanged(data: Float32Array, n: number, a: number, b: number, rest: number) {
  if (a === 1 || b === 1) return data;
  const out = new Float32Array(sizeOf([n, a, b, rest]));
  for (let i = 0; i < n * a * b; i++) {
    const [image, first, second] = [Math.floor(i / a / b), Math.floor(i / b) % a, i % b];
    out.set(data.subarray(i * rest, (i + 1) * rest), ((image * b + second) * a + first) * rest);
  }
  return out;
}
