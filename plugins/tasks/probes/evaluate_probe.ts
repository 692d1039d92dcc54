/** The task `evaluateProbe`: how well a probe tells grades from codes, on a file of codes. */

import {
  definePlugin,
  InputError,
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
import { plainReview, ReviewSchema } from "./review.ts";

const options = (host: PluginHost) =>
  z.strictObject({
    latents: z.string().min(1).describe(
      "Path of a .npz, or of a .pt that torch.save wrote of a dict, with train_latents [n, d], train_labels [n], val_latents and val_labels",
    ),
    probe: z.enum(host.names(probes) as [string, ...string[]]).describe("Name of the probe"),
    options: z.record(z.string(), z.unknown()).optional()
      .describe(
        "Options of the probe; without any, svm and logistic fit as the notebook of the reference: raw codes, C = 1",
      ),
    threshold: z.int().min(1).default(1).describe("The binary question is grade ≥ threshold"),
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
  auc: z.number().describe("Area under the ROC curve of the scores"),
  mae: z.number().describe(
    "Mean absolute error in grades, of the label where the probe decides on one",
  ),
  macroF1: z.number().describe("Mean F1 over the grades"),
  qwk: z.number().describe("Quadratic weighted kappa of the grades"),
  fitSeconds: z.number().describe("Seconds that the fit took"),
  brier: z.number().describe("Brier score of the probabilities"),
  calibrationError: z.number().describe("Expected calibration error in bins of equal mass"),
  review: ReviewSchema.describe("The figures with intervals, the trivial answer and more"),
});

/** What the task `evaluateProbe` finds. */
export type EvaluateProbeResult = z.infer<typeof result>;

const member: TaskPlugin<EvaluateProbeOptions, EvaluateProbeResult> = {
  name: "evaluateProbe",
  description:
    "Fit a probe to the training codes of a .npz or .pt file and measure it on the validation codes",
  local: true,
  options,
  result,
  async run({ latents, probe: name, options, threshold }, job) {
    const split = latentsFile(latents, await read(latents));
    const [train, val] = [split("train"), split("val")];
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
    const figures = Object.fromEntries(review.figures.map(({ name, value }) => [name, value]));
    const { accuracy, f1, balancedAccuracy, auc, mae, macroF1, qwk } = figures;
    const { brier, calibrationError } = figures;
    return {
      accuracy,
      f1,
      balancedAccuracy,
      auc,
      mae,
      macroF1,
      qwk,
      fitSeconds,
      brier,
      calibrationError,
      review,
    };
  },
};

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
});
