/** What a data set's own measurements say about rendered images: a second opinion that no encoder and no probe has a part in. */

import {
  concatRows,
  type Dataset,
  type JobContext,
  type Measurement,
  type PathRecord,
} from "@countergrade/countergrade";
import { meanAbsoluteError, spearman } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { EvaluatedPath, MeasuredPath } from "./evaluated_path.ts";
import { IntervalSchema, intervalsOf } from "./intervals.ts";

/** Measures a path's images, by the name of the measurement. */
export function measuredPath(
  { measurements = [] }: Dataset,
  { original, reconstruction, frames }: PathRecord,
): Record<string, MeasuredPath> {
  if (measurements.length === 0) return {};
  const images = concatRows([original, reconstruction, frames]);
  return Object.fromEntries(measurements.map((measurement) => {
    const values = Array.from(
      measurement.measure(images),
      (value) => Number.isFinite(value) ? value : null,
    );
    return [measurement.name, {
      original: values[0],
      reconstruction: values[1],
      frames: values.slice(2),
    }];
  }));
}

/** How well what is measured follows what was asked for, and what the probe says about the image. */
export const MeasurementSchema = z.object({
  name: z.string().describe("Name of the measurement"),
  unit: z.string().describe("Its unit"),
  found: z.number().describe(
    "Share of frames in which it could be measured; the rest counts these only",
  ),
  frames: z.int().describe("Frames in which it could be measured"),
  spearman: z.number().optional().describe("Spearman's ρ of requested grade and measured value"),
  imageSpearman: z.number().optional().describe("Spearman's ρ of image grade and measured value"),
  gradeMae: z.number().optional()
    .describe("Mean absolute difference of requested grade and the grade that was measured"),
  imageGradeMae: z.number().optional()
    .describe("The same of the image grade, over the same frames"),
  agreementMae: z.number().optional()
    .describe("Mean absolute difference of image grade and the grade that was measured"),
  success: z.number().optional().describe(
    "Share of frames measured within half a grade of the target",
  ),
  imageSuccess: z.number().optional().describe("The same by the image grade"),
  validity: z.number().optional()
    .describe("Share of frames measured on the target's side of the threshold"),
  imageValidity: z.number().optional().describe("The same by the image's score"),
  intervals: z.array(IntervalSchema)
    .describe("Bootstrap 95 % intervals of these figures; resampled are the paths"),
});

/** See {@linkcode MeasurementSchema}. */
export type MeasurementSummary = z.infer<typeof MeasurementSchema>;

/** A frame as the probe and the measurement see it. */
export interface MeasuredFrame {
  readonly value: number;
  /** The grade that the value stands for; NaN where the measurement does not define grades. */
  readonly grade: number;
  readonly targetGrade: number;
  readonly targetScore: number;
  readonly imageGrade: number;
  readonly imageScore: number;
}

/** The frames in which something was measured. */
export function measuredFrames(
  { name, grade }: Measurement,
  paths: readonly EvaluatedPath[],
): MeasuredFrame[] {
  return paths.flatMap(({ measured, frames, targetScores }) =>
    frames.flatMap(({ targetGrade, imageGrade, imageScore }, i) => {
      const value = measured[name].frames[i];
      if (value === null) return [];
      const targetScore = targetScores[i];
      return [{
        value,
        grade: grade?.(value) ?? NaN,
        targetGrade,
        targetScore,
        imageGrade,
        imageScore,
      }];
    })
  );
}

/**
 * Sums up one measurement. A measured grade lies on the severe side from threshold − ½ on, where the label would be rounded up to the
 * threshold; frames asked to lie on the boundary itself have no side.
 */
export async function summarizeMeasurement(
  measurement: Measurement,
  paths: readonly EvaluatedPath[],
  threshold: number,
  { random, signal }: Pick<JobContext, "random" | "signal">,
): Promise<MeasurementSummary> {
  const found = measuredFrames(measurement, paths).length;
  const total = paths.reduce((sum, { frames }) => sum + frames.length, 0);
  const resampled = (some: readonly EvaluatedPath[]) => {
    const { spearman: _, ...figures } = figuresOf(measurement, some, threshold);
    return figures;
  };
  const seeded = random.fork("intervals", measurement.name);
  return {
    name: measurement.name,
    unit: measurement.unit,
    found: total ? found / total : 0,
    frames: found,
    ...Object.fromEntries(
      Object.entries(figuresOf(measurement, paths, threshold))
        .filter(([, value]) => Number.isFinite(value)),
    ),
    intervals: await intervalsOf(paths, resampled, seeded, signal),
  };
}

/** The figures of one measurement; NaN where they have no meaning. */
function figuresOf(measurement: Measurement, paths: readonly EvaluatedPath[], threshold: number) {
  const frames = measuredFrames(measurement, paths);
  const graded = frames.filter(({ grade }) => Number.isFinite(grade));
  const sided = graded.filter(({ targetScore }) => targetScore !== 0);
  const targets = frames.map(({ targetGrade }) => targetGrade);
  const values = frames.map(({ value }) => value);
  const error = (
    a: (frame: MeasuredFrame) => number,
    b: (frame: MeasuredFrame) => number,
  ) => meanAbsoluteError(graded.map(a), graded.map(b));
  const target = (frame: MeasuredFrame) => frame.targetGrade;
  const image = (frame: MeasuredFrame) => frame.imageGrade;
  const grade = (frame: MeasuredFrame) => frame.grade;
  const near = (of: (frame: MeasuredFrame) => number) =>
    share(graded, (frame) => Math.abs(of(frame) - frame.targetGrade) <= 0.5);
  return {
    spearman: spearman(targets, values),
    imageSpearman: spearman(frames.map(image), values),
    gradeMae: error(target, grade),
    imageGradeMae: error(target, image),
    agreementMae: error(image, grade),
    success: near(grade),
    imageSuccess: near(image),
    validity: share(sided, (frame) => frame.grade >= threshold - 0.5 === frame.targetScore > 0),
    imageValidity: share(sided, (frame) => frame.imageScore > 0 === frame.targetScore > 0),
  };
}

/** NaN of nothing. */
function share<T>(all: readonly T[], is: (one: T) => boolean): number {
  return all.filter(is).length / all.length;
}
