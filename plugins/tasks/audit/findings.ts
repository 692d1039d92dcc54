/** What an audit finds about each attribute, in figures and in a sentence. */

import type { Probe } from "@countergrade/countergrade";
import { z } from "zod";
import type { AuditedAttribute } from "./audited_attributes.ts";
import type { AuditedPath, Ends } from "./audited_paths.ts";
import type { SeenAttribute } from "./training_look.ts";

/** The share of the effect from which on a probe leans on an attribute: natural ones stay below it on phantoms, see `deno task bench shortcuts`. */
export const LEANS = 0.15;
/** A real difference between the ends that is worth a word, in standard deviations. */
const NOTICEABLE = 0.2;
/** An edit exaggerates an attribute that moves by so much, and by so many times the real difference. */
const MOVES = 0.5;
const TIMES = 2;

/** What is said about an attribute. */
export const VERDICTS = {
  shortcut: "The probe leans on it, and it is not the disease.",
  exaggerated: "An edit moves it much farther than it differs between real images.",
  disease: "It belongs to the disease.",
  clear: "The probe can do without it.",
} as const;

const verdicts = Object.keys(VERDICTS) as [keyof typeof VERDICTS];

/** See {@linkcode findingsOf}. */
export const FindingSchema = z.object({
  attribute: z.string().describe("Name of the attribute"),
  description: z.string().describe("What it is"),
  verdict: z.enum(verdicts).describe("What is said about it").meta({ enumDescriptions: VERDICTS }),
  share: z.number().describe(
    "Share of an edit's effect on the own score that disappears when the attribute is held, seen in rendered images, encoded again",
  ),
  codeShare: z.number().describe("The same by the codes alone"),
  judgeShare: z.number().optional().describe(
    "The same in the eyes of the judge, where there is one; absent where it sees no effect",
  ),
  moved: z.number().optional().describe(
    "How far the attribute moves from the mildest to the most severe frame, measured from pixels, in standard deviations of the training images",
  ),
  real: z.number().optional().describe(
    "The difference of its means between real training images of both ends, in the same unit",
  ),
  realError: z.number().optional().describe("Half the width of that difference's 95 % interval"),
  explained: z.number().describe("Share of its variance that the code carries"),
  sentence: z.string().describe("All of it in plain words"),
});

/** See {@linkcode FindingSchema}. */
export type Finding = z.infer<typeof FindingSchema>;

/** Sums up audited paths: the attributes the probe leans on first. */
export function findingsOf(
  attributes: readonly AuditedAttribute[],
  seen: readonly SeenAttribute[],
  paths: readonly AuditedPath[],
  shares: readonly number[],
): Finding[] {
  const findings = attributes.map((attribute, a) =>
    findingOf(attribute, seen[a], paths.map(({ moved }) => moved[a]), {
      share: shareOf(paths, a, ({ score }) => score),
      codeShare: shares[a],
      judgeShare: shareOf(paths, a, ({ judge = NaN }) => judge),
    })
  );
  const order = Object.keys(VERDICTS);
  return findings.sort((a, b) =>
    order.indexOf(a.verdict) - order.indexOf(b.verdict) || b.share - a.share
  );
}

/**
 * ρ² = R²(hᵀΣw)²/(hᵀΣh · wᵀΣw), the squared correlation of attribute and score: the share that an attribute with the direction h, of whose
 * variance the code explains R², has of the effect of a step along Σw on the score.
 */
export function codeShares(
  probe: Probe,
  { mean, covariance }: { mean: { data: Float32Array }; covariance: { data: Float32Array } },
  seen: readonly SeenAttribute[],
): number[] {
  const d = mean.data.length;
  const w = probe.gradient({ shape: [1, d], data: mean.data }).data;
  const product = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < d; i++) {
      let line = 0;
      for (let j = 0; j < d; j++) line += covariance.data[i * d + j] * b[j];
      sum += a[i] * line;
    }
    return sum;
  };
  const all = product(w, w);
  return seen.map(({ weights: { data: h }, explained }) => {
    const own = product(h, h);
    return own > 0 ? explained * product(h, w) ** 2 / (own * all) : 0;
  });
}

/** 1 − the effect without the attribute's part over the whole effect, over all paths; NaN where there is none. */
function shareOf(paths: readonly AuditedPath[], a: number, of: (ends: Ends) => number): number {
  const sum = (pick: (path: AuditedPath) => Ends) =>
    paths.reduce((total, path) => total + of(pick(path)), 0);
  const whole = sum(({ plain }) => plain);
  return whole > 0 ? 1 - sum(({ without }) => without[a]) / whole : NaN;
}

function findingOf(
  { measurement: { name, description }, disease }: AuditedAttribute,
  { real, realError, explained }: SeenAttribute,
  moves: readonly number[],
  shares: { share: number; codeShare: number; judgeShare: number },
): Finding {
  const told = moves.filter(Number.isFinite);
  const moved = told.reduce((sum, value) => sum + value, 0) / told.length;
  const differs = Math.abs(real) - realError > 0 && Math.abs(real) >= NOTICEABLE;
  const verdict = disease
    ? "disease"
    : shares.share >= LEANS && differs
    ? "shortcut"
    : Math.abs(moved) >= MOVES && Math.abs(moved) > TIMES * Math.abs(real)
    ? "exaggerated"
    : "clear";
  return {
    attribute: name,
    description,
    verdict,
    ...finite({ ...shares, moved, real, realError }),
    share: Number.isFinite(shares.share) ? shares.share : 0,
    codeShare: shares.codeShare,
    explained,
    sentence: sentenceOf(name, verdict, { ...shares, moved, real }),
  };
}

function finite(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
}

/** "Brightness falls by 0.9 from the mildest to the most severe picture (real images: falls by 0.5); … " */
function sentenceOf(
  name: string,
  verdict: keyof typeof VERDICTS,
  { share, judgeShare, moved, real }: Record<"share" | "judgeShare" | "moved" | "real", number>,
): string {
  const change = (value: number) =>
    Math.abs(value) < 0.05
      ? "stays"
      : `${value > 0 ? "rises" : "falls"} by ${Math.abs(value).toFixed(1)} standard deviations`;
  const percent = (value: number) => `${Math.round(100 * Math.max(0, value))} %`;
  const parts = [
    Number.isFinite(moved)
      ? `From the mildest to the most severe picture it ${change(moved)}${
        Number.isFinite(real) ? `, in real images it ${change(real)}` : ""
      }`
      : "It could not be measured in the pictures",
    `${percent(share)} of the edit's effect on the probe${
      Number.isFinite(judgeShare) ? ` and ${percent(judgeShare)} of that on the judge` : ""
    } goes when it is held`,
  ];
  return `${nameOf(name)}: ${parts.join("; ")}. ${VERDICTS[verdict]}`;
}

/** As "Height loss" for `heightLoss`. */
export function nameOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}
