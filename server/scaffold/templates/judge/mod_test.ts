/** The judge keeps the promises of its family, and tells what is there to see. */

import { Host, judges, tensor } from "@countergrade/countergrade";
import { memoryJob, registerPlugin } from "@countergrade/countergrade/testing";
import plugin from "./mod.ts";

await registerPlugin(plugin);

Deno.test("a bright picture is told from a dark one", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(judges, "templatePlugin");
  await using judge = await member.open(member.options.parse({}), memoryJob(host));
  const [dark, bright] = [new Float32Array(4).fill(-0.5), new Float32Array(4).fill(0.5)];
  const { grades } = await judge.judge(tensor([2, 1, 2, 2], [...dark, ...bright]));
  if (!(grades[0] < 0.1 && grades[1] > 0.9)) throw new Error(`Expected 0 and 1, got ${grades}`);
});
