/** How many of some images belong to the data that a probe learned from. */

import type { JobContext } from "@countergrade/countergrade";
import { z } from "zod";
import type { Familiarity } from "./familiarity.ts";

/** A share of foreign images beyond this is told: of a model's own images one in a hundred is foreign. */
const EXPECTED = 0.02;

/** Images by verdict. */
export const FamiliarityCountSchema = z.object({
  familiar: z.int().describe("Images of the kind that the probe learned from"),
  unusual: z.int().describe("Images of which fewer than one in twenty of its own are as strange"),
  foreign: z.int().describe(
    "Images of which fewer than one in a hundred of its own are as strange",
  ),
});

/** Counts the verdicts, with a warning where more images are foreign than there should be; undefined where they are not known. */
export function countedFamiliarity(
  told: readonly (Familiarity | undefined)[],
  job: JobContext,
): z.infer<typeof FamiliarityCountSchema> | undefined {
  if (!told.every(Boolean)) return undefined;
  const number = (verdict: string) => told.filter((one) => one?.verdict === verdict).length;
  const foreign = number("foreign");
  if (foreign > EXPECTED * told.length + 1) {
    const message =
      `${foreign} of ${told.length} images are foreign to this model: what it says about them means nothing`;
    job.emit({ type: "warning", message });
  }
  return { familiar: number("familiar"), unusual: number("unusual"), foreign };
}
