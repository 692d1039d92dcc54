/** An interpolation between two images as a value: mixed, rendered, and seen again. */

import {
  type CodeStatistics,
  type Encoder,
  type Images,
  type Latents,
  type PathRecord,
  type Probe,
  row,
  rows,
  type SamplerOptions,
} from "@countergrade/countergrade";
import {
  interpolateLatents,
  mahalanobis,
  mahalanobisLength,
  percentileOf,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import type { Invert } from "../inversion.ts";
import { withMissed } from "../residual.ts";
import { FrameFiguresSchema, judgementsOf } from "../frames.ts";
import { joined, judge, type Judged } from "../render_path.ts";

/** The figures of a frame between two images. */
export const InterpolationFrameSchema = FrameFiguresSchema.omit({
  target: true,
  targetGrade: true,
  targetScore: true,
  lengthRatio: true,
  attempts: true,
  limited: true,
  seen: true,
  beyond: true,
  met: true,
}).extend({
  fraction: z.number().describe("Where on the way it lies: 0 is the first image, 1 the second"),
});

/** A rendered interpolation; the record is that of a path whose targets are the grades of the mixed codes. */
export interface RenderedInterpolation {
  readonly record: PathRecord;
  readonly frames: z.infer<typeof InterpolationFrameSchema>[];
  /** What the probe says about the first and the second image `[1]`. */
  readonly ends: readonly [Judged, Judged];
}

/** What an interpolation is made with. */
export interface InterpolationSetup {
  readonly encoder: Encoder;
  readonly probe: Probe;
  readonly statistics: CodeStatistics;
  readonly sampler: SamplerOptions;
  /** The way to x_T. */
  readonly invert: Invert;
  readonly signal: AbortSignal;
  /** Called for every sampling step: two inversions, one rendering. */
  onStep(message: string): void;
}

/**
 * Encodes two images `[1, c, h, w]` to z and x_T, mixes them (see {@linkcode interpolateLatents}), renders all frames with the first
 * image's reconstruction as one batch, and encodes every frame again. What the sampler keeps is mixed as well, see `residual`.
 *
 * @param fractions 0 is the first image, 1, the last of them, the second.
 * @throws {CancelledError} Within a step, once the signal is aborted.
 */
export async function renderInterpolation(
  from: Images,
  to: Images,
  fractions: readonly number[],
  setup: InterpolationSetup,
): Promise<RenderedInterpolation> {
  const { encoder, probe, statistics, sampler, signal } = setup;
  const [start, end] = [await inverted(from, setup), await inverted(to, setup)];
  const latents = interpolateLatents(start, end, fractions);
  const rebuilt = await encoder.render(joined(start, latents), {
    sampler,
    signal,
    onStep: () => setup.onStep("rendering"),
  });
  const rendered = sampler.residual ? completed(rebuilt, from, to, [0, ...fractions]) : rebuilt;
  const frames = rows(rendered, 1, rendered.shape[0]);
  const reencoded = await encoder.encode(frames, { signal });
  const [told, shown] = [judge(probe, latents.codes), judge(probe, reencoded)];
  const step = (i: number) =>
    row(latents.codes, i).data.map((value, j) => value - start.codes.data[j]);
  const lengths = fractions.map((_, i) => mahalanobisLength(statistics, step(i)));
  const distances = mahalanobis(statistics, latents.codes);
  return {
    record: {
      original: from,
      reconstruction: row(rendered, 0),
      ...sampler.residual && { plain: row(rebuilt, 0) },
      frames,
      code: start.codes,
      codes: latents.codes,
      reencoded,
      targetScores: [...told.score],
      targetGrades: [...told.grade],
      latentGrades: [...told.grade],
      latentScores: [...told.score],
      imageGrades: [...shown.grade],
      imageScores: [...shown.score],
      lengths,
    },
    frames: fractions.map((fraction, index) => ({
      index,
      fraction,
      ...judgementsOf(told, shown, index),
      lengthSigma: lengths[index],
      percentile: percentileOf(statistics.distances.data, distances[index]),
    })),
    ends: [judge(probe, start.codes), judge(probe, end.codes)],
  };
}

/** What is missed of both ends, added in the shares in which they were mixed; the first row is the first image, the last the second. */
function completed(rendered: Images, from: Images, to: Images, fractions: readonly number[]) {
  const last = row(rendered, rendered.shape[0] - 1).data;
  const [start, end] = [
    from.data.map((value, k) => value - rendered.data[k]),
    to.data.map((value, k) => value - last[k]),
  ];
  return withMissed(
    rendered,
    (i) => start.map((value, k) => (1 - fractions[i]) * value + fractions[i] * end[k]),
  );
}

async function inverted(
  image: Images,
  { encoder, invert, signal, onStep }: InterpolationSetup,
): Promise<Latents> {
  const codes = await encoder.encode(image, { signal });
  const noise = await invert(image, codes, { signal, onStep: () => onStep("inverting") });
  return { codes, noise };
}
