/** The judge `onnx`: any classifier that was exported as an ONNX file. */

import {
  type Artifact,
  definePlugin,
  type JobContext,
  type JudgePlugin,
  judges,
  NotFoundError,
  type Plugin,
  tasks,
} from "@countergrade/countergrade";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import { inputFileVersion, readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { ClassifierJudge } from "./classifier_judge.ts";
import { importJudge, MODEL_FILE } from "./import_judge.ts";
import { portsOf, type Usage, USAGE_OPTIONS, usageIn, UsageSchema } from "./usage.ts";

const Options = z.strictObject({
  model: z.string().min(1).max(1000).meta({ artifact: "judge" })
    .describe("Id of an imported judge, or name of an .onnx file in a data folder"),
  ...USAGE_OPTIONS,
});

type Options = z.infer<typeof Options>;

const member: JudgePlugin<Options> = {
  name: "onnx",
  description: "A classifier that was trained elsewhere and exported as ONNX",
  options: Options,
  inputs: async ({ model }, { datasetContext }) => [await inputFileVersion(model, datasetContext)],
  async open({ model, ...said }, job) {
    const { bytes, usage } = await modelNamed(model, job);
    const all = { ...usage, ...usageIn(said) };
    const ports = portsOf(all);
    const network = await ForeignNetwork.open(bytes, model, ports);
    return await ClassifierJudge.open(network, all, job.signal);
  },
};

async function modelNamed(
  name: string,
  job: JobContext,
): Promise<{ bytes: Uint8Array; usage: Usage }> {
  const artifact = await stored(name, job);
  if (!artifact) return { bytes: await readInputFile(name, job.host.datasetContext), usage: {} };
  return {
    bytes: await job.read(artifact, MODEL_FILE),
    usage: UsageSchema.parse(artifact.metadata.usage),
  };
}

async function stored(id: string, job: JobContext): Promise<Artifact | undefined> {
  try {
    return await job.load("judge", id);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The plugin. It compiles models of strangers in native code: use only files of people you trust. */
export const onnxJudge: Plugin = definePlugin({
  id: "@countergrade/onnx-judge",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(judges, member);
    registry.add(tasks, importJudge);
  },
});
