/** The closed loop in the eyes of a judge: the edit goes on until the judge itself says what was asked for. */

import { InputError, type Target } from "@countergrade/countergrade";
import { type Attempt, copied, putRow } from "./close_loop.ts";
import type { Verdicts, Witness } from "../judges/witness.ts";

/** A side of a yes or no counts as reached from here on, and is aimed at a little behind that. */
const ACROSS = 0.6;
/** Farther across than this is more change than it takes. */
const FAR_ACROSS = 0.75;
/** More than any log-odds or grade: what lies on the wrong side misses by at least this. */
const WRONG_SIDE = 1e6;
/** A request keeps this share of the interval away from its ends. */
const MARGIN = 0.1;

/** What a judge shall say of one frame, in log-odds of the severe side or in grades. */
export interface JudgeGoal {
  readonly unit: "logOdds" | "grade";
  readonly aim: number;
  /** What counts as met, both ends included. */
  readonly low: number;
  readonly high: number;
  /** 1 or −1 where a side is asked for: what lies on the other one is missed, however near. */
  readonly side?: 1 | -1;
}

/** A score that was asked for, in σ, and what the judge said then, in the unit of its goal. */
export interface JudgeTrial {
  readonly asked: number;
  readonly shown: number;
}

const logit = (p: number) => Math.log(p) - Math.log1p(-p);

/**
 * What the judge shall say of a frame that was asked for.
 *
 * A grade is one in the judge's own words, within the tolerance; the ends of a scale have no farther side. Of a yes or no the grade names
 * a side: a picture that begins there stays as it is asked for, any other goes just across. A probability is that of the severe side.
 *
 * @param start What the judge says about the picture without an edit, in log-odds of the severe side.
 * @throws {InputError} For a target that a judge has no word for.
 */
export function judgeGoal(
  asked: Target,
  grade: number,
  witness: Witness,
  tolerance: number,
  start: number,
): JudgeGoal {
  const { graded, judge: { classes }, question: { scale }, threshold } = witness;
  if ("score" in asked) {
    throw new InputError(
      "Cannot close the loop by the judge: expected grades or probabilities, a judge has no scores",
      ["scores"],
    );
  }
  if ("probability" in asked) return probabilityGoal(asked.probability, tolerance, classes);
  if (classes === 2) {
    const between = graded && grade > 0 && grade < 1;
    if (between) return probabilityGoal(grade, tolerance, classes);
    return sideGoal(grade >= (graded ? 1 : threshold) ? 1 : -1, start);
  }
  const last = scale.type === "continuous" ? Infinity : scale.names.length - 1;
  const first = scale.type === "continuous" ? -Infinity : 0;
  return {
    unit: "grade",
    aim: grade,
    low: grade <= first ? -Infinity : grade - tolerance,
    high: grade >= last ? Infinity : grade + tolerance,
  };
}

function probabilityGoal(p: number, tolerance: number, classes: number | undefined): JudgeGoal {
  if (classes === undefined) {
    throw new InputError(
      "Cannot close the loop by the judge: expected grades, it tells no probabilities",
      ["probabilities"],
    );
  }
  // What was asked for on one side is not met on the other.
  const [least, most] = p > 0.5 ? [0.5, 1] : p < 0.5 ? [0, 0.5] : [0, 1];
  return {
    unit: "logOdds",
    aim: logit(p),
    low: logit(Math.max(least, p - tolerance)),
    high: logit(Math.min(most, p + tolerance)),
    ...(p !== 0.5 && { side: p > 0.5 ? 1 as const : -1 as const }),
  };
}

function sideGoal(side: 1 | -1, start: number): JudgeGoal {
  const across = side * logit(ACROSS);
  // What lies there already has no farther end.
  const end = side * start > 0 ? Infinity : logit(FAR_ACROSS);
  const [low, high] = side > 0 ? [Number.MIN_VALUE, end] : [-end, -Number.MIN_VALUE];
  return { unit: "logOdds", aim: across, low, high, side };
}

/** What a judge says in the unit of a goal. */
export function saidOf({ unit }: JudgeGoal, verdicts: Verdicts, i: number): number {
  return unit === "grade" ? verdicts.grade![i] : verdicts.score[i];
}

/** How far from being met; 0 within. */
export function missOf({ low, high, side }: JudgeGoal, said: number): number {
  const far = side !== undefined && side * said <= 0 ? WRONG_SIDE : 0;
  return far + Math.max(0, low - said, said - high);
}

