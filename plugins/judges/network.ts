/** The judge `network`: a supervised network of the task `trainBaseline`. */

import {
  concatRows,
  definePlugin,
  FormatError,
  type Images,
  type Judge,
  type Judged,
  type JudgePlugin,
  judges,
  type LabelScale,
  rows,
  type Tensor,
  tensor,
  throwIfAborted,
} from "@countergrade/countergrade";
import {
  Classifier,
  type ClassifierConfig,
  classifierFeatures,
  classifierParameters,
  flatten,
} from "@countergrade/countergrade/engine";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import { networkInput } from "./classifier/network_input.ts";
import { judgedFrom } from "./classifier/network_output.ts";

/** Images that are looked at together. */
const AT_ONCE = 16;

const ConfigSchema = z.object({
  imageSize: z.int().min(1),
  imageChannels: z.int().min(1),
  classes: z.int().min(2),
  channels: z.array(z.int().min(1)).min(1),
  network: z.enum(["plain", "residual"]).optional(),
  head: z.enum(["classes", "regression"]).optional(),
});

const Options = z.strictObject({
  classifier: z.string().min(1).max(1000).meta({ artifact: "classifier" })
    .describe("Id of a network that train-baseline has trained"),
  threads: z.int().min(0).max(256).default(0).describe("CPU threads; 0 takes all cores"),
});

class NetworkJudge implements Judge {
  readonly classes?: number;
  readonly features: { readonly size: number; readonly what: string };
  readonly #config: ClassifierConfig;
  readonly #classifier: Classifier;
  readonly #weights: Tensor;
  #disposed = false;

  constructor(
    config: ClassifierConfig,
    classifier: Classifier,
    weights: Tensor,
    readonly scale: LabelScale,
  ) {
    this.classes = config.head === "regression" ? undefined : config.classes;
    this.features = { size: classifierFeatures(config), what: "means before the last layer" };
    this.#config = config;
    this.#classifier = classifier;
    this.#weights = weights;
  }

  async judge(images: Images, { signal }: { signal?: AbortSignal } = {}): Promise<Judged> {
    if (this.#disposed) throw new TypeError("Cannot judge images: the judge is disposed");
    const { imageChannels, imageSize, classes } = this.#config;
    const shape = [imageChannels, imageSize, imageSize];
    const seen = networkInput(images, { shape, range: [-1, 1], mean: [0], std: [1] });
    const [n] = seen.shape;
    const told = [tensor([0, this.classes ?? 1], [])];
    const seenBefore = [tensor([0, this.features.size], [])];
    for (let start = 0; start < n; start += AT_ONCE) {
      throwIfAborted(signal);
      const some = rows(seen, start, Math.min(start + AT_ONCE, n));
      const looked = await this.#classifier.look(this.#weights, some);
      told.push(looked.told);
      seenBefore.push(looked.features);
    }
    throwIfAborted(signal);
    const features = Float64Array.from(concatRows(seenBefore).data);
    if (this.classes === undefined) {
      return { grades: Float64Array.from(concatRows(told).data), features };
    }
    // Logarithms of probabilities are logits that are normalized already.
    return { ...judgedFrom("logits", classes, concatRows(told), n), features };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#classifier[Symbol.asyncDispose]();
  }
}

const member: JudgePlugin<z.infer<typeof Options>> = {
  name: "network",
  description: "A supervised network that train-baseline has trained",
  options: Options,
  async open({ classifier: id, threads }, job) {
    const artifact = await job.load("classifier", id);
    const file = await job.read(artifact, "classifier.safetensors");
    const { tensors, metadata: { config: text } } = readSafetensors(file);
    const config = configIn(text, id);
    const weights = flatten(tensors, classifierParameters(config));
    const classifier = await Classifier.create(config, AT_ONCE, { threads });
    const flat = tensor([weights.length], weights);
    return new NetworkJudge(config, classifier, flat, artifact.metadata.scale as LabelScale);
  },
};

function configIn(text: string | undefined, id: string): ClassifierConfig {
  try {
    return ConfigSchema.parse(JSON.parse(text ?? ""));
  } catch (error) {
    throw new FormatError(`Cannot use "${id}" as a judge: its file is no trained network`, {
      cause: error,
    });
  }
}

/** Brings the judge `network`. */
export const networkJudge = definePlugin({
  id: "@countergrade/network-judge",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(judges, member),
});
