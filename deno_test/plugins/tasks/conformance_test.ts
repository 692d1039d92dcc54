/** The built-in tasks of the chain keep the promises of their family. */

import { type TaskPlugin, tasks } from "@countergrade/countergrade";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { Chain, TINY } from "../../chain/chain.ts";

const chain = await Chain.open();
globalThis.addEventListener("unload", () => Deno.removeSync(chain.folder, { recursive: true }));
const { host } = chain;
await chain.workspace.close();

const dataset = "bars";
const sampler = { name: "ddim", inversionSteps: 2, renderSteps: 2 };
const training = { dataset, encoder: { dae: { ...TINY, steps: 3 } } };

/** A job that has saved what the tasks need, made by the tasks themselves. */
const after = memoryJob(host, { seed: 1 });
const task = (name: string): TaskPlugin => host.member(tasks, name);
async function run(name: string, options: unknown) {
  const result = await task(name).run(task(name).options(host).parse(options), after);
  return result as Record<string, string>;
}
const { encoder } = await run("trainEncoder", training);
const { codes } = await run("encode", { encoder, dataset });
const { probe } = await run("trainProbe", { codes });
const stored = await after.load("encoder", encoder);
await chain.put("model.safetensors", await after.read(stored, "model.safetensors"));

const options: Record<string, unknown> = {
  trainEncoder: training,
  importEncoder: { file: "model.safetensors" },
  exportEncoder: { encoder, prefix: "ema_model." },
  describeEncoder: { encoder },
  encode: { encoder, dataset },
  trainProbe: { codes, probe: { ordinal: {} } },
  grade: { dataset, probe, indices: [2, 0] },
  counterfactualPath: { dataset, probe, index: 1, sampler },
};

for (const [name, given] of Object.entries(options)) {
  const fixture = { host, options: given, after, varying: ["imagesPerSecond"] };
  register(`task ${name}`, testTask(task(name), fixture));
}
