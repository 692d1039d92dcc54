/** What an edit shall leave alone: attributes and probes by name, and everything outside of a region. */

import {
  type CodeStatistics,
  type Dataset,
  type Encoder,
  type Hold,
  InputError,
  type JobContext,
  type LabelScale,
  type Measurement,
  NotFoundError,
  pictureShape,
  type Probe,
  row,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { fitPicture, ofPng, ownImageApart, readInputFile } from "@countergrade/countergrade/images";
import {
  cholesky,
  restrainedStep,
  softCovariance,
  solve,
  type TypicalScores,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import { namedAttributesOf } from "../data/attributes.ts";
import {
  type LoadedEncoders,
  loadProbe,
  openFitting,
  type StoredProbe,
} from "../encoders/models.ts";
import { type Appearance, appearanceOf, ownMask, rectangleMask } from "../latents/appearance.ts";
import { mirror } from "../latents/facing.ts";
import { learnedDirection } from "../latents/attribute_direction.ts";
import { pixelMapOf, type RegionMap, regionMapOf } from "../latents/pixel_map.ts";
import type { TrainingImages } from "../latents/training_codes.ts";
import { isSameScale } from "./goals.ts";

/** Share of the code's variance in an attribute below which it can hardly be held by the code. */
const CARRIED = 0.3;
/** Of the squared difference of the end classes, the share that lies inside a proposed region. */
const PROPOSED = 0.6;

/** Options that say what stays. */
export interface HoldOptions {
  hold: string[];
  region: "auto" | "none" | "proposed";
  rectangle?: number[];
  mask?: string;
  holdStrength: number;
}

/** The fields of {@linkcode HoldOptions}. */
export function holdFields() {
  const share = z.number().min(0).max(1);
  return {
    hold: z.array(z.string()).max(16).default([]).describe(
      "What shall not change: brightness, contrast, sharpness, positionX, positionY, border, marker, what the data set measures, or ids of other probes on the same codes",
    ),
    region: z.enum(["auto", "none", "proposed"]).default("auto").describe(
      "Where change is free; outside it costs: auto takes the data set's own region, proposed is where real images of the end grades differ most",
    ),
    rectangle: z.tuple([share, share, share, share]).optional().describe(
      "Instead: a rectangle as x, y, width, height, in shares of the image",
    ),
    mask: z.string().max(1000).optional().describe(
      "Instead: a picture in a data folder, bright inside the region",
    ),
    holdStrength: z.number().min(0).max(1e4).default(2).describe(
      "How much change outside of the region costs, beside the length of the step",
    ),
  };
}

/** Something that is held, and how to see it in pixels. */
export interface HeldAttribute {
  readonly measurement: Measurement;
  /** Standard deviation over the training images. */
  readonly deviation: number;
  /** Its direction in raw code space `[d]`: it rises by hᵀΔz. */
  readonly gradient: Float32Array;
}

/** What a path holds. */
export interface PathHold {
  readonly edit: Hold;
  readonly attributes: readonly HeldAttribute[];
  /**
   * With a region: the size of the changes that typical steps from the lowest grade make in the pixels, over that of the real differences
   * of the mean images; undefined where the labels have no order or are not the data set's own.
   */
  readonly realSize?: number;
  /** `[p]`: 1 inside the region, 0 outside; undefined where there is none. */
  readonly inside?: Float32Array;
  readonly appearance: Appearance;
  readonly warnings: readonly string[];
  /** The same for images that the encoder sees mirrored, where it does so. */
  readonly mirrored?: PathHold;
}

/**
 * Prepares what options hold; undefined where that is nothing.
 *
 * @throws {InputError} When there is no such attribute or probe, or the images that it would be learned from are not here.
 */
export async function openHold(
  options: HoldOptions,
  stored: StoredProbe,
  statistics: CodeStatistics,
  typical: TypicalScores | undefined,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<PathHold | undefined> {
  const asked = options.hold.length > 0 || options.rectangle !== undefined ||
    options.mask !== undefined || options.region === "proposed";
  if (!asked && options.region === "none") return undefined;
  const encoder = await loaded.get(job, stored.encoder);
  let dataset: Dataset;
  try {
    dataset = await openFitting(job, String(stored.artifact.metadata.dataset), encoder);
  } catch (error) {
    // The data set's own region is a default: without its images there is none.
    if (!asked && error instanceof NotFoundError) return undefined;
    throw error;
  }
  if (!asked && !dataset.region) return undefined;
  const own = options.region === "auto" && !options.rectangle && !options.mask;
  const images = { stored, statistics, dataset, job, loaded };
  if (!own || options.hold.length > 0) return await heldIn(options, images, typical, own);
  const key = JSON.stringify([stored.artifact.id, dataset.fingerprint, options.holdStrength]);
  const kept = usual.get(encoder);
  if (kept?.key === key) return kept.hold;
  const hold = await heldIn(options, images, typical, own);
  usual.set(encoder, { key, hold });
  return hold;
}

/** The latest hold of a data set's own region alone, the same for every path, as long as its encoder stays loaded. */
const usual = new WeakMap<Encoder, { readonly key: string; readonly hold: PathHold }>();

async function heldIn(
  options: HoldOptions,
  images: TrainingImages,
  typical: TypicalScores | undefined,
  own: boolean,
): Promise<PathHold> {
  const { stored, statistics, dataset, job, loaded } = images;
  const encoder = await loaded.get(job, stored.encoder);
  const appearance = await appearanceOf(images);
  const inside = own
    ? ownMask(dataset)
    : await regionOf(options, dataset, appearance, encoder, stored.probe, job);
  const isEven = inside === undefined || isSymmetric(inside, dataset);
  const metricOf = (region: RegionMap) =>
    softCovariance(statistics.covariance, region.outside, options.holdStrength);
  const mapOf = async (inside: Float32Array) =>
    regionMapOf(await pixelMapOf(images), inside, appearance.classMeans);
  const region = own ? appearance.region : inside && await mapOf(inside);
  const metric = region && metricOf(region);
  const one: PathHold = {
    ...await heldBy(options.hold, images, appearance, metric, false),
    ...region && metric && typical && isGraded(dataset.scale) &&
      isSameScale(stored.probe.scale, dataset.scale) && {
      realSize: realSizeOf(typical, stored.probe, statistics, { metric, region, appearance }),
    },
    inside,
    appearance,
  };
  if (!encoder.mirrors) return one;
  const otherMetric = isEven ? metric : metricOf(await mapOf(mirroredMask(inside!, dataset)));
  const other = await heldBy(options.hold, images, appearance, otherMetric, true);
  const classMeans = mirroredRows(appearance.classMeans, dataset);
  return { ...one, mirrored: { ...one, ...other, appearance: { ...appearance, classMeans } } };
}

/** Whether labels rise from mild to severe, each with images of its own. */
function isGraded({ type }: LabelScale): boolean {
  return type === "ordinal" || type === "binary";
}

/**
 * Σ⟨CΔzₖ, mₖ⟩ / Σ⟨mₖ, mₖ⟩ over the grades k above the lowest, Δzₖ being the step from its typical score to theirs and mₖ the difference of
 * their mean images: by least squares, the share of the real differences that the steps bring.
 */
function realSizeOf(
  { labels, scores }: TypicalScores,
  probe: Probe,
  { mean, covariance }: CodeStatistics,
  { metric, region, appearance: { classMeans } }: {
    readonly metric: Tensor;
    readonly region: RegionMap;
    readonly appearance: Appearance;
  },
): number {
  const d = mean.data.length;
  const gradient = probe.gradient(tensor([1, d], mean.data)).data;
  const step = restrainedStep(metric, [gradient], [1]);
  const factor = cholesky(covariance.data, d);
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  let brought = 0;
  let real = 0;
  labels.slice(1).forEach((label, k) => {
    const from = (means: Tensor) => {
      const [low, high] = [row(means, labels[0]).data, row(means, label).data];
      return Float64Array.from(high, (value, i) => value - low[i]);
    };
    const difference = from(classMeans);
    // C = BᵀΣ⁻¹
    brought += (scores[k + 1] - scores[0]) * dot(step, solve(factor, from(region.towards)));
    real += dot(difference, difference);
  });
  return brought / real;
}

async function heldBy(
  names: readonly string[],
  images: TrainingImages,
  { attributes: directions }: Appearance,
  metric: Tensor | undefined,
  mirrored: boolean,
): Promise<Pick<PathHold, "edit" | "attributes" | "warnings">> {
  const { stored, dataset, job } = images;
  const named = namedAttributesOf(dataset);
  const gradients: Float32Array[] = [];
  const attributes: HeldAttribute[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    const measurement = named.find((one) => one.name === name);
    const known = mirrored ? [] : directions;
    const direction = measurement && (known.find((one) => one.name === name) ??
      await learnedDirection(measurement, images, mirrored));
    if (measurement && direction && Number.isFinite(direction.deviation)) {
      const { deviation, weights: { data: gradient } } = direction;
      gradients.push(gradient);
      attributes.push({ measurement, deviation, gradient });
      if (direction.explained < CARRIED) {
        warnings.push(
          `The code carries ${
            Math.round(100 * direction.explained)
          } % of ${name}: holding it holds little`,
        );
      }
      continue;
    }
    if (!name.startsWith("probe-")) {
      throw new InputError(
        `Cannot hold "${name}": expected one of ${
          named.map(({ name }) => name).join(", ")
        }, or the id of a probe`,
        ["hold"],
      );
    }
    gradients.push(await gradientOf(name, stored, job));
  }
  const held = gradients.length && {
    gradients: tensor(
      [gradients.length, stored.probe.codeSize],
      gradients.flatMap((g) => [...g]),
    ),
  };
  return { edit: { ...metric && { covariance: metric }, ...held }, attributes, warnings };
}

/** The gradient of another probe on the same codes, at their mean. */
async function gradientOf(id: string, stored: StoredProbe, job: JobContext): Promise<Float32Array> {
  const other = await loadProbe(job, id);
  if (other.encoder !== stored.encoder) {
    throw new InputError(
      `Cannot hold "${id}": expected a probe on the codes of ${stored.encoder}, it is on those of ${other.encoder}`,
      ["hold"],
    );
  }
  const { mean } = await other.statistics();
  return other.probe.gradient(tensor([1, mean.data.length], mean.data)).data;
}

async function regionOf(
  { region, rectangle, mask }: HoldOptions,
  dataset: Dataset,
  appearance: Appearance,
  encoder: Encoder,
  probe: Probe,
  job: JobContext,
): Promise<Float32Array | undefined> {
  const given = [rectangle && "rectangle", mask && "mask", region === "proposed" && "region"]
    .filter(Boolean) as string[];
  if (given.length > 1) {
    throw new InputError(
      `Cannot tell the region: expected one of rectangle, mask and a proposed region, got ${
        given.join(" and ")
      }`,
      [given[1]],
    );
  }
  if (rectangle) return notEmpty(rectangleMask(rectangle, dataset), "rectangle");
  if (mask) return await pictureMask(mask, dataset, job);
  if (region !== "proposed") return undefined;
  const proposed = proposedMask(appearance, dataset, probe);
  if (!encoder.mirrors) return proposed;
  // Of the images that the encoder saw mirrored it lies on the other side.
  const other = mirroredMask(proposed, dataset);
  return proposed.map((value, q) => Math.max(value, other[q]));
}

/** Rows of pixels `[k, p]`, mirrored left to right. */
function mirroredRows({ shape, data }: Tensor, { imageShape }: Dataset): Tensor {
  return { shape, data: mirror({ shape: [shape[0], ...imageShape], data }).data };
}

/** The same of a mask `[p]`. */
function mirroredMask(inside: Float32Array, dataset: Dataset): Float32Array {
  return mirroredRows(tensor([1, inside.length], inside), dataset).data;
}

function isSymmetric(inside: Float32Array, dataset: Dataset): boolean {
  const other = mirroredMask(inside, dataset);
  return inside.every((value, q) => value === other[q]);
}

async function pictureMask(
  file: string,
  { imageShape }: Dataset,
  job: JobContext,
): Promise<Float32Array> {
  const bytes = new Uint8Array(await readInputFile(file, job.host.datasetContext));
  const { png } = await ownImageApart(bytes, { signal: job.signal });
  const shape = pictureShape("use a mask", imageShape, "mask");
  const { data } = fitPicture(ofPng(png), shape, "stretch");
  return notEmpty(data.map((value) => value > 0 ? 1 : 0), "mask");
}

function notEmpty(inside: Float32Array, option: string): Float32Array {
  if (inside.some((value) => value > 0)) return inside;
  throw new InputError("Cannot use the region: expected pixels inside, there are none", [option]);
}

/** The pixels that hold most of what sets real images of the two end classes apart, and their neighbors. */
function proposedMask(
  { classMeans }: Appearance,
  { imageShape }: Dataset,
  { scale }: Probe,
): Float32Array {
  const [channels, rows, columns] = pictureShape("propose a region", imageShape, "region");
  const [k, p] = classMeans.shape;
  const present = Array.from({ length: k }, (_, i) => i)
    .filter((i) => Number.isFinite(classMeans.data[i * p]));
  if (scale.type === "nominal" || present.length < 2) {
    throw new InputError(
      "Cannot propose a region: expected grades with an order, and images of two of them",
      ["region"],
    );
  }
  const [first, last] = [present[0], present[present.length - 1]];
  const place = rows * columns;
  const square = new Float64Array(place);
  for (let q = 0; q < p; q++) {
    square[q % place] += (classMeans.data[last * p + q] - classMeans.data[first * p + q]) ** 2;
  }
  const order = [...square.keys()].sort((a, b) => square[b] - square[a]);
  const total = square.reduce((sum, value) => sum + value, 0);
  const chosen = new Set<number>();
  for (let at = 0, sum = 0; sum < PROPOSED * total; at++) {
    chosen.add(order[at]);
    sum += square[order[at]];
  }
  const out = new Float32Array(channels * place);
  for (const q of chosen) {
    for (const [dx, dy] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) {
      const [x, y] = [q % columns + dx, Math.floor(q / columns) + dy];
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      for (let c = 0; c < channels; c++) out[c * place + y * columns + x] = 1;
    }
  }
  return out;
}
