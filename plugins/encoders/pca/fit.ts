/** Fitting principal components to more images than fit into memory. */

import {
  batches,
  type Dataset,
  InputError,
  type JobContext,
  type Random,
  sizeOf,
  type Tensor,
  type TrainedModel,
} from "@countergrade/countergrade";
import { Graph, matmul, Session, sub } from "@countergrade/countergrade/engine";
import { symmetricEigen } from "@countergrade/countergrade/linear";
import { type PcaModel, writePcaModel } from "./model.ts";
import type { PcaTrainingOptions } from "./options.ts";

/** Images that are in memory at a time. */
const BLOCK = 128;
/** Images up to this size are kept between passes, in bytes; more are read anew each time. */
const KEPT_BYTES = 256 * 2 ** 20;
/** Directions beside those asked for; they make the last ones converge sooner (Halko et al. 2011, section 4.2). */
const SPARE = 10;

/**
 * The leading principal components of the split `train`, by block subspace iteration (Halko, Martinsson & Tropp, SIAM
 * Review 2011, algorithm 4.4): Q ← orthonormalized XᵀX·Q, again and again, X being the centered images as rows; at last
 * the eigenvectors of QᵀXᵀX·Q turn Q into the components.
 *
 * @throws {InputError} When there are not more images than components.
 */
export async function trainPca(
  dataset: Dataset,
  { components, passes }: PcaTrainingOptions,
  job: JobContext,
): Promise<TrainedModel> {
  const pixels = sizeOf(dataset.imageShape);
  const images = dataset.splits.train ?? 0;
  checkCounts(dataset.id, components, images, pixels);
  const blocks = Math.ceil(images / BLOCK);
  let done = 0;
  const progress = (message: string) => {
    done++;
    job.emit({ type: "progress", step: done, total: blocks * (passes + 1), message });
  };
  const blocksOf = readerOf(dataset);
  const { mean, variance } = await moments(blocksOf, pixels, job, () => {
    progress("measuring the mean");
  });

  const width = Math.min(components + SPARE, images - 1, pixels);
  await using session = await compileProduct(pixels, width);
  let q = orthonormal(randomMatrix(job.random.fork("start"), pixels, width), pixels, width);
  let product = q;
  for (let pass = 1; pass <= passes; pass++) {
    if (pass > 1) q = orthonormal(product, pixels, width);
    product = new Float64Array(pixels * width);
    for await (const images of blocksOf()) {
      job.signal.throwIfAborted();
      const x = paddedWith(mean, images);
      const { y } = await session.run({
        x,
        mean: { shape: [1, pixels], data: mean },
        q: { shape: [pixels, width], data: Float32Array.from(q) },
      });
      for (let i = 0; i < product.length; i++) product[i] += y.data[i];
      progress(`pass ${pass} of ${passes}`);
    }
  }
  const { values, directions } = ritz(q, product, pixels, width, components);
  const model: PcaModel = {
    imageShape: dataset.imageShape,
    mean: { shape: [pixels], data: mean },
    components: { shape: [components, pixels], data: directions },
    variances: { shape: [components], data: values.map((value) => Math.max(0, value) / images) },
    totalVariance: variance,
    facts: { dataset: dataset.id, seed: job.random.seed, passes: String(passes) },
  };
  const kept = model.variances.data.reduce((sum, value) => sum + value, 0);
  return {
    model: writePcaModel(model),
    steps: passes,
    loss: Math.max(0, variance - kept) / pixels,
    images: images * (passes + 1),
  };
}

function checkCounts(id: string, components: number, images: number, pixels: number): void {
  const most = Math.min(images - 1, pixels);
  if (components <= most) return;
  throw new InputError(
    `Cannot fit ${components} components to "${id}": expected at most ${
      Math.max(0, most)
    }, one fewer than its ${images} training images and no more than its ${pixels} pixels`,
    ["encoder", "pca", "components"],
  );
}

