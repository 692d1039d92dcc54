/** The training images as an audit sees them: what attributes they have, by label, and which direction of the code goes with each. */

import {
  type Codes,
  concatRows,
  type Dataset,
  type JobContext,
  Random,
  takeRows,
} from "@countergrade/countergrade";
import { splitSize } from "../data/split_size.ts";
import type { LoadedEncoders, StoredProbe } from "../encoders/models.ts";
import { type AttributeDirection, directionOf } from "../latents/appearance.ts";
import { keptCodes } from "../latents/training_codes.ts";
import type { AuditedAttribute } from "./audited_attributes.ts";

/** Images read at a time. */
const BATCH = 64;
/** Of a continuous scale, the share of the images at either end that stands for the end. */
const END = 0.2;
/** Standard errors to both sides of 95 % of a normal distribution. */
const Z = 1.959964;

/** What the training images say about one attribute. */
export interface SeenAttribute extends AttributeDirection {
  /** Mean of the severe end minus that of the mild one, in standard deviations; NaN where an end has no images. */
  readonly real: number;
  /** Half the width of its 95 % interval. */
  readonly realError: number;
}

/** Looks at up to `most` training images of a probe; where its codes were not kept, these images are encoded. */
export async function lookAtTraining(
  { artifact, encoder: encoderId }: StoredProbe,
  dataset: Dataset,
  attributes: readonly AuditedAttribute[],
  most: number,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<readonly SeenAttribute[]> {
  const kept = await keptCodes(artifact, "train", job);
  const encoder = kept ? undefined : await loaded.get(job, encoderId);
  const count = kept?.codes.shape[0] ?? splitSize(dataset, "train", "audit");
  const indices = new Random(0).fork("audit").permutation(count).subarray(0, most).sort();
  const values = attributes.map(() => new Float64Array(indices.length));
  const labels: number[] = [];
  const codes: Codes[] = [];
  for (let start = 0; start < indices.length; start += BATCH) {
    job.signal.throwIfAborted();
    const at = indices.subarray(start, start + BATCH);
    const batch = await dataset.get("train", at);
    attributes.forEach(({ measurement }, a) =>
      values[a].set(measurement.measure(batch.images), start)
    );
    labels.push(...batch.labels);
    codes.push(
      kept ? takeRows(kept.codes, at) : await encoder!.encode(batch.images, { signal: job.signal }),
    );
    job.emit({
      type: "progress",
      step: start + at.length,
      total: indices.length,
      message: "looking at the training images",
    });
  }
  const seen = concatRows(codes);
  const ends = endsOf(labels, dataset);
  return attributes.map(({ measurement }, a): SeenAttribute => {
    const direction = directionOf(measurement.name, values[a], seen);
    return { ...direction, ...differenceOf(values[a], ends, direction.deviation) };
  });
}

/** The images at both ends of the scale, as positions among those that were looked at. */
function endsOf(labels: readonly number[], { scale }: Dataset): readonly [number[], number[]] {
  const places = [...labels.keys()];
  if (scale.type === "continuous") {
    const order = places.filter((i) => Number.isFinite(labels[i]))
      .sort((a, b) => labels[a] - labels[b]);
    const count = Math.ceil(END * order.length);
    return [order.slice(0, count), order.slice(order.length - count)];
  }
  const present = [...new Set(labels)].filter((label) => label >= 0).sort((a, b) => a - b);
  const at = (label: number) => places.filter((i) => labels[i] === label);
  return [at(present[0]), at(present[present.length - 1])];
}

function differenceOf(
  values: Float64Array,
  ends: readonly [number[], number[]],
  deviation: number,
): { real: number; realError: number } {
  const [mild, severe] = ends.map((rows) => {
    const own = rows.map((i) => values[i]).filter(Number.isFinite);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const square = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { mean, error: square / Math.max(1, own.length - 1) / own.length };
  });
  return {
    real: (severe.mean - mild.mean) / deviation,
    realError: Z * Math.sqrt(mild.error + severe.error) / deviation,
  };
}