/**
 * The score to ask for next: between neighbors on both sides of the aim, those nearest to the start, where what was said is on a line;
 * before there are such, on the secant through the last two, at most twice as far as they are apart, away from the start where it falls. Never beyond
 * the bounds.
 *
 * @param leastStep What may be gone in any case, in σ.
 */
export function nextAsked(
  { aim }: JudgeGoal,
  trials: readonly JudgeTrial[],
  [least, most]: readonly [number, number],
  leastStep: number,
): number {
  const sorted = trials.toSorted((a, b) => a.asked - b.asked);
  const away = ({ asked }: JudgeTrial) => Math.abs(asked - trials[0].asked);
  // Neighbors, so that the interval shrinks with every trial, whatever the judge says farther out.
  const [around] = sorted.slice(1).map((right, i) => [sorted[i], right] as const)
    .filter(([left, right]) => (left.shown - aim) * (right.shown - aim) < 0)
    .toSorted((a, b) => Math.min(...a.map(away)) - Math.min(...b.map(away)));
  if (around) {
    const [left, right] = around;
    const share = (aim - left.shown) / (right.shown - left.shown);
    const inside = Math.min(1 - MARGIN, Math.max(MARGIN, share));
    return left.asked + inside * (right.asked - left.asked);
  }
  const [before, last] = trials.slice(-2);
  const slope = (last.shown - before.shown) / (last.asked - before.asked);
  const apart = Math.max(leastStep, 2 * Math.abs(last.asked - before.asked));
  const wanted = slope > 0 ? (aim - last.shown) / slope : Math.sign(aim - last.shown) * apart;
  const step = Math.min(apart, Math.max(-apart, wanted));
  return Math.min(most, Math.max(least, last.asked + step));
}

/** What the loop starts from and works with. */
export interface JudgeLoop {
  /** The open loop's frames, and what the judge says about them. */
  readonly first: Attempt;
  readonly seen: Verdicts;
  readonly goals: readonly JudgeGoal[];
  /** The own score of the picture without an edit, in σ, and what the judge says about it in the unit of a goal. */
  readonly ownScore: number;
  readonly ownSaid: (goal: JudgeGoal) => number;
  /** Scores that may be asked for, in σ. */
  readonly bounds: readonly [number, number];
  /** See {@linkcode nextAsked}. */
  readonly leastStep: number;
  readonly iterations: number;
  /** Edits and renders the frames `indices` again, from the original latents, towards `scores`; nothing ends the loop. */
  readonly tryAgain: (
    indices: readonly number[],
    scores: readonly number[],
    iteration: number,
    best: Attempt,
  ) => Promise<{ attempt: Attempt; seen: Verdicts } | undefined>;
}

/**
 * Corrects the frames that the judge does not see as asked for, all of them as one batch per iteration. No gradient goes through the
 * renderer: the judge is only asked what it says.
 */
export async function closeLoopByJudge(
  { first, seen, goals, ownScore, ownSaid, bounds, leastStep, iterations, tryAgain }: JudgeLoop,
): Promise<{ best: Attempt; attempts: number[]; met: boolean[] }> {
  const best = copied(first);
  const said = goals.map((goal, i) => saidOf(goal, seen, i));
  const missed = goals.map((goal, i) => missOf(goal, said[i]));
  const trials = goals.map((goal, i): JudgeTrial[] => [
    { asked: ownScore, shown: ownSaid(goal) },
    { asked: first.edit.targetScore[i], shown: said[i] },
  ]);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const open = goals.flatMap((goal, index) => {
      const score = missed[index] > 0 ? nextAsked(goal, trials[index], bounds, leastStep) : NaN;
      const stuck = trials[index].slice(1).some(({ asked }) => asked === score);
      return Number.isFinite(score) && !stuck ? [{ goal, index, score }] : [];
    });
    if (open.length === 0) break;
    const indices = open.map(({ index }) => index);
    const again = await tryAgain(indices, open.map(({ score }) => score), iteration, best);
    if (!again) break;
    open.forEach(({ goal, index, score }, k) => {
      const shown = saidOf(goal, again.seen, k);
      trials[index].push({ asked: score, shown });
      const miss = missOf(goal, shown);
      if (!(miss < missed[index])) return;
      missed[index] = miss;
      putRow(best, index, again.attempt, k);
    });
  }
  return {
    best,
    attempts: trials.map(({ length }) => length - 1),
    met: missed.map((miss) => miss === 0),
  };
}
