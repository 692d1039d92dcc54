/** The task `trainProbe`: codes and grades in, a probe with its figures out. */

import {
  type Artifact,
  InputError,
  type JobContext,
  type LabelScale,
  type ProbePlugin,
  probes,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { codeStatistics, percentile, typicalScores } from "@countergrade/countergrade/linear";
import { inputFileVersion } from "@countergrade/countergrade/images";
import { isLabel, labelsOn, reviewProbe } from "@countergrade/countergrade/review";
import { z } from "zod";
import { writeStatistics } from "../encoders/models.ts";
import { type JudgedLabels, judgedLabels, type LabelKind } from "../judges/judged_labels.ts";
import { judgeField, judgeVersions } from "../judges/witness.ts";
import {
  chanceByFolds,
  chanceOf,
  ChanceSchema,
  chanceWarning,
  EVIDENCE_FILE,
  evidenceFile,
  type ProbeEvidence,
} from "./evidence.ts";
import { type GivenCodes, givenCodes } from "./given_codes.ts";
import { measuredLabels } from "./measured_labels.ts";
import { intervalsOf, plainReview, ReviewSchema } from "./review.ts";

/** The figures of a probe on one split. */
export const ReportSchema = z.object({
  accuracy: z.number().describe("Share of right answers to the binary question"),
  f1: z.number().describe("F1 of the positive class"),
  balancedAccuracy: z.number().describe("Mean recall of both classes"),
  auc: z.number().describe("Area under the ROC curve of the scores"),
  mae: z.number().describe(
    "Mean absolute error in grades: of the label where the probe decides on labels, else of the grade",
  ),
  macroF1: z.number().describe("Mean F1 over the labels"),
  qwk: z.number().describe("Quadratic weighted kappa of the labels"),
  brier: z.number().describe("Brier score of the probabilities"),
  calibrationError: z.number().describe("Expected calibration error in bins of equal mass"),
});

const Result = ReportSchema.partial().extend({
  probe: z.string().describe("Id of the probe").meta({ artifact: true }),
  measuredOn: z.string().describe("The split that the figures are of"),
  review: ReviewSchema.optional().describe(
    "The figures with intervals, the trivial answer and more",
  ),
  chance: ChanceSchema.optional().describe("Whether the probe tells more than chance"),
  warnings: z.array(z.string()).default([]).describe(
    "What to know about the result, in plain words",
  ),
  chosen: z.object({
    option: z.string().describe("The option, as lambda"),
    value: z.number().describe("What cross-validation on the training codes chose for it"),
  }).optional().describe("How strongly the probe is penalized, where no option said"),
});

interface Options extends Partial<GivenCodes> {
  codes?: string;
  probe: Record<string, unknown>;
  threshold?: number;
  labelsFrom?: Record<string, unknown>;
  labelsAs?: LabelKind;
  attribute?: string;
  title?: string;
}

/** Fits a probe on the split `train` and measures it on `val`, else `test`, else `train`: the first that has labels. */
export const trainProbe: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "trainProbe",
  description: "Fit a probe to codes and grades",
  options: (host) =>
    z.strictObject({
      codes: z.string().optional().describe("Id of the codes; or give latents"),
      latents: z.string().min(1).max(1000).optional().describe(
        "Name of a .npz, or of a .pt that torch.save wrote of a dict, with train_latents [n, d] and train_labels [n], perhaps val_ and test_, one row per image of the data set: codes of the encoder, made elsewhere",
      ),
      encoder: z.string().optional().meta({ artifact: "encoder" }).describe(
        "With latents: id of the encoder that they are codes of",
      ),
      dataset: z.string().optional().describe("With latents: id of the data set of the images"),
      probe: host.choice(probes, "logistic").describe("Which probe, with its options"),
      threshold: z.number().optional()
        .describe(
          "The binary question is: label ≥ threshold, on a nominal scale: label = threshold. Default: the middle of the scale, the median of continuous labels",
        ),
      labelsFrom: judgeField(
        host,
        "Fit to what a judge says about the images instead of their labels: the probe then explains the judge",
      ),
      labelsAs: z.enum(["rounded", "expected"]).optional().describe(
        "With labelsFrom: the nearest class, or the expected grade as a real number; default: rounded",
      ),
      attribute: z.string().max(100).optional().describe(
        "Fit to what is measured in the images instead of their labels: brightness, contrast, sharpness, positionX, positionY, border, marker, or what the data set measures, in standard deviations",
      ),
      title: z.string().max(200).optional().describe("A name to show"),
    }).superRefine(({ codes, latents, encoder, dataset }, context) => {
      const given = [latents, encoder, dataset];
      const fits = codes === undefined
        ? given.every((one) => one !== undefined)
        : given.every((one) => one === undefined);
      if (fits) return;
      const message = "expected either codes, or latents with their encoder and data set";
      context.addIssue({ code: "custom", path: ["codes"], message });
    }),
  inputs: async ({ labelsFrom, latents, dataset }, host) => [
    ...await judgeVersions(labelsFrom, host),
    ...latents === undefined ? [] : [
      await inputFileVersion(latents, host.datasetContext),
      await host.datasetVersion(dataset!),
    ],
  ],
  result: Result,
  async run(options, job) {
    const artifact = options.codes === undefined
      ? await givenCodes(options as GivenCodes, job)
      : await job.load("codes", options.codes);
    const { tensors } = readSafetensors(await job.read(artifact, "codes.safetensors"));
    const judged = await otherLabels(options, artifact, job);
    const scale = judged?.scale ?? artifact.metadata.scale as LabelScale;
    const continuous = scale.type === "continuous";
    const split = (name: string) => {
      return {
        codes: tensors.get(`${name}.codes`),
        labels: judged
          ? judged.splits[name] ?? labelsOn(scale, [])
          : labelsOn(scale, tensors.get(`${name}.labels`)?.data ?? []),
      };
    };
    const train = split("train");
    const threshold = judged?.threshold ?? options.threshold ??
      (continuous ? percentile(train.labels, 50) : Math.ceil((scale.names.length - 1) / 2));
    if (!continuous && threshold >= scale.names.length) {
      throw new InputError(
        `Cannot fit a probe: expected a threshold below ${scale.names.length}, current threshold is ${threshold}`,
        ["threshold"],
      );
    }
    if (!train.codes) {
      throw new InputError('Cannot fit a probe: the codes have no split "train"', ["codes"]);
    }
    const { member, options: fitting } = job.host.chosen<ProbePlugin>(probes, options.probe);
    const context = { scale, threshold, random: job.random, signal: job.signal };
    const probe = await member.fit(train.codes, train.labels, fitting, context);
    job.emit({ type: "progress", step: 1, total: 2, message: "fitted" });

    const hasLabels = (name: string) => split(name).labels.some((label) => isLabel(label, scale));
    const measuredOn = ["val", "test"].find(hasLabels) ?? "train";
    const held = split(measuredOn);
    const review = plainReview(
      await reviewProbe(probe, held.codes!, held.labels, {
        threshold,
        trainLabels: train.labels,
        random: job.random.fork("review"),
        signal: job.signal,
      }),
    );
    // A figure without meaning on these images, as the AUC of one class, is left out.
    const report = Object.fromEntries(review.figures.map(({ name, value }) => [name, value]));
    const evidence: ProbeEvidence = {
      typical: typicalScores(probe, train.codes, train.labels),
      chance: measuredOn === "train"
        ? await chanceByFolds(
          member,
          fitting,
          { ...train, codes: train.codes },
          probe,
          threshold,
          job,
        )
        : await chanceOf(
          probe,
          { codes: held.codes!, labels: held.labels, split: measuredOn },
          job,
        ),
    };
    const warning = chanceWarning(evidence);
    if (warning) job.emit({ type: "warning", message: warning });
    const title = options.title ??
      `${member.name} probe of ${artifact.metadata.dataset}, ${questionOf(scale, threshold)}${
        !judged ? "" : options.labelsFrom ? `, as the judge ${judged.judge} says` : ", as measured"
      }`;
    const metadata = {
      plugin: member.name,
      encoder: artifact.metadata.encoder,
      dataset: artifact.metadata.dataset,
      title,
      scale,
      threshold,
      ...(options.labelsFrom && { labelsFrom: options.labelsFrom }),
      ...(options.attribute !== undefined && { attribute: options.attribute }),
      report: { ...report, measuredOn },
      intervals: intervalsOf(review),
      ...evidence.chance && { chance: evidence.chance },
      ...(probe.selection && { selection: probe.selection }),
    };
    // Drawing charts takes a quarter of a second to load.
    const [{ reviewFiles }, { scoredImages }] = await Promise.all([
      import("./review_files.ts"),
      import("./distance_chart.ts"),
    ]);
    const scored = scoredImages(held.labels, probe.score(held.codes!), scale);
    const files = {
      "probe.json": new TextEncoder().encode(JSON.stringify(probe, null, 2)),
      "statistics.safetensors": writeStatistics(codeStatistics(train.codes)),
      [EVIDENCE_FILE]: evidenceFile(evidence),
      ...reviewFiles(`${title}: ${measuredOn}`, review, scored, scale, threshold),
    };
    const saved = await job.save("probe", files, metadata, [artifact.id]);
    job.emit({ type: "progress", step: 2, total: 2, message: "measured" });
    const { option, value } = probe.selection ?? {};
    return {
      probe: saved.id,
      measuredOn,
      ...report,
      review,
      ...evidence.chance && { chance: evidence.chance },
      warnings: warning ? [warning] : [],
      ...(option && { chosen: { option, value: value! } }),
    };
  },
};

/** The labels that a judge gives, or that are measured, where one of both is asked for. */
async function otherLabels(
  { labelsFrom, labelsAs = "rounded", threshold, attribute }: Options,
  { metadata, provenance }: Artifact,
  job: JobContext,
): Promise<JudgedLabels | undefined> {
  if (!labelsFrom && attribute === undefined) return undefined;
  if (labelsFrom && attribute !== undefined) {
    throw new InputError("Cannot fit a probe: expected either a judge or an attribute", [
      "attribute",
    ]);
  }
  const codes = {
    dataset: String(metadata.dataset),
    fingerprints: provenance.inputs,
    scale: metadata.scale as LabelScale,
    splits: metadata.splits as Record<string, number>,
  };
  return labelsFrom
    ? await judgedLabels(labelsFrom, codes, labelsAs, threshold, job)
    : await measuredLabels(attribute!, codes, job);
}

/** The binary question in words. */
function questionOf({ type, names }: LabelScale, threshold: number): string {
  if (type === "continuous") return `${names[0]} of ${threshold} or more`;
  return type === "nominal" ? names[threshold] : `${names[threshold]} or worse`;
}
