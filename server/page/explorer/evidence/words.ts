/** The evidence of a frame in plain words. */

import { HOLDS } from "../choose/method.ts";
import { gradeText, shortName, signed } from "../path/frame_target.ts";
import type { Seen, Verdict } from "../operations.ts";
import type { Scale } from "../../shared/operations.ts";

/** What patients of one label have in common, by the scale. */
const COMMON: Record<Scale["type"], string> = {
  BINARY: "class",
  ORDINAL: "grade",
  NOMINAL: "class",
  CONTINUOUS: "value",
};

/** "38 of 100 real patients of this grade lie beyond". */
export function beyondText(share: number, { type }: Scale): string {
  const patients = (count: string, verb: string) =>
    `${count} of 100 real patients of this ${COMMON[type]} ${verb} beyond`;
  const count = Math.round(100 * share);
  if (share <= 0) return `No real patient of this ${COMMON[type]} lies beyond`;
  if (count === 0) return patients("Fewer than 1", "lie");
  if (count === 100 && share < 1) return patients("More than 99", "lie");
  return patients(String(count), count === 1 ? "lies" : "lie");
}

/** What a judge says: a grade, a class, or how surely it says yes; nothing where it says nothing. */
export function verdictText(verdict: Verdict | null | undefined, scale: Scale): string {
  const { grade, probability, label } = verdict ?? {};
  if (label != null) {
    const name = scale.names[label] ?? String(label);
    return shortName(name) || name;
  }
  if (grade != null) return gradeText(grade, scale);
  return probability == null ? "" : `${Math.round(100 * probability)} % severe side`;
}

/** "brightness +0.1 σ, contrast 0.0 σ": how far moved what was held. */
export function heldText(held: Seen["held"]): string {
  return held.map(({ name, change }) =>
    `${HOLDS[name] ?? name} ${change === null ? "not measured" : `${signed(change)} σ`}`
  ).join(", ");
}

/** The change outside of the region as a share of the range of intensity, which is 2. */
export function outsideText(change: number): string {
  const percent = 100 * change / 2;
  return percent > 0 && percent < 0.1 ? "under 0.1 %" : `${percent.toFixed(1)} %`;
}
