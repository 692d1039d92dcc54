/** The task `importEncoder`: a file from elsewhere becomes an encoder. */

import {
  type ByteSource,
  type EncoderPlugin,
  encoders,
  InputError,
  type JobContext,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { isShardIndex, joinedShards, shardsOf } from "@countergrade/countergrade/formats";
import { inputFileVersion, openInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";

const Result = z.object({
  encoder: z.string().describe("Id of the encoder").meta({ artifact: true }),
  parameters: z.int().describe("Number of parameters; 0 when the plugin does not tell"),
});

interface Options {
  file: string;
  encoder: string;
  title?: string;
  imageSize?: number;
  heads?: number;
  imageRange?: [number, number];
}

/** Imports a PyTorch checkpoint or a safetensors file. */
export const importEncoder: TaskPlugin<Options, z.infer<typeof Result>> = {
  name: "importEncoder",
  description: "Import a trained encoder: a PyTorch checkpoint of the reference, or safetensors",
  options: (host) => {
    const able = host.members(encoders).filter((member) => member.convert).map((member) =>
      member.name
    );
    return z.strictObject({
      file: z.string().min(1).max(1000).describe(
        "Name of a file in a data folder; of a model in several files, its model.safetensors.index.json",
      ),
      encoder: readers(able).describe("The plugin that reads it"),
      title: z.string().max(200).optional().describe("A name to show"),
      imageSize: z.int().min(1).max(1024).optional().describe(
        "Height and width in pixels, where the file does not say",
      ),
      heads: z.int().min(1).max(1024).optional().describe(
        "Attention heads, where the file does not say",
      ),
      imageRange: z.tuple([z.number(), z.number()]).optional().describe(
        "Intensities of black and white that the model was trained with, as 0,1; where they are not as usual",
      ),
    });
  },
  inputs: async ({ file }, { datasetContext }) => [await inputFileVersion(file, datasetContext)],
  result: Result,
  async run(options, job) {
    const plugin: EncoderPlugin = job.host.member(encoders, options.encoder);
    if (!plugin.convert) {
      throw new InputError(`Encoder "${plugin.name}" imports no files`, ["encoder"]);
    }
    const name = options.file.split("/").at(-1)!;
    const model = await withFile(
      options.file,
      job,
      (file) => plugin.convert!(file, name, options),
    );
    await using encoder = await plugin.load(model);
    const { assumed } = encoder.details;
    if (assumed) {
      job.emit({ type: "warning", message: `The file does not say all; assumed: ${assumed}` });
    }
    const metadata = {
      plugin: plugin.name,
      title: options.title ?? name,
      imageShape: encoder.imageShape,
      codeSize: encoder.codeSize,
      details: encoder.details,
    };
    const artifact = await job.save("encoder", { "model.safetensors": model }, metadata, [name]);
    return { encoder: artifact.id, parameters: Number(encoder.details.parameters ?? 0) };
  },
};

/** Opens a file, or all that an index of safetensors speaks of, as long as it is used. */
async function withFile<T>(
  name: string,
  { host: { datasetContext } }: JobContext,
  use: (file: ByteSource) => T | Promise<T>,
): Promise<T> {
  using opened = new DisposableStack();
  const open = async (file: string) => opened.use(await openInputFile(file, datasetContext));
  const file = await open(name);
  if (!isShardIndex(name)) return await use(file);
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  const shards: ByteSource[] = [];
  for (const shard of shardsOf(file)) shards.push(await open(folder + shard));
  return await use(joinedShards(shards));
}

/** One of the plugins that read files; any name where there are none, so that the task is there and says so. */
function readers(names: readonly string[]): z.ZodType<string> {
  return names.length > 0 ? z.enum(names).default(names[0]) : z.string();
}
