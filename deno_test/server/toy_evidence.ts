/** What the toy paths tell of evidence. Those of the split "test" are as paths were before there was any. */

import { type Artifact, InputError } from "@countergrade/countergrade";
import { z } from "zod";

/** Options that say what a grade means, and what stays. */
export function evidenceFields() {
  return {
    calibration: z.enum(["relative", "typical", "regression"]).default("relative"),
    extrapolate: z.boolean().default(false),
    hold: z.array(z.string()).default([]),
    region: z.enum(["auto", "none", "proposed"]).default("auto"),
    uninformative: z.boolean().default(false),
    foreign: z.boolean().default(false),
    targets: z.array(z.number()).optional(),
    judge: z.strictObject({ probe: z.strictObject({ probe: z.string() }) }).optional(),
  };
}

interface Options {
  split: string;
  calibration: string;
  extrapolate: boolean;
  hold: string[];
  region: string;
  uninformative: boolean;
  judge?: object;
  targets?: number[];
}

/** @throws {InputError} For a probe of chance, unless its paths are wanted all the same. */
export function refuseChance(
  { metadata: { chance } }: Artifact,
  { uninformative }: Options,
): void {
  const p = (chance as { p: number } | undefined)?.p ?? 0;
  if (p > 0.05 && !uninformative) throw new InputError("This probe tells nothing", ["probe"]);
}

/** Images with this in their name are of another kind. @throws {InputError} Unless their path is wanted all the same. */
export function kindOf(name: string, { foreign }: { foreign: boolean }) {
  const isForeign = name.includes("pagoda");
  if (isForeign && !foreign) {
    throw new InputError('The image is foreign; "foreign" goes on all the same', ["foreign"]);
  }
  const verdict = isForeign ? "foreign" : "familiar";
  return { verdict, p: isForeign ? 0 : 0.6, trait: "code", images: 30, measuredOn: "val" };
}

/** The grades that have a frame, and what the path tells beside the frames. By regression the last grade cannot be reached. */
export function goalsOf(
  count: number,
  { split, calibration, extrapolate, judge, targets }: Options,
) {
  const grades = targets ?? Array.from({ length: count }, (_, grade) => grade);
  if (split === "test") return { reached: grades, unreached: undefined };
  const beyond = calibration === "regression" && !extrapolate;
  const last = count - 1;
  const reason = `grade ${last} asks for the score 9, expected one from -2 to 2`;
  return {
    reached: beyond ? grades.filter((grade) => grade < last) : grades,
    unreached: beyond ? [{ target: { grade: last }, reason }] : [],
    ...(judge && {
      judge: { name: "probe", original: { grade: 0.3 }, reconstruction: { grade: 0.4 } },
    }),
    calibration,
    stepFactor: 1,
  };
}

/** The evidence of the frame at a grade. */
export function evidenceOf(grade: number, { split, extrapolate, hold, region, judge }: Options) {
  if (split === "test") return {};
  const isHeld = hold.length > 0 || region !== "none";
  return {
    limited: grade === 3 && !extrapolate,
    beyond: 0.5 - 0.04 * grade,
    band: 0.8,
    measured: [{ name: "barHeight", unit: "px", value: 12 - 3 * grade }],
    imageRead: 0.9 * grade + 0.3,
    ...(judge && { judge: { grade: 0.7 * grade + 0.3, probability: grade / 4 } }),
    ...(isHeld && {
      seen: {
        held: hold.map((name) => ({ name, change: 0.1 })),
        ...(region !== "none" && { outsideChange: 0.012, outside: 0.99 }),
        arrived: 0.2 * grade,
        likeness: 0.6,
      },
    }),
  };
}
