/** The task `trainBaseline`: a plain supervised network, trained on the same split, to hold probes against. */

import {
  definePlugin,
  InputError,
  pictureShape,
  type TaskPlugin,
  tasks,
} from "@countergrade/countergrade";
import {
  type ClassifierConfig,
  classifierParameters,
  parameterCount,
  unflatten,
} from "@countergrade/countergrade/engine";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import {
  accuracy,
  balancedAccuracy,
  bestConstant,
  f1,
  macroF1,
  meanAbsoluteError,
  quadraticWeightedKappa,
  type Question,
  rocAuc,
  severeOf,
} from "@countergrade/countergrade/review";
import { z } from "zod";
import {
  type BaselineTraining,
  openClassifier,
  tell,
  type Told,
  trainBaseline,
} from "./baseline_training.ts";
import { openWatched } from "../encoders/models.ts";

const SplitReport = z.object({
  split: z.string().describe("The split that the figures are of"),
  images: z.int().describe("Images of the split"),
  accuracy: z.number().describe("Share of right answers to: label ≥ threshold"),
  f1: z.number().describe("F1 of the severe side"),
  balancedAccuracy: z.number().describe("Mean recall of both sides"),
  auc: z.number().optional().describe("Area under the ROC curve of P(label ≥ threshold)"),
  mae: z.number().describe("Mean absolute error of the told label, in grades"),
  macroF1: z.number().describe("Mean F1 over the labels"),
  qwk: z.number().describe("Quadratic weighted kappa of the labels"),
  trivialAccuracy: z.number().describe(
    "Accuracy of always telling the same side, whichever is better",
  ),
  trivialMae: z.number().describe(
    "MAE of always telling the median label of `train` or its most frequent one, whichever is less",
  ),
});

const Result = z.object({
  classifier: z.string().describe("Id of the trained network").meta({ artifact: true }),
  parameters: z.int().describe("Weights of the network"),
  epochs: z.int().describe("Epochs that were trained"),
  bestEpoch: z.int().describe("The epoch whose weights were kept"),
  steps: z.int().describe("Optimizer steps of all epochs"),
  heldQwk: z.number().describe("Quadratic weighted kappa of the held-out part of `train`"),
  reports: z.array(SplitReport).describe(
    "Figures on train, and on val and test where the data set has them",
  ),
});

interface Options extends BaselineTraining {
  dataset: string;
  threshold?: number;
  channels: number[];
  network?: "plain" | "residual";
  head?: "classes" | "regression";
  title?: string;
}

