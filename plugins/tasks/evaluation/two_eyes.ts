/** The frames of many paths as the own probe reads them and as a judge sees them: the same figures, side by side. */

import type { Random } from "@countergrade/countergrade";
import { fitLine } from "@countergrade/countergrade/linear";
import { meanAbsoluteError, spearman } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { EvaluatedPath } from "./evaluated_path.ts";
import { FigureSchema, figuresOver } from "./path_figures.ts";
import { IntervalSchema, intervalsOf } from "./intervals.ts";
import { leaningOf, type Verdict } from "../judges/witness.ts";

/** What the figures are called in tables, in their order. */
export const EYE_LABELS = {
  spearman: "Spearman's ρ with the requested grade",
  spearmanWithin: "The same within a path, mean",
  slope: "Slope on the requested grade",
  gradeMae: "Mean absolute difference to the requested grade, grades",
  met: "Share within the tolerance of the requested grade",
  sided: "Share on the requested side of the boundary",
  flipsUp: "Of images on the mild side: flipped where the severe one was asked for",
  flipsDown: "Of images on the severe side: flipped where the mild one was asked for",
  identity: "Change of an image that is asked for its own label, grades",
  labelMae: "Mean absolute error on the labels of the images, grades",
  covered: "Share of frames within their band",
} as const;

type Name = keyof typeof EYE_LABELS;

/** Correlations with requested grades have no intervals, see {@linkcode intervalsOf}. */
const RANKED: readonly Name[] = ["spearman", "spearmanWithin"];

const EyeSchema = z.object({
  figures: z.record(z.string(), z.number()).describe(
    "By name: spearman, spearmanWithin, slope, gradeMae, met, sided, flipsUp, flipsDown, identity, labelMae, covered; those without meaning are left out",
  ),
  intervals: z.array(IntervalSchema)
    .describe("Bootstrap 95 % intervals of the figures; resampled are the paths"),
});

/** What a judge says about an evaluation, beside the own probe. */
export const TwoEyesSchema = z.object({
  name: z.string().describe("The judge"),
  own: EyeSchema.describe("The own probe, on the images encoded again"),
  judge: EyeSchema.describe("The judge, on the same images"),
  asked: z.array(z.object({
    grade: z.number().describe("Grade asked for"),
    frames: z.int().describe("Frames"),
    own: z.number().describe("Mean grade by the own probe"),
    judge: z.number().describe("Mean grade by the judge, or mean probability of a yes or no"),
  })).describe("What was asked for, and what both see"),
  metrics: z.array(FigureSchema).describe(
    "The metrics of the single paths, by the judge's grades and sides",
  ),
  together: z.object({
    features: z.string().describe(
      "What the judge tells of an image before it decides, and how many numbers",
    ),
    figures: z.record(z.string(), z.number()).describe(
      "By name, as frechetFrames, frechetReconstructions, frechetReal",
    ),
  }).optional().describe(
    "All frames together in the judge's features, where it tells some and there are more frames than features",
  ),
});

/** See {@linkcode TwoEyesSchema}. */
export type TwoEyes = z.infer<typeof TwoEyesSchema>;

/** What one eye sees of a picture; NaN where it has no grades. */
interface Sight {
  readonly grade: number;
  /** What is ranked: the grade, or the probability where there is none. */
  readonly value: number;
  readonly severe: boolean;
}

/** The frames of a path to one eye. */
interface SeenPath {
  readonly label: number;
  readonly original: Sight;
  readonly reconstruction: Sight;
  readonly frames:
    readonly (Sight & { readonly asked: number; readonly met: boolean; readonly band?: number })[];
}

/** What the sides are, and how near is met. */
export interface Sides {
  /** A grade is severe from half a grade below on; infinite where grades have no sides. */
  readonly threshold: number;
  /** The label from which the judge says yes. */
  readonly judged: number;
  readonly tolerance: number;
  /** Whether the labels of the images are grades on the probe's scale. */
  readonly labeled: boolean;
}

/** Sums up paths that a judge has seen; undefined where there was none. */
export async function twoEyes(
  paths: readonly EvaluatedPath[],
  sides: Sides,
  random: Random,
  signal: AbortSignal,
  together?: TwoEyes["together"],
): Promise<TwoEyes | undefined> {
  const judged = paths.filter((path) => path.judge);
  if (judged.length === 0) return undefined;
  const eye = async (see: (path: EvaluatedPath) => SeenPath, threshold: number, name: string) => {
    const of = (some: readonly EvaluatedPath[]) =>
      figuresOf(some.map(see), threshold, sides.labeled);
    const resampled = (some: readonly EvaluatedPath[]) =>
      Object.fromEntries(
        Object.entries(of(some)).filter(([name]) => !RANKED.includes(name as Name)),
      );
    const seeded = random.fork("two eyes", name);
    return {
      figures: Object.fromEntries(
        Object.entries(of(judged)).filter(([, value]) => Number.isFinite(value)),
      ),
      intervals: await intervalsOf(judged, resampled, seeded, signal),
    };
  };
  const byJudge = (path: EvaluatedPath) => seenByJudge(path, sides);
  return {
    name: judged[0].judge!.name,
    own: await eye(seenByProbe, sides.threshold, "own"),
    judge: await eye(byJudge, sides.judged, "judge"),
    asked: askedGrades(judged.map(seenByProbe), judged.map(byJudge)),
    metrics: figuresOver(judged.map(({ judge }) => judge!.metrics), random.fork("judge")),
    ...together && { together },
  };
}

