/** The task `describeEncoder`: what an architecture is made of and what it takes, before anything is trained. */

import {
  type Dataset,
  FormatError,
  InputError,
  type JobContext,
  type TaskPlugin,
} from "@countergrade/countergrade";
import {
  type DaeConfig,
  describeDae,
  imageShapeOf,
  type LayerDescription,
  parseDaeConfig,
  PRESETS,
} from "@countergrade/countergrade/engine";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { measuredTime } from "./measured_time.ts";
import { configIn } from "./model.ts";
import { DaeTrainingSchema } from "./options.ts";

const presets = Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]];

const Options = z.strictObject({
  preset: z.enum(presets).optional().describe("Architecture by name"),
  encoder: z.string().max(200).optional().describe(
    "Id of an encoder, to describe its architecture",
  ),
  file: z.string().min(1).max(1000).optional().describe(
    "Name of a JSON file in a data folder that holds a configuration",
  ),
  config: z.record(z.string(), z.unknown()).optional().describe(
    "A whole configuration, or fields that differ from the architecture named",
  ),
  batchSize: z.int().min(1).max(1024).default(16).describe(
    "Images at once, for the memory and the time",
  ),
  dataset: z.string().optional().describe(
    "Id of a data set: a few training steps are taken on its images, to tell how long a training takes on this machine; " +
      "a preset takes the size of its images",
  ),
  steps: z.int().min(1).max(10_000_000).optional().describe(
    "Optimizer steps of that training; default: as many as a training takes by default",
  ),
  threads: z.int().min(0).max(256).optional().describe(
    "CPU threads of that training; default: all cores",
  ),
});

type Options = z.infer<typeof Options>;

const Totals = z.object({
  parameters: z.int().describe("Number of parameters"),
  flops: z.number().describe("Floating-point operations per image and evaluation"),
});

const Result = z.object({
  name: z.string().describe("What is described"),
  parameters: z.int().describe("Number of parameters of both networks"),
  unet: Totals.describe("The U-Net, which runs once per sampling step"),
  semanticEncoder: Totals.describe("The network that gives the code z"),
  trainingFlops: z.number().describe(
    "Floating-point operations per image of a training step: forward, backward, optimizer",
  ),
  batchSize: z.int().describe("Images at once that the memory is for"),
  inferenceBytes: z.number().describe(
    "Memory estimate: 3 × the values that are alive at once + 6 × 4 bytes per parameter",
  ),
  trainingBytes: z.number().describe(
    "Memory estimate: 2.4 × the values that are alive at once, most of them activations kept for the way back, " +
      "+ 25 × 4 bytes per parameter",
  ),
  time: z.object({
    provider: z.string().describe("Where the steps ran"),
    secondsPerStep: z.number().describe(
      "Median of a few steps, other work of the machine included",
    ),
    steps: z.int().describe("Optimizer steps that the hours are for"),
    hours: z.number().describe("Of these steps, without looks at the training and checkpoints"),
    epochs: z.number().describe("How often each image of the split train is seen in them"),
  }).optional().describe("How long a training takes on this machine; only with a data set"),
  config: z.record(z.string(), z.unknown()).describe("The whole configuration, defaults filled in"),
  layers: z.array(z.object({
    name: z.string().describe("As its parameters are named"),
    output: z.string().describe("Channels × height × width of its output, or the length"),
    parameters: z.int().describe("Number of its parameters"),
    flops: z.number().describe("Floating-point operations per image"),
  })).describe("Encoder first, each network in the order of its run"),
});