const member: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "trainBaseline",
  description: "Train a plain supervised network on images and grades, to hold probes against",
  options: () =>
    z.strictObject({
      dataset: z.string().describe("Id of the data set"),
      threshold: z.int().min(1).optional()
        .describe("The binary question is: label ≥ threshold. Default: the middle of the scale"),
      channels: z.array(z.int().min(8).max(1024).multipleOf(8)).min(1).max(8)
        .default([16, 32, 64, 128])
        .describe("Channels of each level, multiples of 8; each level halves the resolution"),
      network: z.enum(["plain", "residual"]).optional().describe(
        "The residual one is more than twice as large, of another kind, and does not know where something is; default: plain",
      ),
      head: z.enum(["classes", "regression"]).optional().describe(
        "Tell classes, or the grade as one number; default: classes",
      ),
      epochs: z.int().min(1).max(10_000).default(20).describe("Passes over the images at most"),
      patience: z.int().min(1).max(10_000).default(6)
        .describe("Stop after this many epochs without a better kappa of the held-out part"),
      batchSize: z.int().min(1).max(1024).default(32).describe("Images per step"),
      learningRate: z.number().positive().max(1).default(2e-3).describe(
        "Peak learning rate of Adam",
      ),
      weightDecay: z.number().min(0).max(10).default(0.05).describe(
        "Decoupled weight decay (AdamW)",
      ),
      flip: z.boolean().default(false).describe("Mirror half of the training images left to right"),
      held: z.number().min(0.01).max(0.9).default(0.15)
        .describe("Share of the split train that is held out to choose the epoch"),
      threads: z.int().min(0).max(256).default(0).describe("CPU threads; 0 takes all cores"),
      title: z.string().max(200).optional().describe("A name to show"),
    }),
  inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
  result: Result,
  async run(options, job) {
    const dataset = await openWatched(job, options.dataset);
    const { scale, imageShape } = dataset;
    const [imageChannels, imageSize, width] = pictureShape("train", imageShape, "dataset");
    if (imageSize !== width) {
      throw new InputError(
        `Cannot train: expected square images, current size is ${imageSize} × ${width}`,
        ["dataset"],
      );
    }
    const classes = scale.names.length;
    if (options.head === "regression" && scale.type === "nominal") {
      throw new InputError(
        "Cannot train a regression: expected labels with an order, those of the data set have none",
        ["head"],
      );
    }
    const threshold = options.threshold ?? Math.ceil((classes - 1) / 2);
    if (threshold >= classes) {
      throw new InputError(
        `Cannot train: expected a threshold below ${classes}, current threshold is ${threshold}`,
        ["threshold"],
      );
    }
    const config: ClassifierConfig = {
      imageChannels,
      imageSize,
      classes,
      channels: options.channels,
      ...options.network && { network: options.network },
      ...options.head && { head: options.head },
    };
    await using classifier = await openClassifier(config, options.threads);
    const trained = await trainBaseline(dataset, config, options, classifier, job);
    const question = { scale, threshold };
    const look = (split: string) => {
      const indices = Int32Array.from({ length: dataset.splits[split] }, (_, i) => i);
      return tell(classifier, trained.weights, dataset, split, indices, threshold, job);
    };
    const train = await look("train");
    const reports = [{ split: "train", ...reportOf(train, train.truth, question) }];
    for (const split of ["val", "test"].filter((name) => dataset.splits[name] > 0)) {
      reports.push({ split, ...reportOf(await look(split), train.truth, question) });
    }
    const specs = classifierParameters(config);
    const figures = {
      parameters: parameterCount(specs),
      epochs: trained.epochs,
      bestEpoch: trained.epoch,
      steps: trained.steps,
      heldQwk: trained.heldQwk,
      reports,
    };
    const weights = writeSafetensors(unflatten(trained.weights.data, specs), {
      format: "countergrade-classifier",
      config: JSON.stringify(config),
    });
    const title = options.title ?? `Supervised baseline of ${dataset.title}`;
    const artifact = await job.save(
      "classifier",
      { "classifier.safetensors": weights },
      { dataset: dataset.id, title, scale, threshold, ...figures },
      [dataset.fingerprint],
    );
    return { classifier: artifact.id, ...figures };
  },
};

/** The figures of what was told, and what always telling the same would reach. */
function reportOf({ truth, labels, scores }: Told, train: Int32Array, question: Question) {
  const [sides, told] = [
    severeOf(truth, question),
    Int32Array.from(scores, (p) => p > 0.5 ? 1 : 0),
  ];
  const auc = rocAuc(sides, scores);
  const trivial = bestConstant(truth, train, question);
  return {
    images: truth.length,
    accuracy: accuracy(sides, told),
    f1: f1(sides, told),
    balancedAccuracy: balancedAccuracy(sides, told),
    ...Number.isFinite(auc) ? { auc } : {},
    mae: meanAbsoluteError(truth, labels),
    macroF1: macroF1(truth, labels),
    qwk: quadraticWeightedKappa(truth, labels),
    trivialAccuracy: trivial.accuracy,
    trivialMae: trivial.mae,
  };
}

/** Brings the task `trainBaseline`. */
export const trainBaselineTask = definePlugin({
  id: "@countergrade/train-baseline",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(tasks, member),
});
