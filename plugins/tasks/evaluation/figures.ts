/** What an evaluation says: figures over many paths. */

import type { Random } from "@countergrade/countergrade";
import { fitLine } from "@countergrade/countergrade/linear";
import { kendallTau, meanAbsoluteError, spearman } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { EvaluatedPath } from "./evaluated_path.ts";
import { MeasurementSchema } from "./measurements.ts";
import { IntervalSchema, intervalsOf } from "./intervals.ts";
import { FigureSchema, figuresOver } from "./path_figures.ts";

/** What is told of all frames and paths together. A figure without meaning, as a correlation of one grade, is left out. */
export const SummarySchema = z.object({
  paths: z.int().describe("Images that a path was rendered of").meta({
    apiName: "pathCount",
  }),
  frames: z.int().describe("Frames of all paths").meta({ apiName: "frameCount" }),
  spearman: z.number().optional()
    .describe("Spearman's ρ of requested grade and image grade over all frames"),
  kendallTau: z.number().optional()
    .describe("Kendall's τ-b of requested grade and image grade over all frames"),
  gradeMae: z.number().describe("Mean absolute difference of requested and image grade"),
  met: z.number().describe("Share of frames within the tolerance of their grade"),
  arrived: z.number().optional().describe(
    "Share of the requested shift that arrives in the image: slope of the change of the image's score on the change asked for",
  ),
  reconstructionSsim: z.number().optional()
    .describe("Mean SSIM of reconstruction and image; none below 11 × 11 pixels"),
  reconstructionMse: z.number().optional().describe("Mean squared error of the reconstruction"),
  intervals: z.array(IntervalSchema)
    .describe("Bootstrap 95 % intervals of the figures over all frames; resampled are the paths"),
  measurements: z.array(MeasurementSchema)
    .describe("What the data set itself measures in the frames, where it can"),
  figures: z.array(FigureSchema).describe("The metrics of the single paths"),
});

/** See {@linkcode SummarySchema}. */
export type Summary = z.infer<typeof SummarySchema>;

/** Sums up at least one path. @throws {CancelledError} Once the signal is aborted. */
export async function summarize(
  paths: readonly EvaluatedPath[],
  random: Random,
  signal?: AbortSignal,
): Promise<Omit<Summary, "measurements">> {
  const figures = figuresOver(paths.map(({ metrics }) => metrics), random);
  const meanOf = (name: string) => figures.find((figure) => figure.name === name)?.mean;
  const { gradeMae, met, arrived } = overall(paths);
  return {
    paths: paths.length,
    frames: paths.reduce((sum, { frames }) => sum + frames.length, 0),
    gradeMae,
    met,
    ...known({
      ...orders(paths),
      arrived,
      reconstructionSsim: meanOf("reconstructionSsim"),
      reconstructionMse: meanOf("reconstructionMse"),
    }),
    intervals: await intervalsOf(paths, overall, random.fork("intervals"), signal),
    figures,
  };
}

/** How well the order of the image grades follows that of the requested ones; equal requests cap ρ and τ-b below 1. */
function orders(paths: readonly EvaluatedPath[]) {
  const [requested, shown] = gradesOf(paths);
  return { spearman: spearman(requested, shown), kendallTau: kendallTau(requested, shown) };
}

/**
 * The figures over all frames that have intervals.
 *
 * `arrived` is the least-squares slope, over all frames, of f(E(x')) − f(E(x̂)) on f* − f(z): what the image's score changed, net of
 * what the reconstruction alone changes, on what it was to change. 1 when all of it arrives, 0 when the image stays as it is.
 */
function overall(paths: readonly EvaluatedPath[]) {
  const met = paths.flatMap(({ frames }) => frames.map(({ met }) => met));
  const asked = paths.flatMap(({ targetScores, latentScore }) =>
    targetScores.map((score) => score - latentScore)
  );
  const came = paths.flatMap(({ frames, reconstructionScore }) =>
    frames.map(({ imageScore }) => imageScore - reconstructionScore)
  );
  return {
    gradeMae: meanAbsoluteError(...gradesOf(paths)),
    met: met.filter(Boolean).length / met.length,
    arrived: asked.some((shift) => shift !== asked[0]) ? fitLine(asked, came).slope : NaN,
  };
}

/** Requested and image grades of all frames. */
function gradesOf(paths: readonly EvaluatedPath[]): [number[], number[]] {
  const frames = paths.flatMap((path) => path.frames);
  return [
    frames.map(({ targetGrade }) => targetGrade),
    frames.map(({ imageGrade }) => imageGrade),
  ];
}

function known(figures: Record<string, number | undefined>): Record<string, number> {
  const has = (entry: [string, number | undefined]): entry is [string, number] =>
    Number.isFinite(entry[1]);
  return Object.fromEntries(Object.entries(figures).filter(has));
}