/** Graphs are built for their shapes; nothing is run, but for a few steps on a data set where one is named. */
export const describeEncoder: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "describeEncoder",
  description: "Layers, parameters, memory and operations of an encoder's architecture",
  options: () => Options,
  inputs: async ({ dataset }, host) =>
    dataset === undefined ? [] : [await host.datasetVersion(dataset)],
  result: Result,
  async run(options, job) {
    const { name, base } = await architecture(options, job);
    const dataset = options.dataset === undefined
      ? undefined
      : await job.host.openDataset(options.dataset, { signal: job.signal });
    const own = dataset && options.preset ? sizeIn(dataset) : {};
    const config = checked({ ...base, ...own, ...options.config });
    const time = dataset && await timeOf(dataset, config, options, job);
    const description = describeDae(config, options.batchSize);
    return {
      name,
      parameters: description.parameters,
      unet: description.unet,
      semanticEncoder: description.encoder,
      trainingFlops: Math.round(description.trainingFlops),
      batchSize: options.batchSize,
      inferenceBytes: description.memory.inference,
      trainingBytes: description.memory.training,
      ...time && { time },
      config: { ...config },
      layers: description.layers.map(rowOf),
    };
  },
};

/** What a preset takes from a data set, as in a training. */
function sizeIn(
  { imageShape: [imageChannels, imageSize] }: Dataset,
): Partial<Record<string, number>> {
  return { imageChannels, imageSize };
}

async function timeOf(
  dataset: Dataset,
  config: DaeConfig,
  { batchSize, steps, threads }: Options,
  job: JobContext,
) {
  const [expected, current] = [imageShapeOf(config), dataset.imageShape].map((shape) =>
    shape.join(" × ")
  );
  if (expected !== current) {
    throw new InputError(
      `Cannot time a training on "${dataset.id}": expected images of ${expected}, they have ${current}`,
      ["dataset"],
    );
  }
  const training = DaeTrainingSchema.parse({ batchSize, steps, threads });
  const { provider, secondsPerStep } = await measuredTime(dataset, config, training, job);
  return {
    provider,
    secondsPerStep,
    steps: training.steps,
    hours: training.steps * secondsPerStep / 3600,
    epochs: training.steps * batchSize / dataset.splits.train,
  };
}

function rowOf({ name, output, parameters, flops }: LayerDescription) {
  return { name, output: output.join(" × "), parameters, flops };
}

/** The configuration that is named in one of three ways, or nothing, where all of it is given inline. */
async function architecture(
  { preset, encoder, file, config }: Options,
  job: JobContext,
): Promise<{ name: string; base: Record<string, unknown> }> {
  const named = [preset, encoder, file].filter((name) => name !== undefined);
  if (named.length > 1 || (named.length === 0 && !config)) {
    throw new InputError(
      "Cannot describe the encoder: expected one of preset, encoder and file, or else config",
      [],
    );
  }
  if (preset !== undefined) return { name: preset, base: PRESETS[preset] };
  if (file !== undefined) return { name: file, base: await configFile(file, job) };
  if (encoder === undefined) return { name: "config", base: {} };
  const artifact = await job.load("encoder", encoder);
  const own = configIn(readSafetensors(await job.read(artifact, "model.safetensors")).metadata);
  if (own) return { name: encoder, base: { ...own.config } };
  throw new InputError(
    `Cannot describe "${encoder}": expected a Diffusion Autoencoder, its plugin is "${artifact.metadata.plugin}"`,
    ["encoder"],
  );
}

async function configFile(name: string, job: JobContext): Promise<Record<string, unknown>> {
  const refuse = (reason: string): never => {
    throw new InputError(`Cannot read the configuration "${name}": ${reason}`, ["file"]);
  };
  const bytes = await readInputFile(name, job.host.datasetContext);
  if (bytes.length > MOST_BYTES) {
    refuse(`expected at most ${MOST_BYTES} bytes, it has ${bytes.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    refuse(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse("expected a JSON object with the fields of a configuration");
  }
  return value as Record<string, unknown>;
}

/** A configuration is a few lines; anything longer is another file. */
const MOST_BYTES = 100_000;

/** As parseDaeConfig, but what is wrong is an option. */
function checked(value: Record<string, unknown>): DaeConfig {
  try {
    return parseDaeConfig(value);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new InputError(error.message, ["config"], { cause: error });
  }
}
