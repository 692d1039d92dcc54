/** The task `evaluate`: paths of many images, and what they are worth. */

import {
  type JobContext,
  metrics,
  type PluginHost,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { checkPath } from "../paths/check_path.ts";
import { drawnImages } from "../data/drawn_images.ts";
import { evaluatedPaths, openedPart } from "./paths.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";
import { seenTogether } from "./seen_together.ts";
import { summarize, SummarySchema } from "./figures.ts";
import { type EvaluationSetup, openEvaluation } from "./setup.ts";
import { countedFamiliarity, FamiliarityCountSchema } from "../latents/familiarity_count.ts";
import { flipRates, FlipRatesSchema } from "./flip_distance.ts";
import { type MeasurementSummary, summarizeMeasurement } from "./measurements.ts";
import { usualTolerance } from "../paths/close_loop.ts";
import { type Sides, twoEyes, TwoEyesSchema } from "./two_eyes.ts";
import { type LoadedEncoders, providerOf, ProviderSchema } from "../encoders/models.ts";
import { pathFields, type PathOptions, pathVersions } from "../paths/setup.ts";
import { ReviewSchema } from "../probes/review.ts";
import { isSameScale, otherScaleText, reviewBatches, splitReview } from "../probes/split_review.ts";

const Result = SummarySchema.extend({
  flips: FlipRatesSchema.describe("How far an edit must go until the image's label flips"),
  familiarity: FamiliarityCountSchema.optional().describe(
    "How many of the images are of the kind that the probe learned from; absent where that is not known",
  ),
  review: ReviewSchema.optional()
    .describe("The probe on the images of the split; none where they have no labels on its scale"),
  judge: TwoEyesSchema.optional().describe(
    "The frames in the eyes of the judge, where there is one",
  ),
  evaluation: z.string().describe("Id of the evaluation").meta({ artifact: true }),
  provider: ProviderSchema,
});

interface Options extends Omit<PathOptions, "foreign"> {
  limit: number;
  graded: number;
  costly: string[];
}

/**
 * Renders the paths of some images of a split and sums up their metrics, what the data set measures in the frames, and how far the
 * probe can be trusted there. Stores the files of {@linkcode evaluationFiles}.
 */
export function evaluateTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "evaluate",
    description: "Measure the paths of many images of a data set",
    options: (host) => {
      const { which, how: { foreign: _, ...how } } = pathFields(host);
      return z.strictObject({
        ...which,
        limit: z.int().min(1).max(1000).default(32)
          .describe("How many images, drawn from the split by the seed"),
        graded: z.int().min(0).max(100_000).default(1000)
          .describe("How many images, drawn in the same way, the probe itself is measured on"),
        costly: costlyOption(host),
        ...how,
      });
    },
    inputs: pathVersions,
    check: checkPath,
    result: Result,
    async run(options, job) {
      const setup = await openEvaluation(options, job, loaded);
      await using _ = setup.witness;
      const { dataset, encoderId } = setup;
      for (const message of setup.warnings) job.emit({ type: "warning", message });
      const indices = drawnImages(dataset, options.split, options.limit, job.random);
      const graded = gradedImages(setup, options, job);
      const total = indices.length + reviewBatches(graded.length);
      const progress = (step: number, message: string) =>
        job.emit({ type: "progress", step, total, message });
      const paths = await evaluatedPaths(
        { split: options.split, indices, costly: options.costly },
        setup,
        job,
        (done) => progress(done, "rendering paths"),
      );
      const review = await splitReview(
        options.split,
        graded,
        setup,
        job,
        (done) => progress(indices.length + done, "measuring the probe"),
      );
      const told = {
        ...await summaryOf(paths, options.split, setup, job),
        ...review && { review },
      };
      const title = `Paths of ${indices.length} images of ${dataset.id}, ${options.split}`;
      // Drawing charts takes a quarter of a second to load.
      const { evaluationFiles } = await import("./files.ts");
      const artifact = await job.save(
        "evaluation",
        evaluationFiles(title, told, paths.map(({ seen: _, ...path }) => path), options, setup),
        { dataset: dataset.id, encoder: encoderId, probe: options.probe, title },
        [
          options.probe,
          encoderId,
          dataset.fingerprint,
        ],
      );
      return { evaluation: artifact.id, provider: providerOf(setup.encoder), ...told };
    },
    part: (options, part, job) => openedPart(options, part, job, loaded),
  };
}

/** All that is said about the paths together. */
async function summaryOf(
  paths: readonly EvaluatedPath[],
  split: string,
  setup: EvaluationSetup,
  job: JobContext,
) {
  const { dataset: { measurements = [] }, threshold } = setup;
  const together = await seenTogether(paths, split, setup, job);
  const judge = await twoEyes(paths, sidesOf(setup), job.random, job.signal, together);
  const summaries: MeasurementSummary[] = [];
  for (const one of measurements) {
    summaries.push(await summarizeMeasurement(one, paths, threshold, job));
  }
  return {
    ...await summarize(paths, job.random, job.signal),
    familiarity: countedFamiliarity(paths.map(({ familiarity }) => familiarity), job),
    measurements: summaries,
    flips: flipRates(paths),
    ...(judge && { judge }),
  };
}

/** What both eyes are measured by. */
function sidesOf(setup: EvaluationSetup): Sides {
  const { probe, closeLoop, threshold, witness, dataset } = setup;
  return {
    threshold,
    judged: witness?.threshold ?? threshold,
    tolerance: closeLoop?.tolerance ?? usualTolerance(probe),
    labeled: isSameScale(dataset, setup) && probe.scale.type !== "nominal",
  };
}

/** The option that names metrics with a cost. */
function costlyOption(host: PluginHost) {
  const costly = host.members(metrics).filter(({ cost }) => cost !== undefined);
  const names = costly.map(({ name }) => name);
  const name: z.ZodType<string> = names.length ? z.enum(names) : z.string();
  const costs = costly.map(({ name, cost }) => `${name} (${cost})`).join("; ") || "there are none";
  return z.array(name).max(names.length).default([])
    .describe(`Metrics that use the models again, by name: ${costs}`);
}

/** The images that the probe is measured on; none where their labels mean something else. */
function gradedImages(setup: EvaluationSetup, options: Options, job: JobContext): number[] {
  const { dataset } = setup;
  if (options.graded === 0) return [];
  if (isSameScale(dataset, setup)) {
    return drawnImages(dataset, options.split, options.graded, job.random);
  }
  job.emit({ type: "warning", message: otherScaleText(dataset, setup) });
  return [];
}
