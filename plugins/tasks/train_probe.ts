/** The task `trainProbe`: codes and grades in, a probe with its figures out. */

import {
  accuracy,
  balancedAccuracy,
  type Codes,
  codeStatistics,
  f1,
  InputError,
  type LabelScale,
  macroF1,
  meanAbsoluteError,
  type Probe,
  type ProbePlugin,
  probes,
  quadraticWeightedKappa,
  readSafetensors,
  rocAuc,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { writeStatistics } from "./models.ts";

/** The figures of a probe on one split. */
export const ReportSchema = z.object({
  accuracy: z.number().describe("Share of right answers to the binary question"),
  f1: z.number().describe("F1 of the positive class"),
  balancedAccuracy: z.number().describe("Mean recall of both classes"),
  auc: z.number().describe("Area under the ROC curve of the scores"),
  mae: z.number().describe("Mean absolute error of the grade rounded to a label, in grades"),
  macroF1: z.number().describe("Mean F1 over the labels"),
  qwk: z.number().describe("Quadratic weighted kappa of the labels"),
});

const Result = ReportSchema.partial().extend({
  probe: z.string().describe("Id of the probe").meta({ artifact: true }),
  measuredOn: z.string().describe("The split that the figures are of"),
});

interface Options {
  codes: string;
  probe: Record<string, unknown>;
  threshold?: number;
  title?: string;
}

/** Fits a probe on the split `train` and measures it on `val`, else `test`, else `train`. */
export const trainProbe: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "trainProbe",
  description: "Fit a probe to codes and grades",
  options: (host) =>
    z.strictObject({
      codes: z.string().describe("Id of the codes"),
      probe: host.choice(probes, "logistic").describe("Which probe, with its options"),
      threshold: z.int().min(1).optional()
        .describe("The binary question is: label ≥ threshold. Default: the middle of the scale"),
      title: z.string().max(200).optional().describe("A name to show"),
    }),
  result: Result,
  async run(options, job) {
    const artifact = await job.load("codes", options.codes);
    const { tensors } = readSafetensors(await job.read(artifact, "codes.safetensors"));
    const scale = artifact.metadata.scale as LabelScale;
    const threshold = options.threshold ?? Math.ceil((scale.names.length - 1) / 2);
    if (threshold >= scale.names.length) {
      throw new InputError(
        `Cannot fit a probe: expected a threshold below ${scale.names.length}, current threshold is ${threshold}`,
        ["threshold"],
      );
    }
    const split = (name: string) => ({
      codes: tensors.get(`${name}.codes`),
      labels: Int32Array.from(tensors.get(`${name}.labels`)?.data ?? []),
    });
    const train = split("train");
    if (!train.codes) {
      throw new InputError('Cannot fit a probe: the codes have no split "train"', ["codes"]);
    }
    const { member, options: fitting } = job.host.chosen<ProbePlugin>(probes, options.probe);
    const context = { scale, threshold, random: job.random, signal: job.signal };
    const probe = await member.fit(train.codes, train.labels, fitting, context);
    job.emit({ type: "progress", step: 1, total: 2, message: "fitted" });

    const measuredOn = ["val", "test", "train"].find((name) => tensors.has(`${name}.codes`))!;
    const held = split(measuredOn);
    const report = measureProbe(probe, held.codes!, held.labels, threshold);
    const metadata = {
      plugin: member.name,
      encoder: artifact.metadata.encoder,
      dataset: artifact.metadata.dataset,
      title: options.title ??
        `${member.name} probe of ${artifact.metadata.dataset}, ${scale.names[threshold]} or worse`,
      scale,
      threshold,
      report: { ...report, measuredOn },
    };
    const files = {
      "probe.json": new TextEncoder().encode(JSON.stringify(probe, null, 2)),
      "statistics.safetensors": writeStatistics(codeStatistics(train.codes)),
    };
    const saved = await job.save("probe", files, metadata, [artifact.id]);
    job.emit({ type: "progress", step: 2, total: 2, message: "measured" });
    return { probe: saved.id, measuredOn, ...report };
  },
};

/** The figures of a probe on codes `[n, d]` with labels `[n]`. A figure that has no meaning there is left out. */
export function measureProbe(probe: Probe, codes: Codes, labels: Int32Array, threshold: number) {
  const scores = probe.score(codes);
  const truth = labels.map((label) => Number(label >= threshold));
  const told = Array.from(scores, (score) => Number(score > 0));
  const last = probe.scale.names.length - 1;
  const grades = Array.from(
    probe.grade(codes),
    (grade) => Math.min(last, Math.max(0, Math.round(grade))),
  );
  const figures = {
    accuracy: accuracy(truth, told),
    f1: f1(truth, told),
    balancedAccuracy: balancedAccuracy(truth, told),
    auc: rocAuc(truth, scores),
    mae: meanAbsoluteError(labels, grades),
    macroF1: macroF1(labels, grades),
    qwk: quadraticWeightedKappa(labels, grades),
  };
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
}
