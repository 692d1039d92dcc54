/** The targets of a path: what each frame shall be, before and after it is there. */

import type { Scale } from "../../shared/operations.ts";
import type { Frame } from "../operations.ts";
import type { TargetChoice } from "../choose/method.ts";

/** What one frame shall be. */
export interface FrameTarget {
  /** As short as it can be: "2", "−1.5". */
  readonly mark: string;
  /** What that means, as "moderate" or "σ, grade 0.4"; may be empty. */
  readonly name: string;
  /** Whether the mark is a score, in σ. */
  readonly isScore?: boolean;
  /** Where on the scale it lies; unknown until the frame says so. */
  readonly grade?: number;
}

/** How many frames continuous labels get when nothing is said. */
const THROUGH_CONTINUOUS = 5;

/**
 * The targets that are asked for, with what the frames tell of them so far. Once a path is there its frames are all that there is:
 * what could not be reached is none of them.
 */
export function frameTargetsOf(
  choice: TargetChoice,
  scale: Scale,
  frames: readonly Frame[] = [],
  isThere = false,
): FrameTarget[] {
  const targets = expected(choice, scale);
  for (const frame of frames) targets[frame.index] = toldBy(frame, scale) ?? targets[frame.index];
  return isThere && frames.length ? targets.slice(0, frames.length) : targets;
}

/** What a frame says of its target; nothing where that is no more than was asked for. */
function toldBy({ target, targetGrade }: Frame, scale: Scale): FrameTarget | undefined {
  const { score, grade, class: name } = target ?? {};
  if (score != null) {
    const grade = targetGrade ?? undefined;
    const name = grade === undefined ? "σ" : `σ, grade ${shown(grade)}`;
    return { mark: signed(score), name, grade, isScore: true };
  }
  if (grade != null) return gradeTarget(grade, scale);
  if (name == null) return undefined;
  const place = scale.names.indexOf(name);
  return gradeTarget(place < 0 ? Number(name) : place, scale);
}

function expected(choice: TargetChoice, scale: Scale): FrameTarget[] {
  const { type, names } = scale;
  const unknown = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ mark: `${i + 1}`, name: "" }));
  if (choice.kind === "through") return unknown(choice.frames);
  if (choice.kind === "one") return [gradeTarget(choice.grade, scale)];
  return type === "CONTINUOUS"
    ? unknown(THROUGH_CONTINUOUS)
    : names.map((_, grade) => gradeTarget(grade, scale));
}

function gradeTarget(grade: number, { type, names }: Scale): FrameTarget {
  const name = type === "CONTINUOUS" ? names[0] : names[grade];
  const mark = String(Number(grade.toFixed(2))).replace("-", "−");
  return { mark, name: shortName(name ?? ""), grade };
}

/** What a name says beside its grade: "Grade 2 (moderate)" is "moderate", "KL 2" is nothing. */
export function shortName(name: string): string {
  const rest = name.replace(/^([a-z]+ \d+$|(grade|kl|kl grade)?\s*\d+\s*)/i, "");
  return rest.replace(/^[(:,–-]\s*(.*?)\)?$/, "$1");
}

/** A number with one decimal and a proper sign; none for what rounds to zero. */
export function signed(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return `${rounded > 0 ? "+" : ""}${rounded.toFixed(1)}`.replace("-", "−");
}

/** A target in words: "3 severe", "1.25". */
export function targetText(target: FrameTarget | undefined): string {
  return target ? `${target.mark} ${target.name}`.trim() : "–";
}

/** A grade on its scale, with one decimal: what is read beyond an end is told as the end. */
export function gradeText(
  grade: number | null | undefined,
  scale: Scale | undefined,
): string {
  if (typeof grade !== "number" || !scale || scale.type === "CONTINUOUS") return shown(grade);
  return shown(Math.min(scale.names.length - 1, Math.max(0, grade)));
}

/** A grade with one decimal, or a dash. */
export function shown(grade: number | null | undefined): string {
  return typeof grade === "number" ? signed(grade).replace("+", "") : "–";
}
