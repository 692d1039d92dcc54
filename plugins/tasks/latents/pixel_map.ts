/**
 * Which direction of the code moves which pixels, seen in rendered edits: what goes together in images (a broad knee and its narrow
 * joint) need not move together when a code is edited, since the noise of the image keeps its share.
 */

import { Random, row, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { cholesky, solve } from "@countergrade/countergrade/linear";
import { facing } from "./facing.ts";
import type { TrainingImages } from "./training_codes.ts";

/** Edits per dimension of the code. */
const PER_DIMENSION = 5;
/** At least so many. */
const LEAST = 256;
/** Edits of one image, rendered together. */
const PER_IMAGE = 8;
/** Length of an edit: drawn from the codes' distribution, times this. */
const SIZE = 0.5;
/** No number moves by more standard deviations, so that one of two values, as a side, keeps its own. */
const MOST = 0.99;
/** Evaluations of a sampler each way, at most: what an edit moves is seen at once. */
const STEPS = 5;
/** What is added to the variances, as a share of them, so that a constant dimension does no harm. */
const RIDGE = 1e-4;

/**
 * ΣCᵀ `[d, p]`, C the least squares map from edits of codes to what they change in the pixels; computed once and kept. Larger than what
 * follows from it, and only needed for regions that are not the data set's own.
 */
export async function pixelMapOf(images: TrainingImages): Promise<Tensor> {
  const { stored, dataset, job } = images;
  const key = { version: 4, encoder: stored.encoder, dataset: dataset.fingerprint };
  const files = await job.derived("pixelMap", key, async () => ({
    files: { "pixels.safetensors": writeSafetensors({ pixels: await renderedMap(images) }) },
    metadata: {
      key,
      dataset: dataset.id,
      encoder: stored.encoder,
      title: `Codes to pixels of ${dataset.title}`,
    },
    inputs: [stored.encoder, dataset.fingerprint],
  }));
  return readSafetensors(files["pixels.safetensors"]).tensors.get("pixels")!;
}

/** The same, computed: codes of training images are moved at random and rendered with the image's own noise. All face one way. */
export async function renderedMap(
  { stored, statistics: { covariance }, dataset, job, loaded }: TrainingImages,
): Promise<Tensor> {
  const encoder = await loaded.get(job, stored.encoder);
  const { signal } = job;
  const { inversionSteps, renderSteps } = encoder.defaultSampler;
  const sampler = {
    ...encoder.defaultSampler,
    inversionSteps: Math.min(STEPS, inversionSteps),
    renderSteps: Math.min(STEPS, renderSteps),
  };
  const d = covariance.shape[0];
  const p = sizeOf(dataset.imageShape);
  const total = Math.ceil(Math.max(LEAST, PER_DIMENSION * d) / PER_IMAGE);
  const random = new Random(0).fork("pixel map");
  const order = random.permutation(dataset.splits.train);
  const { lower } = cholesky(covariance.data, d);
  // Σ Δz Δzᵀ and Σ Δz Δxᵀ
  const squares = new Float64Array(d * d);
  const together = new Float64Array(d * p);
  for (let k = 0; k < total; k++) {
    signal.throwIfAborted();
    const { images } = await dataset.get("train", Int32Array.of(order[k % order.length]));
    const code = await encoder.encode(images, { signal });
    const noise = await encoder.encodeStochastic(images, code, { sampler, signal });
    const edits = editsOf(lower, d, random.fork("edits", k));
    const latents = {
      codes: tensor([PER_IMAGE + 1, d], repeated(code, edits)),
      noise: tensor([PER_IMAGE + 1, ...dataset.imageShape], repeated(noise)),
    };
    const rendered = await encoder.render(latents, { sampler, signal });
    const frames = facing(encoder, rendered, latents.codes);
    const plain = row(frames, 0).data;
    for (let e = 1; e <= PER_IMAGE; e++) {
      const moved = row(frames, e).data.map((value, q) => value - plain[q]);
      const edit = edits.subarray(e * d, (e + 1) * d);
      addProducts(together, edit, moved);
      addProducts(squares, edit, edit);
    }
    const message = "looking at what edits of the code move";
    job.emit({ type: "progress", step: k + 1, total, message });
  }
  for (let j = 0; j < d; j++) squares[j * d + j] = squares[j * d + j] * (1 + RIDGE) || 1;
  return tensor([d, p], mapped(together, squares, covariance));
}

/** Δz `[1 + e, d]`, the first of them zero, drawn from N(0, SIZE²Σ) by the factor of Σ and cut at {@linkcode MOST}. */
function editsOf(lower: Float64Array, d: number, random: Random): Float32Array {
  const out = new Float32Array((PER_IMAGE + 1) * d);
  for (let e = 1; e <= PER_IMAGE; e++) {
    const normals = random.normals(d);
    for (let i = 0; i < d; i++) {
      let sum = 0;
      let variance = 0;
      for (let j = 0; j <= i; j++) {
        sum += lower[i * d + j] * normals[j];
        variance += lower[i * d + j] ** 2;
      }
      const most = MOST * Math.sqrt(variance);
      out[e * d + i] = Math.max(-most, Math.min(most, SIZE * sum));
    }
  }
  return out;
}

/** One row for each edit and one for none, with what is added to it. */
function repeated({ data }: Tensor, added?: Float32Array): Float32Array {
  const n = data.length;
  return Float32Array.from(
    { length: (PER_IMAGE + 1) * n },
    (_, i) => data[i % n] + (added?.[i] ?? 0),
  );
}

/** Adds abᵀ to `sums`. */
function addProducts(sums: Float64Array, a: Float32Array, b: Float32Array): void {
  const n = b.length;
  for (let i = 0; i < a.length; i++) {
    const value = a[i];
    for (let j = 0, at = i * n; j < n; j++, at++) sums[at] += value * b[j];
  }
}

/** ΣS⁻¹T, S `[d, d]` the products of edits with themselves and T `[d, p]` those with the pixels. */
function mapped(together: Float64Array, squares: Float64Array, covariance: Tensor): Float32Array {
  const d = covariance.shape[0];
  const p = together.length / d;
  const factor = cholesky(squares, d);
  const out = new Float32Array(d * p);
  const column = new Float64Array(d);
  for (let q = 0; q < p; q++) {
    for (let j = 0; j < d; j++) column[j] = together[j * p + q];
    const weights = solve(factor, column);
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += covariance.data[j * d + k] * weights[k];
      out[j * p + q] = sum;
    }
  }
  return out;
}

