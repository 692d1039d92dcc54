/** Where the frames of one patient shall arrive: grades and other targets as scores that patients have. */

import {
  type Codes,
  InputError,
  type LabelScale,
  type Probe,
  type Target,
  targetGrade,
} from "@countergrade/countergrade";
import {
  shareBeyond,
  typicalGradeOf,
  typicalScoreAt,
  type TypicalScores,
} from "@countergrade/countergrade/linear";
import { isLabel } from "@countergrade/countergrade/review";
import { z } from "zod";
import { isNominalClass, targetText } from "./targets.ts";

/** The largest factor on the typical step; what patients have bounds it too, see {@linkcode TypicalScores.ranges}. */
const MOST = 2.5;

/** Options that say what a grade means. */
export interface CalibrationOptions {
  calibration: "relative" | "typical" | "regression";
  stepFactor?: number;
  extrapolate: boolean;
}

/** The fields of {@linkcode CalibrationOptions}. */
export function calibrationFields() {
  return {
    calibration: z.enum(["relative", "typical", "regression"]).default("relative").describe(
      "What a grade means: as far from the image's own grade as real images of both grades are apart, so that a mild example stays one; the typical score of real images of the grade; or the score at which the regression of the grade on the score gives it, which exaggerates",
    ).meta({
      enumDescriptions: {
        relative: "The step between typical scores, added to the image's own score.",
        typical: "The mean score of real images of the grade.",
        regression:
          "The inverse of E[grade | score]: beyond what patients have where the probe is weak.",
      },
    }),
    stepFactor: z.number().min(0.1).max(MOST).optional().describe(
      "Factor on the step to the typical score; default: 1, and where what lies outside of a region is held as many times that as make the changes between grades as large as those between real images",
    ),
    extrapolate: z.boolean().default(false).describe(
      "Allow targets beyond the scores of real images: the least 1st to the greatest 99th percentile of a grade's training images",
    ),
  };
}

/** How targets become scores. */
export interface Calibration extends CalibrationOptions {
  readonly stepFactor: number;
  /** Unknown for probes whose training codes are gone, and for scales without images. */
  readonly typical?: TypicalScores;
}

/**
 * What options and what is held make of the calibration. Where an outside is held, a part of the typical step is left out: the disease
 * arrives at its real size when the step is longer (measured on knees, see docs/figures.md).
 *
 * @param realSize Of the change that a typical step makes, over that of the real one, where a region is held.
 */
export function calibrationOf(
  { calibration, stepFactor, extrapolate }: CalibrationOptions,
  typical: TypicalScores | undefined,
  realSize = 1,
): Calibration {
  const fitting = realSize > 0 ? Math.min(MOST, Math.max(1, 1 / realSize)) : 1;
  return { typical, calibration, stepFactor: stepFactor ?? fitting, extrapolate };
}

/** Where one frame shall arrive. */
export interface Goal {
  /** What was asked for. */
  readonly asked: Target;
  /** The grade that was asked for. */
  readonly grade: number;
  /** What the editor is given: a score, or the log-odds of a class without an order. */
  readonly target: Target;
  /** The grade that {@linkcode PatientGoals.read} gives at this score. */
  readonly aimed: number;
  /** Held back at the end of what patients have. */
  readonly limited: boolean;
  /** The share (0–1) of the real patients of this grade that lie beyond the score; undefined where none is known. */
  readonly beyond?: number;
}

/** A target that is not gone for, and why. */
export interface Unreached {
  readonly target: Target;
  readonly reason: string;
}

/** What one patient's frames shall arrive at. */
export interface PatientGoals {
  readonly goals: readonly Goal[];
  readonly unreached: readonly Unreached[];
  /** The grades `[n]` of codes `[n, d]` on the scale that the goals are on. */
  read(codes: Codes): Float64Array;
}

/**
 * The goals of a patient.
 *
 * With `relative` targets the goal of grade k is s + factor · (t(k) − t(own)), s the own score, t the typical scores and own the label,
 * or where there is none the grade whose typical score is s. It never goes beyond what patients have, see
 * {@linkcode TypicalScores.ranges}; other targets beyond it are refused unless `extrapolate`.
 *
 * @param code The image's code `[1, d]`.
 * @param label Its label on the probe's scale, where it is known.
 * @throws {InputError} When no target is left.
 */
export function goalsOf(
  targets: readonly Target[],
  probe: Probe,
  code: Codes,
  label: number | undefined,
  calibration: Calibration,
): PatientGoals {
  const patient = patientOf(probe, code, label, calibration);
  const goals: Goal[] = [];
  const unreached: Unreached[] = [];
  for (const target of targets) {
    const goal = isNominalClass(probe, target)
      ? classGoal(target, probe, code, label, calibration)
      : scoreGoal(target, probe, patient, calibration);
    const refusal = goal.limited ? undefined : refusalOf(goal, probe, code, calibration);
    if (refusal === undefined) goals.push(goal);
    else unreached.push({ target, reason: refusal });
  }
  if (goals.length === 0) throw new InputError(`Cannot edit: ${unreached[0].reason}`, ["targets"]);
  return { goals, unreached, read: (codes) => patient.read(codes, targets) };
}

/** A label as one of the probe's scale; undefined where it is none, or the data set's names are others. */
export function labelOn(
  probe: Probe,
  scale: LabelScale | undefined,
  label: number | undefined,
): number | undefined {
  const same = scale !== undefined && isSameScale(scale, probe.scale);
  return same && label !== undefined && isLabel(label, probe.scale) ? label : undefined;
}

