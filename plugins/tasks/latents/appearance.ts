/** What the training images are like: mean images, and which direction of the code goes with which attribute. */

import {
  type Codes,
  type Dataset,
  Random,
  row,
  sizeOf,
  takeRows,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { cholesky, codeStatistics, solve } from "@countergrade/countergrade/linear";
import { isLabel } from "@countergrade/countergrade/review";
import { wholeAttributesOf } from "../data/attributes.ts";
import { facing } from "./facing.ts";
import { type RegionMap, regionMapOf, renderedMap } from "./pixel_map.ts";
import { codesBehind, type TrainingImages } from "./training_codes.ts";

/** Images that are looked at; more add little and cost time. */
const MOST = 4096;
/** Images read at a time. */
const BATCH = 64;

/** An attribute as a linear function of the code. */
export interface AttributeDirection {
  readonly name: string;
  /** w `[d]`, in raw code space: the attribute rises by wᵀΔz. Least squares over the images in which it could be measured. */
  readonly weights: Tensor;
  /** Standard deviation over the training images. */
  readonly deviation: number;
  /** Share of the variance that the code explains, 0–1. */
  readonly explained: number;
}

/** What is known of the training images. */
export interface Appearance {
  /** Of the data set's own region, where it has one. */
  readonly region?: RegionMap;
  /** The mean image of each label `[k, p]`, all {@linkcode facing} one way; rows of labels without images are NaN. */
  readonly classMeans: Tensor;
  readonly attributes: readonly AttributeDirection[];
}

/**
 * A mask of the data set's own region: 1 for pixels whose middle lies inside `[p]`; of volumes alike in all slices.
 *
 * @param rectangle x, y, width and height in shares of the image.
 */
export function rectangleMask(
  [x, y, width, height]: readonly number[],
  { imageShape }: Dataset,
): Float32Array {
  const [rows, columns] = imageShape.slice(-2);
  const out = new Float32Array(sizeOf(imageShape));
  for (let i = 0; i < out.length; i++) {
    const at = {
      x: (i % columns + 0.5) / columns,
      y: (Math.floor(i / columns) % rows + 0.5) / rows,
    };
    if (at.x >= x && at.x < x + width && at.y >= y && at.y < y + height) out[i] = 1;
  }
  return out;
}

/** The data set's own region as a mask; undefined where it has none. */
export function ownMask(dataset: Dataset): Float32Array | undefined {
  const { region } = dataset;
  return region && rectangleMask([region.x, region.y, region.width, region.height], dataset);
}

/** The appearance of the images that a probe learned from; computed once and kept. */
export async function appearanceOf(images: TrainingImages): Promise<Appearance> {
  const { stored, dataset, job, loaded } = images;
  const names = wholeAttributesOf(dataset).map(({ name }) => name);
  const key = {
    version: 4,
    encoder: stored.encoder,
    dataset: dataset.fingerprint,
    names,
    region: dataset.region ?? null,
  };
  const files = await job.derived("appearance", key, async () => {
    const { codes } = await codesBehind(stored, "train", job, loaded);
    const found = await studied(codes, images);
    const mask = ownMask(dataset);
    const region = mask && regionMapOf(await renderedMap(images), mask, found.classMeans);
    return {
      files: { "appearance.safetensors": written({ ...found, region }) },
      metadata: {
        key,
        dataset: dataset.id,
        encoder: stored.encoder,
        title: `Appearance of ${dataset.title}`,
      },
      inputs: [stored.encoder, dataset.fingerprint],
    };
  });
  return read(files["appearance.safetensors"]);
}

async function studied(
  codes: Codes,
  { stored, dataset, job, loaded }: TrainingImages,
): Promise<Omit<Appearance, "region">> {
  const encoder = await loaded.get(job, stored.encoder);
  const [n] = codes.shape;
  const p = sizeOf(dataset.imageShape);
  const indices = new Random(0).fork("appearance").permutation(n).subarray(0, MOST).sort();
  const attributes = wholeAttributesOf(dataset);
  const classes = dataset.scale.type === "continuous" ? 0 : dataset.scale.names.length;
  const classSums = Array.from({ length: classes }, () => new Float64Array(p));
  const counts = new Float64Array(classes);
  const values = attributes.map(() => new Float64Array(indices.length));
  for (let start = 0; start < indices.length; start += BATCH) {
    job.signal.throwIfAborted();
    const at = indices.subarray(start, start + BATCH);
    const { images: plain, labels } = await dataset.get("train", at);
    const images = facing(encoder, plain, takeRows(codes, at));
    attributes.forEach((attribute, a) => values[a].set(attribute.measure(images), start));
    labels.forEach((label, k) => {
      if (!classes || !isLabel(label, dataset.scale)) return;
      row(images, k).data.forEach((value, q) => classSums[label][q] += value);
      counts[label]++;
    });
    const step = start + at.length;
    job.emit({
      type: "progress",
      step,
      total: indices.length,
      message: "looking at the training images",
    });
  }
  const seen = takeRows(codes, Int32Array.from(indices));
  return {
    classMeans: tensor(
      [classes, p],
      Float32Array.from({ length: classes * p }, (_, i) => {
        const label = Math.floor(i / p);
        return classSums[label][i % p] / counts[label];
      }),
    ),
    attributes: attributes.map(({ name }, a) => directionOf(name, values[a], seen)),
  };
}

function columnMeans({ shape: [n, d], data }: Codes): Float64Array {
  const out = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[j] += data[i * d + j] / n;
  return out;
}

/** So many codes per dimension make their covariance good enough to be inverted as it is. */
const ENOUGH = 10;
/** What is added to the variances, as a share of them, so that a constant dimension does no harm. */
const RIDGE = 1e-4;

/** The covariance `[d, d]` for least squares: as it is where there are codes enough, else shrunk. */
function covarianceOf(codes: Codes, mean: Float64Array): ArrayLike<number> {
  const [n, d] = codes.shape;
  if (n < ENOUGH * d) return codeStatistics(codes).covariance.data;
  const out = new Float64Array(d * d);
  const away = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) away[j] = codes.data[i * d + j] - mean[j];
    for (let j = 0; j < d; j++) {
      for (let k = 0; k <= j; k++) out[j * d + k] += away[j] * away[k] / n;
    }
  }
  for (let j = 0; j < d; j++) {
    out[j * d + j] = out[j * d + j] * (1 + RIDGE) || 1;
    for (let k = 0; k < j; k++) out[k * d + j] = out[j * d + k];
  }
  return out;
}

