/** Fitting principal components to more images than fit into memory. */

import {
  batches,
  type Dataset,
  InputError,
  type JobContext,
  sizeOf,
  type Tensor,
  type TrainedModel,
} from "@countergrade/countergrade";
import { Graph, matmul, Session, sub } from "@countergrade/countergrade/engine";
import { symmetricEigen } from "@countergrade/countergrade/linear";
import { addColumns, makeOrthonormal, products, transposed } from "./columns.ts";
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
  const start = job.random.fork("start");
  /** Columns of XᵀX·Q and of Q, `[width, pixels]`. */
  let product: Float64Array = Float64Array.from({ length: width * pixels }, () => start.normal());
  let q = product;
  for (let pass = 1; pass <= passes; pass++) {
    q = product;
    makeOrthonormal(q, pixels, pass === passes ? 2 : 1);
    const input = { shape: [pixels, width], data: Float32Array.from(transposed(q, width, pixels)) };
    const sum = new Float64Array(pixels * width);
    for await (const images of blocksOf()) {
      job.signal.throwIfAborted();
      const x = paddedWith(mean, images);
      const { y } = await session.run({ x, mean: { shape: [1, pixels], data: mean }, q: input });
      for (let i = 0; i < sum.length; i++) sum[i] += y.data[i];
      progress(`pass ${pass} of ${passes}`);
    }
    product = transposed(sum, pixels, width);
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

/** The best directions within the space of q (Rayleigh–Ritz), the strongest first. */
function ritz(q: Float64Array, product: Float64Array, pixels: number, width: number, keep: number) {
  const inner = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    inner.set(products(product, q.subarray(i * pixels, (i + 1) * pixels)), i * width);
  }
  const { values, vectors } = symmetricEigen(inner, width);
  const directions = new Float32Array(keep * pixels);
  for (let k = 0; k < keep; k++) {
    const direction = new Float64Array(pixels);
    addColumns(direction, q, vectors.subarray(k * width, (k + 1) * width));
    directions.set(direction, k * pixels);
  }
  return { values: Float32Array.from(values.subarray(0, keep)), directions };
}
