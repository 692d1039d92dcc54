/** What a map is colored by: the grade, a further label, or an attribute of the images, numbers in groups of equal size. */

import {
  type Dataset,
  InputError,
  type JobContext,
  type LabelScale,
} from "@countergrade/countergrade";
import { percentile } from "@countergrade/countergrade/linear";
import { namedAttributesOf } from "../data/attributes.ts";
import { openWatched } from "../encoders/models.ts";

/** Groups that values are cut into. */
const GROUPS = 5;
/** Images read at a time. */
const BATCH = 64;

/** A color for each of some codes. */
export interface MapColor {
  /** Index into the names; −1 where it is not known. */
  readonly labels: Int32Array;
  /** Of the groups, from low to high. */
  readonly names: readonly string[];
  /** As they were measured or given, NaN where they are not known. */
  readonly values: Float64Array;
}

/**
 * A further label of the images at `indices` of a split, or else an attribute, which is measured in them.
 *
 * @throws {InputError} When the data set has neither, or it is known of no image.
 */
export async function colorBy(
  name: string,
  { dataset: id, split }: { dataset: string; split: string },
  indices: ArrayLike<number>,
  job: JobContext,
): Promise<MapColor> {
  const dataset = await openWatched(job, id);
  const all = Int32Array.from(indices);
  const column = dataset.columns?.find((one) => one.name === name);
  const color = column
    ? grouped(column.scale, Float64Array.from(all, (index) => column.labels[split]?.[index] ?? NaN))
    : grouped(
      { type: "continuous", names: [name] },
      await measured(name, dataset, split, all, job),
    );
  if (color.labels.some((label) => label >= 0)) return color;
  throw new InputError(`Cannot color by "${name}": it is not known of any image`, ["color"]);
}

/** Labels as colors: those of a continuous scale by fifths. */
function grouped({ type, names }: LabelScale, values: Float64Array): MapColor {
  if (type !== "continuous") {
    const labels = Int32Array.from(values, (value) => value >= 0 ? value : -1);
    return { values: values.map((value) => value >= 0 ? value : NaN), labels, names };
  }
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { values, labels: new Int32Array(values.length).fill(-1), names };
  const edges = Array.from(
    { length: GROUPS - 1 },
    (_, g) => percentile(finite, 100 * (g + 1) / GROUPS),
  );
  const text = (value: number) => String(Number(value.toPrecision(3))).replace("-", "−");
  return {
    values,
    labels: Int32Array.from(
      values,
      (value) => Number.isFinite(value) ? edges.filter((edge) => value > edge).length : -1,
    ),
    names: [...edges.map((edge) => `to ${text(edge)}`), `over ${text(edges[GROUPS - 2])}`],
  };
}

async function measured(
  name: string,
  dataset: Dataset,
  split: string,
  all: Int32Array,
  job: JobContext,
): Promise<Float64Array> {
  const known = namedAttributesOf(dataset);
  const attribute = known.find((one) => one.name === name);
  if (!attribute) {
    const names = [...dataset.columns ?? [], ...known].map(({ name }) => name);
    throw new InputError(`Cannot color by "${name}": expected one of ${names.join(", ")}`, [
      "color",
    ]);
  }
  const values = new Float64Array(all.length);
  for (let start = 0; start < all.length; start += BATCH) {
    job.signal.throwIfAborted();
    const { images } = await dataset.get(split, all.subarray(start, start + BATCH));
    values.set(attribute.measure(images), start);
  }
  return values;
}
