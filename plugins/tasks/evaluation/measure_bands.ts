/** The task `measureBands`: how far an independent judge reads frames from the grade that was asked for. */

import { InputError, type JobContext, type TaskPlugin } from "@countergrade/countergrade";
import { conformalWidth } from "@countergrade/countergrade/review";
import { z } from "zod";
import { checkPath } from "../paths/check_path.ts";
import { type Bands, BANDS_FILE, BandsSchema, makingOf } from "../paths/bands.ts";
import { pathFields, type PathOptions, pathVersions } from "../paths/setup.ts";
import type { LoadedEncoders, StoredProbe } from "../encoders/models.ts";
import { drawnImages } from "../data/drawn_images.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";
import { evaluatedPaths, openedPart } from "./paths.ts";
import { openEvaluation } from "./setup.ts";

const Result = z.object({
  probe: z.string().describe("Id of the same probe with its bands").meta({ artifact: true }),
  measured: BandsSchema.describe("What was measured"),
});

interface Options extends Omit<PathOptions, "foreign"> {
  judge: Record<string, unknown>;
  limit: number;
  coverage: number;
}

/**
 * Renders paths of images that were held out, shows them to a judge, and stores with the probe how far the judge's grade lies from the
 * one that was asked for, see {@linkcode conformalWidth}.
 */
export function measureBandsTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "measureBands",
    description:
      "Measure how far a judge reads frames from what was asked, and keep it with the probe",
    options: (host) => {
      const { which, how: { judge, foreign: _, ...how } } = pathFields(host);
      return z.strictObject({
        ...which,
        judge: judge.unwrap().describe("Who reads the frames, with its options"),
        limit: z.int().min(1).max(10_000).default(100)
          .describe(
            "How many images, drawn from the split by the seed; none that anything was fitted to",
          ),
        coverage: z.number().min(0.5).max(0.99).default(0.9)
          .describe("Share of new images whose frames shall lie within the band"),
        ...how,
      });
    },
    inputs: pathVersions,
    check: checkPath,
    result: Result,
    async run(options, job) {
      const setup = await openEvaluation(options, job, loaded);
      await using witness = setup.witness;
      if (!witness?.graded) {
        throw new InputError(
          "Cannot measure bands: expected a judge that tells grades on the probe's scale",
          ["judge"],
        );
      }
      const { dataset, split, coverage, limit } = options;
      const indices = drawnImages(setup.dataset, split, limit, job.random);
      const paths = await evaluatedPaths(
        { split, indices, costly: [] },
        setup,
        job,
        (step) =>
          job.emit({
            type: "progress",
            step,
            total: indices.length,
            message: "rendering paths",
          }),
      );
      const bands: Bands = {
        judge: witness.name,
        coverage,
        dataset,
        split,
        making: makingOf(options, setup.sampler),
        bands: bandsOf(paths, coverage),
      };
      if (bands.bands.length === 0) {
        throw new InputError(
          `Cannot measure bands: expected enough images for a coverage of ${coverage}, current number is ${paths.length}`,
          ["limit"],
        );
      }
      const { id } = await withBands(setup.stored, bands, setup.dataset.fingerprint, job);
      return { probe: id, measured: bands };
    },
    part: (options, part, job) => openedPart(options, part, job, loaded),
  };
}

/** The bands of all grades that were asked for often enough. */
function bandsOf(paths: readonly EvaluatedPath[], coverage: number): Bands["bands"] {
  const errors = new Map<number, number[]>();
  for (const { targetGrade, judge } of paths.flatMap(({ frames }) => frames)) {
    const known = errors.get(targetGrade) ?? [];
    errors.set(targetGrade, [...known, Math.abs(judge!.grade! - targetGrade)]);
  }
  return [...errors].toSorted(([a], [b]) => a - b).map(([grade, all]) => ({
    grade,
    width: conformalWidth(all, coverage),
    frames: all.length,
  })).filter(({ width }) => Number.isFinite(width));
}

/** Stores the probe once more, with its bands. */
async function withBands(
  { artifact }: StoredProbe,
  bands: Bands,
  fingerprint: string,
  job: JobContext,
) {
  const files: Record<string, Uint8Array> = {};
  for (const name of Object.keys(artifact.files)) files[name] = await job.read(artifact, name);
  files[BANDS_FILE] = new TextEncoder().encode(JSON.stringify(bands, null, 2));
  const title = `${artifact.metadata.title}, with bands by ${bands.judge}`;
  // What the probe was fitted to is still what it was fitted to.
  const inputs = [artifact.id, ...artifact.provenance.inputs, fingerprint];
  return await job.save("probe", files, { ...artifact.metadata, title }, inputs);
}
