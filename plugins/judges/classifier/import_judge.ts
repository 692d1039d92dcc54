/** The task `importJudge`: a classifier in an ONNX file becomes a judge. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import { inputFileVersion, readInputFile } from "@countergrade/countergrade/images";
import { z } from "zod";
import { ClassifierJudge } from "./classifier_judge.ts";
import { JudgeResult, portsOf, USAGE_OPTIONS, usageIn } from "./usage.ts";

/** The file of the artifact. */
export const MODEL_FILE = "model.onnx";

const Options = z.strictObject({
  file: z.string().min(1).max(1000).describe("Name of the .onnx file in a data folder"),
  ...USAGE_OPTIONS,
  title: z.string().max(200).optional().describe("A name to show"),
});

/** Reads the file, runs it once, and stores it with how it is used. */
export const importJudge: TaskPlugin<z.infer<typeof Options>, z.infer<typeof JudgeResult>> = {
  name: "importJudge",
  description: "Import a classifier that was exported as ONNX, to judge or to explain",
  options: () => Options,
  inputs: async ({ file }, { datasetContext }) => [await inputFileVersion(file, datasetContext)],
  result: JudgeResult,
  async run({ file, title, ...said }, job) {
    const bytes = await readInputFile(file, job.host.datasetContext);
    const usage = usageIn(said);
    const network = await ForeignNetwork.open(bytes, file, portsOf(usage));
    await using judge = await ClassifierJudge.open(network, usage, job.signal);
    const { classes, imageShape } = judge;
    const metadata = {
      plugin: "onnx",
      title: title ?? file.split("/").at(-1)!,
      usage,
      classes,
      imageShape,
    };
    const artifact = await job.save("judge", { [MODEL_FILE]: bytes }, metadata, [file]);
    return { judge: artifact.id, imageShape: [...imageShape], classes };
  },
};