/** Whether labels on two scales mean the same. */
export function isSameScale(a: LabelScale, b: LabelScale): boolean {
  return a.type === b.type && a.names.join("\n") === b.names.join("\n");
}

/** One patient's own place on the scale of typical scores. */
interface Patient {
  readonly score: number;
  readonly grade: number;
  /** The grade at which a goal would have this score. */
  gradeOf(score: number): number;
  /** The score of this patient with a grade: the typical one, and with relative targets what makes him a mild or a marked example. */
  typicalOf(grade: number): number;
  read(codes: Codes, targets: readonly Target[]): Float64Array;
}

function patientOf(
  probe: Probe,
  code: Codes,
  label: number | undefined,
  { typical, calibration, stepFactor }: Calibration,
): Patient {
  const score = probe.score(code)[0];
  if (!typical || calibration === "regression" || probe.scale.type === "nominal") {
    return {
      score,
      grade: probe.grade(code)[0],
      gradeOf: () => NaN,
      typicalOf: () => NaN,
      read: (codes) => probe.grade(codes),
    };
  }
  const { labels } = typical;
  const own = label !== undefined && isLabel(label, probe.scale)
    ? label
    : Math.min(labels[labels.length - 1], Math.max(labels[0], typicalGradeOf(typical, score)));
  const offset = calibration === "relative" ? score - typicalScoreAt(typical, own) : 0;
  const gradeOf = (value: number) =>
    typicalGradeOf(typical, score + (value - score) / stepFactor - offset);
  return {
    score,
    grade: own,
    gradeOf,
    typicalOf: (grade) => typicalScoreAt(typical, grade) + offset,
    // Scores and probabilities are asked for as they are, not relative to the patient.
    read: (codes, targets) =>
      probe.score(codes).map((value) =>
        targets.some(isGrade) ? gradeOf(value) : typicalGradeOf(typical, value)
      ),
  };
}

/** Whether a target is a grade, or a class of a scale with an order, which is one. */
function isGrade(target: Target): target is { grade: number } | { class: string | number } {
  return "grade" in target || "class" in target;
}

function scoreGoal(
  asked: Target,
  probe: Probe,
  { score, grade: own, gradeOf, typicalOf }: Patient,
  { typical, calibration, stepFactor, extrapolate }: Calibration,
): Goal {
  const grade = targetGrade(probe, asked);
  if (!typical || calibration === "regression") {
    return { asked, grade, target: asked, aimed: grade, limited: false };
  }
  // A step of zero is the identity: an image of grade k at grade k is itself, to the bit.
  const stays = grade === own && calibration === "relative";
  const wanted = !isGrade(asked)
    ? scoreOf(asked, probe)
    : stays
    ? score
    : score + stepFactor * (typicalOf(grade) - score);
  const [low, high] = typical.ranges[0];
  const kept = Math.min(Math.max(wanted, Math.min(low, score)), Math.max(high, score));
  const limited = calibration === "relative" && isGrade(asked) && !extrapolate && kept !== wanted;
  const goal = limited ? kept : wanted;
  const shown = isGrade(asked) ? gradeOf(goal) : typicalGradeOf(typical, goal);
  const of = isGrade(asked) ? grade : shown;
  return {
    asked,
    grade: of,
    target: isGrade(asked) ? { score: goal } : asked,
    aimed: shown,
    limited,
    beyond: shareBeyond(typical, of, goal, goal >= score),
  };
}

function scoreOf(target: Target, probe: Probe): number {
  if ("score" in target) return target.score;
  if ("probability" in target) return probe.scoreAtProbability(target.probability);
  return probe.scoreAt(targetGrade(probe, target));
}

/** A class without an order: the log-odds that its own patients have; a patient of the class stays as he is. */
function classGoal(
  asked: Target,
  probe: Probe,
  code: Codes,
  label: number | undefined,
  { typical, calibration, stepFactor }: Calibration,
): Goal {
  const index = targetGrade(probe, asked);
  const plain = { asked, grade: index, target: asked, aimed: index, limited: false };
  const k = typical?.labels.indexOf(index) ?? -1;
  if (!typical || k < 0 || calibration === "regression" || !probe.classes) return plain;
  const own = probe.classes.logOdds(code, index)[0];
  const stays = calibration === "relative" && label === index;
  const goal = stays ? own : own + stepFactor * (typical.scores[k] - own);
  return {
    ...plain,
    target: { class: index, logOdds: goal },
    beyond: shareBeyond(
      { ...typical, labels: [index], percentiles: [typical.percentiles[k]] },
      index,
      goal,
      goal >= own,
    ),
  };
}

/** Why a goal is beyond what patients have, and farther out than the image itself; undefined where it is not. */
function refusalOf(
  { asked, target }: Goal,
  probe: Probe,
  code: Codes,
  { typical, extrapolate }: Calibration,
): string | undefined {
  if (!typical || extrapolate) return undefined;
  const odds = "class" in target;
  if (odds && target.logOdds === undefined) return undefined;
  const k = odds ? typical.labels.indexOf(target.class as number) : 0;
  const [low, high] = typical.ranges[odds ? k : 0];
  const own = odds ? probe.classes!.logOdds(code, target.class as number)[0] : probe.score(code)[0];
  const goal = odds ? target.logOdds! : scoreOf(target, probe);
  if (!(goal > Math.max(high, own) || goal < Math.min(low, own))) return undefined;
  const place = (value: number) => Number(value.toFixed(2));
  return `${targetText(asked)} asks for the score ${place(goal)}, expected one from ${
    place(low)
  } to ${place(high)}, as far as real images of any grade go; "extrapolate" allows it`;
}
