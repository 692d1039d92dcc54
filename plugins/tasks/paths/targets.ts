/** What the frames of a path shall arrive at: grades, scores, probabilities, classes, or steps through the boundary. */

import { InputError, type LabelScale, type Probe, type Target } from "@countergrade/countergrade";
import type { TypicalScores } from "@countergrade/countergrade/linear";
import { z } from "zod";

/** Most frames of one path. */
const MOST = 64;

/** Options that say where frames shall arrive; at most one kind of them is given. */
export interface TargetOptions {
  targets?: number[];
  scores?: number[];
  probabilities?: number[];
  classes?: string[];
  frames?: number;
  reach?: number;
}

/** The fields of {@linkcode TargetOptions}. */
export function targetFields() {
  const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MOST).optional();
  return {
    targets: list(z.number().min(-1e6).max(1e6))
      .describe(
        "Grades of the frames, or values of a continuous scale, as an age; default: every grade or class of the scale, for continuous labels five through the boundary",
      ),
    scores: list(z.number().min(-100).max(100))
      .describe("Instead of grades: scores of the frames, in σ"),
    probabilities: list(z.number().gt(0).lt(1))
      .describe("Instead of grades: probabilities of the severe side"),
    classes: list(z.string()).describe("Instead of grades: names of the scale, or their indices"),
    frames: z.int().min(2).max(MOST).optional()
      .describe("Instead of grades: how many frames, evenly in score through the boundary"),
    reach: z.number().positive().max(100).optional().describe(
      "With frames: how far to go to both sides of the boundary, in σ; default: to the farther end of the scale",
    ),
  };
}

const KINDS = ["targets", "scores", "probabilities", "classes", "frames"] as const;

/** @throws {InputError} For more than one kind of target, a reach without frames, or what is not on the scale. */
export function checkTargets(options: TargetOptions, scale: LabelScale): void {
  const given = KINDS.filter((kind) => options[kind] !== undefined);
  if (given.length > 1) {
    throw new InputError(
      `Cannot tell where the frames shall arrive: expected one of ${KINDS.join(", ")}, got ${
        given.join(" and ")
      }`,
      [given[1]],
    );
  }
  const { targets, classes, frames, reach } = options;
  if (reach !== undefined && frames === undefined) {
    throw new InputError("Cannot use a reach: expected the number of frames beside it", ["reach"]);
  }
  targets?.forEach((grade, i) => checkGrade(grade, scale, i));
  classes?.forEach((name, i) => checkClass(name, scale, i));
}

/**
 * The targets that options ask for, in the order of the frames.
 *
 * @throws {InputError} See {@linkcode checkTargets}.
 */
export function targetsOf(options: TargetOptions, probe: Probe, typical?: TypicalScores): Target[] {
  checkTargets(options, probe.scale);
  const { targets, scores, probabilities, classes, frames, reach } = options;
  if (scores) return scores.map((score) => ({ score }));
  if (probabilities) return probabilities.map((probability) => ({ probability }));
  if (classes) return classes.map((name) => ({ class: classOf(name, probe) }));
  if (frames !== undefined) {
    return reach === undefined
      ? withinReach(frames, farEnd(probe, typical), typical)
      : throughBoundary(frames, reach);
  }
  if (targets) return targets.map((grade) => ({ grade }));
  return USUAL[probe.scale.type](probe.scale.names.length, typical);
}

const everyGrade = (count: number): Target[] =>
  Array.from({ length: count }, (_, grade) => ({ grade }));

/** Where frames arrive when nothing is said: at every grade or class, or to both sides of the boundary. */
const USUAL: Record<LabelScale["type"], (count: number, typical?: TypicalScores) => Target[]> = {
  binary: everyGrade,
  ordinal: everyGrade,
  nominal: (count) => Array.from({ length: count }, (_, index) => ({ class: index })),
  continuous: (_, typical) => withinReach(5, 2, typical),
};

/** Whether options ask for classes of a nominal scale, see {@linkcode isNominalClass}. */
export function asksForClasses(options: TargetOptions, { type }: LabelScale): boolean {
  const others = KINDS.filter((kind) => kind !== "classes");
  return type === "nominal" && others.every((kind) => options[kind] === undefined);
}

/** Whether a target is a class of a nominal scale: reached by its own log-odds, no point on the probe's score. */
export function isNominalClass(probe: Probe, target: Target): boolean {
  return probe.scale.type === "nominal" && "class" in target;
}

/** How far beyond its ends a scale of names may be asked for. */
const BEYOND = 20;

/** @throws {InputError} For a grade that is far off a scale of names. */
function checkGrade(grade: number, { type, names }: LabelScale, place: number): void {
  const [low, high] = [-BEYOND, names.length - 1 + BEYOND];
  if (type === "continuous" || (grade >= low && grade <= high)) return;
  throw new InputError(
    `Cannot take ${grade} as a grade: expected one from ${low} to ${high}, the scale has ${names.length} names`,
    ["targets", place],
  );
}

/** @throws {InputError} For what is neither a name of the scale nor an index of one. */
function checkClass(name: string, { names }: LabelScale, place: number): void {
  if (names.includes(name) || (/^\d+$/.test(name) && Number(name) < names.length)) return;
  throw new InputError(
    `Cannot find class "${name}": expected one of ${
      names.join(", ")
    }, or an index below ${names.length}`,
    ["classes", place],
  );
}

/** A name as it is; what is none but a whole number, as an index. */
function classOf(text: string, { scale: { names } }: Probe): string | number {
  return !names.includes(text) && /^\d+$/.test(text) ? Number(text) : text;
}

/** `frames` scores from −reach to +reach, as far as patients have such scores. */
function withinReach(frames: number, reach: number, typical?: TypicalScores): Target[] {
  const [low, high] = typical?.ranges[0] ?? [-Infinity, Infinity];
  const [from, to] = [Math.max(-reach, Math.min(low, 0)), Math.min(reach, Math.max(high, 0))];
  return Array.from(
    { length: frames },
    (_, i) => ({ score: from + (to - from) * i / (frames - 1) }),
  );
}

/** `frames` scores from −reach to +reach. */
function throughBoundary(frames: number, reach: number): Target[] {
  return Array.from({ length: frames }, (_, i) => ({ score: reach * (2 * i / (frames - 1) - 1) }));
}

/** |score| of the end of the scale that is farther from the boundary; 2 σ where the scale has no ends. */
function farEnd(probe: Probe, typical?: TypicalScores): number {
  if (probe.scale.type === "continuous") return 2;
  const last = probe.scale.names.length - 1;
  if (typical && typical.ranges.length === 1) {
    return Math.max(
      Math.abs(typical.scores[0]),
      Math.abs(typical.scores[typical.scores.length - 1]),
    );
  }
  return Math.max(Math.abs(probe.scoreAt(0)), Math.abs(probe.scoreAt(last)));
}

/** A target in words, as "grade 2" or "score −1.5". */
export function targetText(target: Target): string {
  const [[kind, value]] = Object.entries(target) as [string, string | number][];
  if (typeof value === "string") return `${kind} ${value}`;
  return `${kind} ${String(Number(value.toFixed(2))).replace("-", "−")}`;
}
