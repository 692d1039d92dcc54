/** What the pixels of a path say: how far held attributes moved, what stayed outside of the region, what of real disease arrived. */

import { type Images, row } from "@countergrade/countergrade";
import { pearson } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { PathHold } from "./hold.ts";

/** See {@linkcode seenChanges}. */
export const SeenChangeSchema = z.object({
  held: z.array(z.object({
    name: z.string().describe("The attribute"),
    change: z.number().nullable().describe(
      "How far it moved from the reconstruction, measured from pixels, in standard deviations of the training images; null where it could not be measured",
    ),
  })).describe("What was held"),
  outside: z.number().optional().describe(
    "Correlation of frame and reconstruction outside of the region",
  ),
  outsideChange: z.number().optional().describe(
    "Root mean square change outside of the region, in intensity (the range is 2)",
  ),
  arrived: z.number().optional().describe(
    "Of the mean difference of real images of the two grades, the share that the frame shows: its size by least squares, 1 is all",
  ),
  likeness: z.number().optional().describe(
    "Correlation of the frame's change with the mean difference of real images of the two grades",
  ),
}).meta({ apiType: "SeenChange" });

/** See {@linkcode SeenChangeSchema}. */
export type SeenChange = z.infer<typeof SeenChangeSchema>;

/**
 * Compares frames `[n, c, h, w]` with the reconstruction `[1, c, h, w]` by pixels alone.
 *
 * @param own The grade that the image has.
 * @param grades Those asked for `[n]`.
 */
export function seenChanges(
  { attributes, inside, appearance }: PathHold,
  reconstruction: Images,
  frames: Images,
  own: number,
  grades: readonly number[],
): SeenChange[] {
  const before = attributes.map(({ measurement }) => measurement.measure(reconstruction)[0]);
  const after = attributes.map(({ measurement }) => measurement.measure(frames));
  return grades.map((grade, i): SeenChange => {
    const pixels = row(frames, i).data;
    const held = attributes.map(({ measurement: { name }, deviation }, a) => {
      const change = (after[a][i] - before[a]) / deviation;
      return { name, change: Number.isFinite(change) ? change : null };
    });
    const change = pixels.map((value, q) => value - reconstruction.data[q]);
    const real = realChange(appearance.classMeans, own, grade);
    const around = inside && outsideOf(reconstruction.data, pixels, inside);
    return {
      held,
      ...around,
      ...real && likeness(change, real),
    };
  });
}

/** How alike and how far apart two images are outside of the region. */
function outsideOf(a: Float32Array, b: Float32Array, inside: Float32Array) {
  const at = [...inside.keys()].filter((q) => inside[q] < 0.5);
  if (at.length === 0) return {};
  const outside = pearson(at.map((q) => a[q]), at.map((q) => b[q]));
  const square = at.reduce((sum, q) => sum + (a[q] - b[q]) ** 2, 0);
  return {
    ...Number.isFinite(outside) && { outside },
    outsideChange: Math.sqrt(square / at.length),
  };
}

function likeness(change: Float32Array, real: Float64Array) {
  const square = real.reduce((sum, value) => sum + value * value, 0);
  const product = real.reduce((sum, value, q) => sum + value * change[q], 0);
  const correlation = pearson(change, real);
  return {
    arrived: product / square,
    ...Number.isFinite(correlation) && { likeness: correlation },
  };
}

/** The mean image of one grade minus that of another, straight between grades; undefined where a grade has no images, or both are one. */
function realChange(
  { shape: [k, p], data }: Images,
  from: number,
  to: number,
): Float64Array | undefined {
  const meanAt = (grade: number): Float64Array | undefined => {
    const low = Math.floor(Math.min(k - 1, Math.max(0, grade)));
    const high = Math.min(k - 1, low + 1);
    const share = Math.min(1, Math.max(0, grade - low));
    const out = Float64Array.from(
      { length: p },
      (_, q) => (1 - share) * data[low * p + q] + (share > 0 ? share * data[high * p + q] : 0),
    );
    return Number.isFinite(out[0]) ? out : undefined;
  };
  if (k < 2 || Math.abs(from - to) < 0.5) return undefined;
  const [a, b] = [meanAt(from), meanAt(to)];
  return a && b && b.map((value, q) => value - a[q]);
}
