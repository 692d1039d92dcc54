/** The judge `kserve`: a classifier that runs on a server elsewhere. */

import {
  definePlugin,
  type JudgePlugin,
  judges,
  type Plugin,
  tasks,
} from "@countergrade/countergrade";
import { KServeModel } from "@countergrade/countergrade/engine";
import { z } from "zod";
import { ClassifierJudge } from "./classifier_judge.ts";
import { connectJudge, ServedSchema } from "./connect_judge.ts";
import { ServedNetwork } from "./served_network.ts";

const Options = z.strictObject({
  model: z.string().min(1).max(1000).meta({ artifact: "judge" })
    .describe("Id of a judge that connect-judge has stored"),
});

const member: JudgePlugin<z.infer<typeof Options>> = {
  name: "kserve",
  description: "A classifier on a server that speaks the KServe v2 protocol, as Triton does",
  options: Options,
  async open({ model }, job) {
    const { metadata } = await job.load("judge", model);
    const served = ServedSchema.parse(metadata.served);
    const found = await KServeModel.find(served.address, job.signal);
    return await ClassifierJudge.open(new ServedNetwork(found), served.usage, job.signal);
  },
};

/** The plugin. Only the command line can name a server, see {@linkcode connectJudge}. */
export const kserveJudge: Plugin = definePlugin({
  id: "@countergrade/kserve-judge",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(judges, member);
    registry.add(tasks, connectJudge);
  },
});
