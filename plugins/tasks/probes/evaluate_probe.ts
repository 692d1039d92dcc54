/** The task `evaluateProbe`: how well a probe tells grades, one that is fitted to a file of codes, or a stored one on any data set. */

import {
  definePlugin,
  InputError,
  type JobContext,
  type LabelScale,
  NotFoundError,
  parseOptions,
  type PluginHost,
  probes,
  type TaskPlugin,
  tasks,
} from "@countergrade/countergrade";
import { reviewProbe, severeOf } from "@countergrade/countergrade/review";
import { z } from "zod";
import { latentsFile } from "./latents_file.ts";
import { labelsField } from "../data/relabeled.ts";
import { LoadedEncoders } from "../encoders/models.ts";
import { FamiliarityCountSchema } from "../latents/familiarity_count.ts";
import { type PlainReview, plainReview, ReviewSchema } from "./review.ts";
import { reviewStored } from "./stored_probe_review.ts";

const options = (host: PluginHost) =>
  z.strictObject({
    latents: z.string().min(1).optional().describe(
      "Path of a .npz, or of a .pt that torch.save wrote of a dict, with train_latents [n, d], train_labels [n], val_latents and val_labels; or give a data set",
    ),
    dataset: z.string().optional().describe(
      "Id of the data set to measure a stored probe on: its own, or somebody else's",
    ),
    split: z.string().default("test").describe("Split of the data set"),
    labels: labelsField(),
    limit: z.int().min(1).max(1_000_000).default(10_000)
      .describe("How many images of the data set, drawn by the seed"),
    probe: z.string().describe(
      `With latents what to fit (${
        host.names(probes).join(", ")
      }), with a data set the id of a stored probe`,
    ),
    options: z.record(z.string(), z.unknown()).optional()
      .describe(
        "Options of the probe; without any, svm and logistic fit as the notebook of the reference: raw codes, C = 1",
      ),
    threshold: z.int().min(1).optional().describe(
      "The binary question is grade ≥ threshold; default: 1, of a stored probe its own",
    ),
  }).superRefine(({ latents, dataset }, context) => {
    if ((latents === undefined) !== (dataset === undefined)) return;
    const message = "expected either latents or a data set";
    context.addIssue({ code: "custom", path: ["latents"], message });
  });

/** What the notebook of the reference fitted: this command without options keeps its figures. */
const NOTEBOOK: Readonly<Record<string, Record<string, unknown>>> = {
  svm: { standardize: false, c: 1 },
  logistic: { standardize: false, c: 1 },
};

/** Options of the task `evaluateProbe`. */
export type EvaluateProbeOptions = z.infer<ReturnType<typeof options>>;

const result = z.object({
  accuracy: z.number().describe("Share of right answers to the binary question"),
  f1: z.number().describe("F1 of the binary question"),
  balancedAccuracy: z.number().describe("Mean of sensitivity and specificity"),
  auc: z.number().optional().describe("Area under the ROC curve of the scores"),
  mae: z.number().optional().describe(
    "Mean absolute error in grades, of the label where the probe decides on one",
  ),
  macroF1: z.number().optional().describe("Mean F1 over the grades"),
  qwk: z.number().optional().describe("Quadratic weighted kappa of the grades"),
  fitSeconds: z.number().optional().describe("Seconds that the fit took"),
  brier: z.number().describe("Brier score of the probabilities"),
  calibrationError: z.number().describe("Expected calibration error in bins of equal mass"),
  review: ReviewSchema.describe("The figures with intervals, the trivial answer and more"),
  familiarity: FamiliarityCountSchema.optional().describe(
    "How many of the data set's images are of the kind that the stored probe learned from",
  ),
});

/** What the task `evaluateProbe` finds. */
export type EvaluateProbeResult = z.infer<typeof result>;

/** What is fitted, and to what. */
type FittingOptions = Pick<EvaluateProbeOptions, "probe" | "options"> & {
  latents: string;
  threshold: number;
};

const loaded = new LoadedEncoders();

const member: TaskPlugin<EvaluateProbeOptions, EvaluateProbeResult> = {
  name: "evaluateProbe",
  description:
    "Measure a stored probe on a data set, or one that is fitted to the training codes of a .npz or .pt file",
  local: true,
  options,
  result,
  async run({ latents, dataset, threshold, ...how }, job) {
    if (dataset !== undefined) {
      const found = await reviewStored({ ...how, dataset, threshold }, job, loaded);
      return { ...figuresOf(found.review), ...found };
    }
    return await fitted({ ...how, latents: latents!, threshold: threshold ?? 1 }, job);
  },
};

/** Fits a probe to the training codes of a file and measures it on the validation codes. */
async function fitted(
  { latents, probe: name, options, threshold }: FittingOptions,
  job: JobContext,
): Promise<EvaluateProbeResult> {
  if (!job.host.names(probes).includes(name)) {
    throw new NotFoundError("probe to fit", name, job.host.names(probes), ["probe"]);
  }
  const file = latentsFile(latents, await read(latents));
  const [train, val] = [file.get("train"), file.get("val")];
  const last = Math.max(threshold, ...train.labels, ...val.labels);
  const names = Array.from({ length: last + 1 }, (_, k) => String(k));
  const scale: LabelScale = { type: names.length > 2 ? "ordinal" : "binary", names };
  const severe = severeOf(val.labels, { scale, threshold });
  if (!severe.includes(0) || !severe.includes(1)) {
    throw new InputError(
      `Cannot evaluate a probe: expected validation labels on both sides of the threshold ${threshold}`,
    );
  }
  const plugin = job.host.member(probes, name);
  const start = performance.now();
  const probe = await plugin.fit(
    train.codes,
    train.labels,
    parseOptions(
      plugin.options,
      options ?? NOTEBOOK[name] ?? {},
      `options of the probe "${name}"`,
    ),
    {
      scale,
      threshold,
      random: job.random,
      signal: job.signal,
    },
  );
  const fitSeconds = (performance.now() - start) / 1000;
  const review = plainReview(
    await reviewProbe(probe, val.codes, val.labels, {
      threshold,
      trainLabels: train.labels,
      random: job.random.fork("review"),
      signal: job.signal,
    }),
  );
  return { ...figuresOf(review, fitSeconds), review };
}

/** The figures of a review by their names. */
function figuresOf({ figures }: PlainReview, fitSeconds?: number) {
  const all = Object.fromEntries(figures.map(({ name, value }) => [name, value]));
  const { accuracy, f1, balancedAccuracy, auc, mae, macroF1, qwk, brier, calibrationError } = all;
  return {
    ...{ accuracy, f1, balancedAccuracy, auc, mae, macroF1, qwk },
    ...fitSeconds !== undefined && { fitSeconds },
    ...{ brier, calibrationError },
  };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError("file", path);
    throw new InputError(`Cannot read "${path}": expected a readable file`, ["latents"], {
      cause: error,
    });
  }
}

/** Brings the task `evaluateProbe`. */
export const evaluateProbeTask = definePlugin({
  id: "@countergrade/evaluate-probe",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(tasks, member),
  [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
});
