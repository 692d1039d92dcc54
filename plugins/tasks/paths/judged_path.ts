/** A path in the eyes of a judge: what it says about every picture, and frames that are corrected until it says what was asked for. */

import { concatRows, type Images } from "@countergrade/countergrade";
import { z } from "zod";
import { type Attempt, REACH, type TryAgain, usualTolerance } from "./close_loop.ts";
import type { Goal } from "./goals.ts";
import { closeLoopByJudge, judgeGoal, saidOf } from "./judge_loop.ts";
import { type Verdict, verdictOf, VerdictSchema, type Witness } from "../judges/witness.ts";
import type { PathSetup } from "./setup.ts";
import { targetText } from "./targets.ts";

/** What a judge says about the pictures of a path. */
export interface JudgedPath {
  /** The judge's plugin. */
  readonly name: string;
  /** Whether its grades are on the probe's scale. */
  readonly graded: boolean;
  readonly original: Verdict;
  readonly reconstruction: Verdict;
  /** In the order of the targets. */
  readonly frames: readonly Verdict[];
  /** What it saw before it decided, row by row: image, reconstruction, frames. */
  readonly features?: Float64Array;
}

/** The same as plain data, without the frames, which have their own. */
export const JudgedImageSchema = z.object({
  name: z.string().describe("The judge"),
  original: VerdictSchema.describe("What it says about the image"),
  reconstruction: VerdictSchema.describe("… about the image without an edit, rendered"),
}).meta({ apiType: "JudgedPath" });

/** Shows a judge the pictures of a path. */
export async function judgedPath(
  witness: Witness,
  image: Images,
  reconstruction: Images,
  frames: Images,
  signal: AbortSignal,
): Promise<JudgedPath> {
  const verdicts = await witness.look(concatRows([image, reconstruction, frames]), signal);
  const [original, rendered, ...others] = Array.from(
    verdicts.score,
    (_, i) => verdictOf(verdicts, i),
  );
  const { name, graded } = witness;
  const { features } = verdicts;
  return { name, graded, original, reconstruction: rendered, frames: others, features };
}

/** What is told of it beside the frames. */
export function judgedImage({ name, original, reconstruction }: JudgedPath) {
  return { name, original, reconstruction };
}

/** Corrects the frames by what the judge says of them, within the scores that patients have unless the calibration extrapolates. */
export async function correctedByJudge(
  start: { latents: { codes: Images }; reconstruction: Images },
  first: Attempt,
  goals: readonly Goal[],
  setup: PathSetup & { readonly witness: Witness },
  { signal, onWarning }: { readonly signal: AbortSignal; onWarning?(message: string): void },
  tryAgain: TryAgain,
): Promise<{ best: Attempt; attempts: readonly number[]; met: readonly boolean[] }> {
  const { witness, probe, closeLoop } = setup;
  const tolerance = closeLoop?.tolerance ?? usualTolerance(probe);
  const seen = await witness.look(concatRows([start.reconstruction, first.frames]), signal);
  const wanted = goals.map(({ asked, grade }) =>
    judgeGoal(asked, grade, witness, tolerance, seen.score[0])
  );
  const ownScore = probe.score(start.latents.codes)[0];
  const { best, attempts, met } = await closeLoopByJudge({
    first,
    seen: withoutFirst(seen),
    goals: wanted,
    ownScore,
    ownSaid: (goal) => saidOf(goal, seen, 0),
    bounds: boundsOf(setup, ownScore, first),
    leastStep: leastStepOf(setup),
    iterations: closeLoop?.iterations ?? 1,
    async tryAgain(...asked) {
      const attempt = await tryAgain(...asked);
      return attempt && { attempt, seen: await witness.look(attempt.frames, signal) };
    },
  });
  const missed = goals.filter((_, i) => !met[i]).map(({ asked }) => targetText(asked));
  if (missed.length) onWarning?.(`The judge does not see what was asked for: ${missed.join(", ")}`);
  return { best, attempts, met };
}

function withoutFirst(verdicts: Awaited<ReturnType<Witness["look"]>>) {
  return {
    score: verdicts.score.subarray(1),
    ...(verdicts.grade && { grade: verdicts.grade.subarray(1) }),
    ...(verdicts.probability && { probability: verdicts.probability.subarray(1) }),
  };
}

/** How far a judge is led at least before it has said anything else: a fifth of what lies between patients of the end grades, or half a σ. */
function leastStepOf({ calibration: { typical } }: PathSetup): number {
  if (!typical) return 0.5;
  const { scores } = typical;
  return Math.abs(scores[scores.length - 1] - scores[0]) / 5;
}

/** Scores that may be asked for, in σ. */
function boundsOf(
  { calibration: { typical, extrapolate } }: PathSetup,
  ownScore: number,
  { edit: { targetScore } }: Attempt,
): [number, number] {
  const range = extrapolate ? undefined : typical?.ranges[0];
  if (range) return [Math.min(range[0], ownScore), Math.max(range[1], ownScore)];
  const asked = [ownScore, ...targetScore];
  return [Math.min(...asked) - REACH, Math.max(...asked) + REACH];
}