/** What a region's hold needs of a pixel map B `[d, p]`. */
export interface RegionMap {
  /** K = BBᵀ `[d, d]` over the pixels outside of the region. */
  readonly outside: Tensor;
  /** Bm `[k, d]`, m the mean images of the labels: how a step goes along with what sets them apart. */
  readonly towards: Tensor;
}

/**
 * @param pixels B `[d, p]`, see {@linkcode pixelMapOf}.
 * @param inside `[p]`: 1 inside the region, 0 outside, or between.
 * @param classMeans `[k, p]`.
 */
export function regionMapOf(
  pixels: Tensor,
  inside: ArrayLike<number>,
  classMeans: Tensor,
): RegionMap {
  const [d, p] = pixels.shape;
  const weighed = new Float32Array(pixels.data.length);
  for (let i = 0; i < weighed.length; i++) weighed[i] = pixels.data[i] * (1 - inside[i % p]);
  return {
    outside: products(tensor([d, p], weighed), tensor([d, p], weighed)),
    towards: products(classMeans, pixels),
  };
}

/** ABᵀ `[m, n]` of `[m, p]` and `[n, p]`. */
function products(a: Tensor, b: Tensor): Tensor {
  const [m, n] = [a.shape[0], b.shape[0]];
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    const left = row(a, i).data;
    for (let j = 0; j < n; j++) {
      const right = row(b, j).data;
      let sum = 0;
      for (let q = 0; q < left.length; q++) sum += left[q] * right[q];
      out[i * n + j] = sum;
    }
  }
  return tensor([m, n], out);
}
