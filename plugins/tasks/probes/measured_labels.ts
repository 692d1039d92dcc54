/** What is measured in the images behind codes, as labels to fit a probe to. */

import { batches, InputError, type JobContext, type Labels } from "@countergrade/countergrade";
import { labelsOn } from "@countergrade/countergrade/review";
import { namedAttributesOf } from "../data/attributes.ts";
import { openWatched } from "../encoders/models.ts";
import { type CodesBehindLabels, expectSame, type JudgedLabels } from "../judges/judged_labels.ts";

/** Images read at a time. */
const BATCH = 64;

/**
 * Measures an attribute in the images of all splits: real numbers, in units of its standard deviation over the first of them from its
 * mean, since what is measured may be in any unit. Images in which it cannot be measured have no label.
 *
 * @throws {InputError} When the data set has no such attribute, or is another than that of the codes.
 */
export async function measuredLabels(
  name: string,
  codes: CodesBehindLabels,
  job: JobContext,
): Promise<JudgedLabels> {
  const dataset = await openWatched(job, codes.dataset);
  expectSame(dataset, codes);
  const known = namedAttributesOf(dataset);
  const attribute = known.find((one) => one.name === name);
  if (!attribute) {
    throw new InputError(
      `Cannot fit a probe to "${name}": expected one of ${
        known.map(({ name }) => name).join(", ")
      }`,
      ["attribute"],
    );
  }
  const values: Record<string, number[]> = {};
  for (const split of Object.keys(codes.splits)) {
    values[split] = [];
    for await (const { images } of batches(dataset, split, BATCH)) {
      job.signal.throwIfAborted();
      values[split].push(...attribute.measure(images));
    }
  }
  const { mean, deviation } = spreadOf(Object.values(values)[0] ?? []);
  const scale = { type: "continuous" as const, names: [`${name}, standard deviations`] };
  const splits: Record<string, Labels> = {};
  for (const [split, raw] of Object.entries(values)) {
    splits[split] = labelsOn(scale, raw.map((value) => (value - mean) / deviation));
  }
  return { scale, splits, judge: name };
}

function spreadOf(values: readonly number[]) {
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const square = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  if (square > 0) return { mean, deviation: Math.sqrt(square) };
  throw new InputError("Cannot fit a probe: what is measured is the same in all images", [
    "attribute",
  ]);
}
