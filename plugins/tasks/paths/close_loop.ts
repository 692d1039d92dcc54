/** The closed loop: what the image misses is added to what the edit asks for, until the image has the grade. */

import {
  type Codes,
  type Edit,
  type Images,
  InputError,
  type LabelScale,
  type Probe,
  row,
  targetGrade,
} from "@countergrade/countergrade";
import { isNumeric } from "@countergrade/countergrade/review";
import { z } from "zod";
import { asksForClasses, type TargetOptions } from "./targets.ts";

/** How far an image's grade may miss its target and still count as met, in grades. */
export const TOLERANCE = 0.25;

/** {@linkcode TOLERANCE}, or of a continuous scale, whose unit may be any, what the label changes by in as many σ of score. */
export function usualTolerance(probe: Probe): number {
  if (!isNumeric(probe.scale)) return TOLERANCE;
  const middle = targetGrade(probe, { score: 0 });
  return TOLERANCE / (probe.scoreAt(middle + 1) - probe.scoreAt(middle));
}

/** How far beyond the original target a correction may ask, in σ. */
export const REACH = 4;

/** Options of the closed loop. */
export const CloseLoopSchema = z.strictObject({
  iterations: z.int().min(1).max(10).default(3).describe("Corrections to try per frame"),
  tolerance: z.number().min(0).max(10).default(TOLERANCE)
    .describe(
      "How far an image's grade may miss its target, in grades or in the unit of a continuous scale",
    ),
  by: z.enum(["probe", "judge"]).optional().describe(
    "Whose grade shall arrive at the target: the probe's own, or that of the judge, who of a yes or no shall just change sides; default: probe",
  ),
});

/** See {@linkcode CloseLoopSchema}. */
export type CloseLoopOptions = z.infer<typeof CloseLoopSchema>;

/**
 * Refuses a loop that nobody can close.
 *
 * @param scale The probe's, where it is known.
 * @throws {InputError} Without the judge that shall close it, or where targets have no grade to arrive at.
 */
export function checkLoop(
  { closeLoop, judge, ...targets }: TargetOptions & {
    closeLoop?: CloseLoopOptions;
    judge?: unknown;
  },
  scale?: LabelScale,
): void {
  if (!closeLoop) return;
  if (closeLoop.by === "judge" && !judge) {
    throw new InputError("Cannot close the loop by the judge: expected a judge beside it", [
      "judge",
    ]);
  }
  if (scale && asksForClasses(targets, scale)) {
    throw new InputError(
      "Cannot close the loop: expected targets with a grade, a class without an order has none",
      ["closeLoop"],
    );
  }
}

/** Frames of one image, as edited, rendered and seen again. Rows of all parts belong together. */
export interface Attempt {
  readonly edit: Edit;
  /** `[n, c, h, w]` */
  readonly frames: Images;
  /** Codes of the frames, `[n, d]`. */
  readonly reencoded: Codes;
}

/** A score that was asked for, and that of the image which came of it; in σ. */
export interface Trial {
  readonly asked: number;
  readonly shown: number;
}

/**
 * The score to ask for next, so that the image shows `goal`: after one trial the last request plus the miss, after more the
 * secant through the last two. Where the secant falls, which no correction can mean, it is the plain miss again. Never further than
 * {@linkcode REACH} from the first request.
 */
export function nextRequest(goal: number, trials: readonly Trial[]): number {
  const last = trials[trials.length - 1];
  const before = trials[trials.length - 2] as Trial | undefined;
  const slope = before ? (last.shown - before.shown) / (last.asked - before.asked) : 1;
  const request = last.asked + (goal - last.shown) / (slope > 0 ? slope : 1);
  return Math.min(trials[0].asked + REACH, Math.max(trials[0].asked - REACH, request));
}

/** The grades `[n]` that codes `[n, d]` are read as. */
export type Read = (codes: Codes) => Float64Array;

/** |ĝ(E(x')) − g*| of every frame, in grades. */
export function misses(read: Read, reencoded: Codes, grades: readonly number[]): number[] {
  return Array.from(read(reencoded), (grade, i) => Math.abs(grade - grades[i]));
}

/** Edits and renders the frames `indices` of a path again, from the original latents, towards `scores`; nothing ends the loop. */
export type TryAgain = (
  indices: readonly number[],
  scores: readonly number[],
  iteration: number,
  best: Attempt,
) => Promise<Attempt | undefined>;

/**
 * Corrects the frames that miss their grade by more than the tolerance, all of them as one batch per iteration. A frame keeps its
 * best attempt; `attempts` says how often each was rendered.
 */
export async function closeLoop(
  first: Attempt,
  grades: readonly number[],
  probe: Probe,
  read: Read,
  { iterations, tolerance }: CloseLoopOptions,
  tryAgain: TryAgain,
): Promise<{ best: Attempt; attempts: number[] }> {
  const best = copied(first);
  const goals = first.edit.targetScore;
  const seen = probe.score(first.reencoded);
  const trials = grades.map((_, i): Trial[] => [{ asked: goals[i], shown: seen[i] }]);
  const missed = misses(read, first.reencoded, grades);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const open = grades.flatMap((_, index) => {
      const score = nextRequest(goals[index], trials[index]);
      const stuck = !Number.isFinite(score) || score === trials[index].at(-1)!.asked;
      return missed[index] <= tolerance || stuck ? [] : [{ index, score }];
    });
    if (open.length === 0) break;
    const indices = open.map(({ index }) => index);
    const again = await tryAgain(indices, open.map(({ score }) => score), iteration, best);
    if (!again) break;
    const shown = probe.score(again.reencoded);
    const missedAgain = misses(read, again.reencoded, indices.map((index) => grades[index]));
    open.forEach(({ index, score }, k) => {
      trials[index].push({ asked: score, shown: shown[k] });
      if (!(missedAgain[k] < missed[index])) return;
      missed[index] = missedAgain[k];
      putRow(best, index, again, k);
    });
  }
  return { best, attempts: trials.map(({ length }) => length) };
}

/** A copy that can be written to. */
export function copied({ edit, frames, reencoded }: Attempt): Attempt {
  const copy = <T extends Images>({ shape, data }: T) => ({ shape, data: data.slice() });
  return {
    edit: {
      latents: { codes: copy(edit.latents.codes), noise: edit.latents.noise },
      targetScore: edit.targetScore.slice(),
      length: edit.length.slice(),
      lengthRatio: edit.lengthRatio.slice(),
      percentile: edit.percentile.slice(),
    },
    frames: copy(frames),
    reencoded: copy(reencoded),
  };
}

/** Row `from` of `source` to row `to` of `target`; the noise is the same in all rows. */
export function putRow(target: Attempt, to: number, source: Attempt, from: number): void {
  for (const part of ["targetScore", "length", "lengthRatio", "percentile"] as const) {
    target.edit[part][to] = source.edit[part][from];
  }
  row(target.edit.latents.codes, to).data.set(row(source.edit.latents.codes, from).data);
  row(target.frames, to).data.set(row(source.frames, from).data);
  row(target.reencoded, to).data.set(row(source.reencoded, from).data);
}
