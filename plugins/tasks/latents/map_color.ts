/** What a map is colored by beside the grade: an attribute of the images, in groups of equal size. */

import { InputError, type JobContext } from "@countergrade/countergrade";
import { percentile } from "@countergrade/countergrade/linear";
import { namedAttributesOf } from "../data/attributes.ts";
import { openWatched } from "../encoders/models.ts";

/** Groups that values are cut into. */
const GROUPS = 5;
/** Images read at a time. */
const BATCH = 64;

/** A color for each of some codes. */
export interface MapColor {
  /** Index into the names; −1 where the attribute could not be measured. */
  readonly labels: Int32Array;
  /** Of the groups, from low to high. */
  readonly names: readonly string[];
  /** As they were measured, NaN where they could not be. */
  readonly values: Float64Array;
}

/**
 * Measures an attribute in the images at `indices` of a split.
 *
 * @throws {InputError} When the data set has no such attribute, or it cannot be measured in any image.
 */
export async function colorBy(
  name: string,
  { dataset: id, split }: { dataset: string; split: string },
  indices: ArrayLike<number>,
  job: JobContext,
): Promise<MapColor> {
  const dataset = await openWatched(job, id);
  const known = namedAttributesOf(dataset);
  const attribute = known.find((one) => one.name === name);
  if (!attribute) {
    throw new InputError(
      `Cannot color by "${name}": expected one of ${known.map(({ name }) => name).join(", ")}`,
      ["color"],
    );
  }
  const all = Int32Array.from(indices);
  const values = new Float64Array(all.length);
  for (let start = 0; start < all.length; start += BATCH) {
    job.signal.throwIfAborted();
    const { images } = await dataset.get(split, all.subarray(start, start + BATCH));
    values.set(attribute.measure(images), start);
  }
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) {
    throw new InputError(`Cannot color by "${name}": it could not be measured in any image`, [
      "color",
    ]);
  }
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
