/** How far a judge reads frames from what was asked: conformal bands, measured on held-out paths and stored with a probe. */

import { type JobContext, NotFoundError, type SamplerOptions } from "@countergrade/countergrade";
import { z } from "zod";
import type { StoredProbe } from "../encoders/models.ts";

/** The file of the bands among those of a probe. */
export const BANDS_FILE = "bands.json";

/** The band of one grade. */
export const BandSchema = z.object({
  grade: z.number().describe("Grade asked for"),
  width: z.number().describe(
    "The judge reads a frame within ± this many grades of it in as many cases as the coverage says",
  ),
  frames: z.int().describe("Frames that say so, one per image"),
});

/** The bands of a probe, with how they were measured. */
export const BandsSchema = z.object({
  judge: z.string().describe("The judge"),
  coverage: z.number().describe("Share of new images that lie within, at least"),
  dataset: z.string().describe("Data set of the images"),
  split: z.string().describe("Their split"),
  making: z.string().describe("How the paths were made, see makingOf"),
  bands: z.array(BandSchema).describe(
    "From the lowest grade on; those of too few frames are left out",
  ),
});

/** See {@linkcode BandsSchema}. */
export type Bands = z.infer<typeof BandsSchema>;

/** Options that do not change what a frame of a grade is: which images, which grades, who looks on, what is told. */
const BESIDE = [
  ...[
    "probe",
    "dataset",
    "split",
    "labels",
    "index",
    "indices",
    "image",
    "fit",
    "spacing",
    "center",
    "limit",
    "graded",
    "costly",
  ],
  ...["targets", "scores", "probabilities", "classes", "frames", "reach"],
  ...["judge", "neighbors", "within", "uninformative", "foreign", "coverage", "title", "editors"],
];

/** How a path is made, as a text: bands hold for paths that are made in the same way, by the same sampler. */
export function makingOf(options: object, sampler: SamplerOptions): string {
  const kept = Object.entries({ ...options, sampler: sorted(sampler) })
    .filter(([name, value]) => !BESIDE.includes(name) && value !== undefined);
  return JSON.stringify(sorted(Object.fromEntries(kept)));
}

function sorted(fields: object): object {
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => a < b ? -1 : 1));
}

/**
 * The bands that are stored with a probe, and what to know where they are not for paths that are made like this. Models that come along
 * bring theirs as an artifact that follows from the probe's id; nobody asked for those, so nothing is said where they do not fit.
 */
export async function storedBands(
  { artifact }: StoredProbe,
  options: object,
  sampler: SamplerOptions,
  job: JobContext,
): Promise<{ bands?: Bands; warning?: string }> {
  const own = artifact.files[BANDS_FILE] !== undefined;
  const bytes = own ? await job.read(artifact, BANDS_FILE) : await broughtAlong(artifact, job);
  if (!bytes) return {};
  const bands = BandsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  if (bands.making === makingOf(options, sampler)) return { bands };
  if (!own) return {};
  return {
    warning:
      `The probe's bands are of paths that are made in another way (${bands.making}), so no frame has one`,
  };
}

/** Raised with what bands hold for: those of other versions lie in workspaces that had a model before. */
const VERSION = 2;

/** Bands are measured only where somebody asks for them. */
async function broughtAlong(
  { id }: StoredProbe["artifact"],
  job: JobContext,
): Promise<Uint8Array | undefined> {
  const none = new NotFoundError("bands", id);
  try {
    const key = { version: VERSION, probe: id };
    return (await job.derived("bands", key, () => Promise.reject(none)))[BANDS_FILE];
  } catch (error) {
    if (error === none) return undefined;
    throw error;
  }
}

/** The width of the band at a grade; between two grades the wider of both, beyond the outermost there is none. */
export function bandAt({ bands }: Bands, grade: number): number | undefined {
  const below = bands.findLast((band) => band.grade <= grade);
  const above = bands.find((band) => band.grade >= grade);
  return below && above ? Math.max(below.width, above.width) : undefined;
}

/** A band in words: "a judge reads it within ±0.9 in 90 of 100". */
export function bandText({ judge, coverage }: Bands, width: number): string {
  return `${judge} reads it within ±${width.toFixed(1)} in ${Math.round(100 * coverage)} of 100`;
}

/** What a path tells of its bands. */
export function toldBands({ making: _, ...told }: Bands): Omit<Bands, "making"> {
  return told;
}
