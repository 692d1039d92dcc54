/** The task `connectJudge`: a classifier that is served elsewhere becomes a judge. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { checkedUrl, KServeModel } from "@countergrade/countergrade/engine";
import { z } from "zod";
import { ClassifierJudge } from "./classifier_judge.ts";
import { ServedNetwork } from "./served_network.ts";
import { JudgeResult, USAGE_OPTIONS, usageIn, UsageSchema } from "./usage.ts";

const name = z.string().min(1).max(1000);

/** Where a judge is and how it is used, as its artifact has it. */
export const ServedSchema = z.strictObject({
  address: z.strictObject({
    url: z.string(),
    model: name,
    input: name.optional(),
    output: name.optional(),
    /** For one answer, in ms. */
    timeout: z.number().positive(),
  }),
  usage: UsageSchema,
});

const Options = z.strictObject({
  url: z.string().max(2000).describe("Address of the server, as http://host:8000"),
  model: z.string().min(1).max(200).describe("Name of the model there"),
  ...USAGE_OPTIONS,
  timeout: z.number().positive().max(3600).default(60).describe("For one answer, in seconds"),
  title: z.string().max(200).optional().describe("A name to show"),
});

/**
 * Tries the model once and stores where it is. Local, since a client who could name a server could make this one send requests into
 * its own network.
 */
export const connectJudge: TaskPlugin<z.infer<typeof Options>, z.infer<typeof JudgeResult>> = {
  name: "connectJudge",
  description: "Use a classifier on a server that speaks the KServe v2 protocol as a judge",
  local: true,
  options: () => Options,
  result: JudgeResult,
  async run({ url, model, timeout, title, ...said }, job) {
    const usage = usageIn(said);
    const { inputName: input, outputName: output } = usage;
    const address = { url: checkedUrl(url), model, input, output, timeout: timeout * 1000 };
    const found = await KServeModel.find(address, job.signal);
    await using judge = await ClassifierJudge.open(new ServedNetwork(found), usage, job.signal);
    const { classes, imageShape } = judge;
    const metadata = {
      plugin: "kserve",
      title: title ?? `${model} on ${new URL(address.url).host}`,
      served: { address, usage },
      classes,
      imageShape,
    };
    const text = new TextEncoder().encode(JSON.stringify(metadata, null, 2));
    const artifact = await job.save("judge", { "judge.json": text }, metadata, [address.url]);
    return { judge: artifact.id, imageShape: [...imageShape], classes };
  },
};