/** A function that goes through the training images in blocks `[n, c, h, w]`, as often as it is called. */
function readerOf(dataset: Dataset): () => AsyncGenerator<Tensor> {
  const bytes = 4 * dataset.splits.train * sizeOf(dataset.imageShape);
  const kept: Tensor[] = [];
  return async function* () {
    if (kept.length) return yield* kept;
    for await (const { images } of batches(dataset, "train", BLOCK)) {
      if (bytes <= KEPT_BYTES) kept.push(images);
      yield images;
    }
  };
}

/** The mean image `[pixels]` and the variance, summed over pixels. */
async function moments(
  blocksOf: () => AsyncGenerator<Tensor>,
  pixels: number,
  job: JobContext,
  onBlock: () => void,
) {
  const sum = new Float64Array(pixels);
  let squares = 0;
  let n = 0;
  for await (const images of blocksOf()) {
    job.signal.throwIfAborted();
    for (let i = 0; i < images.data.length; i++) {
      sum[i % pixels] += images.data[i];
      squares += images.data[i] ** 2;
    }
    n += images.shape[0];
    onBlock();
  }
  const mean = Float32Array.from(sum, (value) => value / n);
  const variance = squares / n - sum.reduce((total, value) => total + (value / n) ** 2, 0);
  return { mean, variance: Math.max(0, variance) };
}

/** y = (x − mean)ᵀ·((x − mean)·q), for x `[BLOCK, pixels]` and q `[pixels, width]`. */
async function compileProduct(pixels: number, width: number): Promise<Session> {
  const graph = new Graph();
  const x = sub(graph.input("x", [BLOCK, pixels]), graph.input("mean", [1, pixels]));
  const projected = matmul(x, graph.input("q", [pixels, width]));
  graph.output("y", matmul(x, projected, true));
  return await Session.compile(graph);
}

/** Images as rows of a full block; rows of nothing but the mean, which add nothing, fill the last one. */
function paddedWith(mean: Float32Array, images: Tensor): Tensor {
  const data = new Float32Array(BLOCK * mean.length);
  data.set(images.data);
  for (let i = images.shape[0]; i < BLOCK; i++) data.set(mean, i * mean.length);
  return { shape: [BLOCK, mean.length], data };
}

function randomMatrix(random: Random, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, () => random.normal());
}

/** Columns made orthonormal by modified Gram–Schmidt, twice, since once is not enough for nearly parallel ones. */
function orthonormal(matrix: Float64Array, rows: number, columns: number): Float64Array {
  // One column after the other in memory while it lasts.
  const q = transposed(matrix, rows, columns);
  for (let round = 0; round < 2; round++) {
    for (let j = 0; j < columns; j++) {
      const column = q.subarray(j * rows, (j + 1) * rows);
      for (let k = 0; k < j; k++) {
        const other = q.subarray(k * rows, (k + 1) * rows);
        const overlap = dot(column, other);
        for (let i = 0; i < rows; i++) column[i] -= overlap * other[i];
      }
      const length = Math.sqrt(dot(column, column));
      // A direction in which the images do not differ stays zero and ends with variance 0.
      for (let i = 0; i < rows; i++) column[i] = length > 1e-12 ? column[i] / length : 0;
    }
  }
  return transposed(q, columns, rows);
}

/** The best directions within the space of q (Rayleigh–Ritz), the strongest first. */
function ritz(q: Float64Array, product: Float64Array, pixels: number, width: number, keep: number) {
  const columns = transposed(q, pixels, width);
  const images = transposed(product, pixels, width);
  const inner = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      inner[i * width + j] = dot(
        columns.subarray(i * pixels, (i + 1) * pixels),
        images.subarray(j * pixels, (j + 1) * pixels),
      );
    }
  }
  const { values, vectors } = symmetricEigen(inner, width);
  const directions = new Float32Array(keep * pixels);
  for (let k = 0; k < keep; k++) {
    for (let j = 0; j < width; j++) {
      const share = vectors[k * width + j];
      for (let i = 0; i < pixels; i++) {
        directions[k * pixels + i] += share * columns[j * pixels + i];
      }
    }
  }
  return { values: Float32Array.from(values.subarray(0, keep)), directions };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  }
  return out;
}