/** An attribute as a linear function of codes `[n, d]`, from its values `[n]`; images in which it could not be measured do not count. */
export function directionOf(
  name: string,
  values: Float64Array,
  all: Codes,
): AttributeDirection {
  const rows = [...values.keys()].filter((i) => Number.isFinite(values[i]));
  const codes = takeRows(all, Int32Array.from(rows));
  return fitted(name, rows.map((i) => values[i]), codes);
}

function fitted(name: string, values: readonly number[], codes: Codes): AttributeDirection {
  const d = codes.shape[1];
  if (values.length <= d) {
    return { name, weights: tensor([d], new Float32Array(d)), deviation: NaN, explained: 0 };
  }
  const codeMean = columnMeans(codes);
  const factor = cholesky(covarianceOf(codes, codeMean), d);
  const rows = [...values.keys()];
  const center = rows.reduce((sum, i) => sum + values[i], 0) / rows.length;
  const together = new Float64Array(d);
  let square = 0;
  for (const i of rows) {
    const away = values[i] - center;
    square += away * away / rows.length;
    for (let j = 0; j < d; j++) {
      together[j] += away * (codes.data[i * d + j] - codeMean[j]) / rows.length;
    }
  }
  const weights = solve(factor, together);
  let left = 0;
  for (const i of rows) {
    let told = 0;
    for (let j = 0; j < d; j++) told += weights[j] * (codes.data[i * d + j] - codeMean[j]);
    left += (values[i] - center - told) ** 2 / rows.length;
  }
  return {
    name,
    weights: tensor([d], Float32Array.from(weights)),
    deviation: Math.sqrt(square),
    explained: square > 0 ? Math.max(0, 1 - left / square) : 0,
  };
}

function written({ region, classMeans, attributes }: Appearance): Uint8Array {
  const tensors = new Map<string, Tensor>([["classMeans", classMeans]]);
  for (const [name, value] of Object.entries(region ?? {})) tensors.set(name, value);
  for (const { name, weights } of attributes) tensors.set(`attribute.${name}`, weights);
  return writeSafetensors(tensors, {
    attributes: JSON.stringify(attributes.map(({ weights: _, ...facts }) => facts)),
  });
}

function read(bytes: Uint8Array): Appearance {
  const { tensors, metadata } = readSafetensors(bytes);
  const facts = JSON.parse(metadata.attributes) as Omit<AttributeDirection, "weights">[];
  const [outside, towards] = [tensors.get("outside"), tensors.get("towards")];
  return {
    region: outside && towards && { outside, towards },
    classMeans: tensors.get("classMeans")!,
    attributes: facts.map((fact) => ({ ...fact, weights: tensors.get(`attribute.${fact.name}`)! })),
  };
}
