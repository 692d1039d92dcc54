/** The review of a probe as plain data. */

import type { ProbeReview, ReviewedFigure } from "@countergrade/countergrade/review";
import { z } from "zod";

/** A review as JSON: figures without meaning are left out. */
export const ReviewSchema = z.object({
  images: z.int().describe("Images with a label"),
  figures: z.array(z.object({
    name: z.string().describe("What it is called"),
    value: z.number().describe("Its value"),
    low: z.number().optional().describe("Lower end of the bootstrap 95 % interval over images"),
    high: z.number().optional().describe("Upper end of it"),
    baseline: z.number().optional().describe(
      "The same figure of the better constant answer: always one side or the other, always the median grade or the most frequent one, the share of severe images as probability",
    ),
  })).describe("What says how good the probe is"),
  confusion: z.array(z.array(z.int())).describe("Rows: labels; columns: labels told"),
  binaryConfusion: z.array(z.array(z.int())).describe("The same of the binary question"),
  reliability: z.array(z.object({
    predicted: z.number().describe("Mean probability told"),
    observed: z.number().describe("Share of images that are severe"),
    count: z.int().describe("Images"),
  })).describe("Reliability curve in bins of equal mass"),
});

/** See {@linkcode ReviewSchema}. */
export type PlainReview = z.infer<typeof ReviewSchema>;

/** A review without what JSON cannot say. */
export function plainReview(review: ProbeReview): PlainReview {
  const known = (figure: ReviewedFigure) =>
    Object.fromEntries(Object.entries(figure).filter(([, v]) => !Number.isNaN(v)));
  return ReviewSchema.parse({
    ...review,
    figures: review.figures.filter(({ value }) => !Number.isNaN(value)).map(known),
  });
}

/** The intervals of figures by their names, of those that have one. */
export function intervalsOf({ figures }: PlainReview): Record<string, [number, number]> {
  return Object.fromEntries(
    figures.flatMap(({ name, low, high }) =>
      low === undefined || high === undefined ? [] : [[name, [low, high]]]
    ),
  );
}