function seenByProbe(path: EvaluatedPath): SeenPath {
  const sight = (grade: number, score: number): Sight => ({
    grade,
    value: grade,
    severe: score > 0,
  });
  return {
    label: path.label,
    original: sight(path.latentRead, path.latentScore),
    reconstruction: sight(path.latentGrade, path.reconstructionScore),
    frames: path.frames.map(({ imageGrade, imageScore, targetGrade, met }) => ({
      ...sight(imageGrade, imageScore),
      asked: targetGrade,
      met,
    })),
  };
}

function seenByJudge(path: EvaluatedPath, { judged, tolerance }: Sides): SeenPath {
  const sight = (verdict: Verdict): Sight => ({
    grade: verdict.grade ?? NaN,
    value: verdict.grade ?? verdict.probability ?? NaN,
    severe: leaningOf(verdict, judged) > 0,
  });
  const { original, reconstruction } = path.judge!;
  return {
    label: path.label,
    original: sight(original),
    reconstruction: sight(reconstruction),
    frames: path.frames.map(({ judge = {}, targetGrade, band }) => ({
      ...sight(judge),
      asked: targetGrade,
      met: Math.abs((judge.grade ?? NaN) - targetGrade) <= tolerance,
      band,
    })),
  };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const share = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length / all.length;

/** The figures of one eye; NaN where they have no meaning. */
function figuresOf(
  paths: readonly SeenPath[],
  threshold: number,
  labeled: boolean,
): Record<Name, number> {
  const frames = paths.flatMap((path) =>
    path.frames.map((frame) => ({ ...frame, path, wanted: frame.asked >= threshold - 0.5 }))
  );
  const graded = frames.filter(({ grade }) => Number.isFinite(grade));
  const asked = graded.map((frame) => frame.asked);
  const flips = (from: boolean) =>
    frames.filter(({ path, wanted }) => path.reconstruction.severe === from && wanted !== from);
  const flipped = ({ severe, wanted }: { severe: boolean; wanted: boolean }) => severe === wanted;
  const own = labeled ? frames.filter(({ asked, path }) => asked === path.label) : [];
  const truths = labeled ? paths.filter(({ original }) => Number.isFinite(original.grade)) : [];
  return {
    spearman: spearman(frames.map((frame) => frame.asked), frames.map(({ value }) => value)),
    spearmanWithin: mean(
      paths.map(({ frames }) =>
        spearman(frames.map((frame) => frame.asked), frames.map(({ value }) => value))
      ).filter(Number.isFinite),
    ),
    slope: asked.some((grade) => grade !== asked[0])
      ? fitLine(asked, graded.map(({ grade }) => grade)).slope
      : NaN,
    gradeMae: meanAbsoluteError(asked, graded.map(({ grade }) => grade)),
    met: share(graded, ({ met }) => met),
    sided: share(frames, flipped),
    flipsUp: share(flips(false), flipped),
    flipsDown: share(flips(true), flipped),
    identity: mean(own.map(({ grade, path }) => Math.abs(grade - path.reconstruction.grade))),
    covered: share(
      graded.filter(({ band }) => band !== undefined),
      ({ grade, asked, band }) => Math.abs(grade - asked) <= band!,
    ),
    labelMae: mean(truths.map(({ label, original }) => Math.abs(original.grade - label))),
  };
}

/** The mean of both at every grade that was asked for, from low to high; of grades that few asked for too. */
function askedGrades(own: readonly SeenPath[], judge: readonly SeenPath[]): TwoEyes["asked"] {
  const pairs = own.flatMap(({ frames }, i) =>
    frames.map(({ asked, value }, k) => ({ asked, own: value, judge: judge[i].frames[k].value }))
  );
  return [...new Set(pairs.map(({ asked }) => asked))].sort((a, b) => a - b).map((grade) => {
    const here = pairs.filter(({ asked }) => asked === grade);
    return {
      grade,
      frames: here.length,
      own: mean(here.map(({ own }) => own)),
      judge: mean(here.map(({ judge }) => judge)),
    };
  });
}
