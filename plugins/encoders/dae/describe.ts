/** The task `describeEncoder`: what an architecture is made of and what it takes, before anything is trained. */

import {
  FormatError,
  InputError,
  type JobContext,
  type TaskPlugin,
} from "@countergrade/countergrade";
import {
  type DaeConfig,
  describeDae,
  type LayerDescription,
  parseDaeConfig,
  PRESETS,
} from "@countergrade/countergrade/engine";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { configIn } from "./model.ts";

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
  batchSize: z.int().min(1).max(1024).default(16).describe("Images at once, for the memory"),
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
  config: z.record(z.string(), z.unknown()).describe("The whole configuration, defaults filled in"),
  layers: z.array(z.object({
    name: z.string().describe("As its parameters are named"),
    output: z.string().describe("Channels × height × width of its output, or the length"),
    parameters: z.int().describe("Number of its parameters"),
    flops: z.number().describe("Floating-point operations per image"),
  })).describe("Encoder first, each network in the order of its run"),
});

/** Nothing is run or loaded: the graphs are built for their shapes. */
export const describeEncoder: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "describeEncoder",
  description: "Layers, parameters, memory and operations of an encoder's architecture",
  options: () => Options,
  result: Result,
  async run(options, job) {
    const { name, base } = await architecture(options, job);
    const config = checked({ ...base, ...options.config });
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
      config: { ...config },
      layers: description.layers.map(rowOf),
    };
  },
};

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
