/** The task keeps the promises of its family, and its figures are those of the images. */

import { Host, tasks } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { ensureClose, memoryJob, registerPlugin } from "@countergrade/countergrade/testing";
import plugin, { conformance } from "./mod.ts";

await registerPlugin(plugin, conformance, { beside: builtins });

Deno.test("the brightness is the mean of the pixels", async () => {
  await using host = await Host.boot([...builtins, plugin]);
  const task = host.member(tasks, "templatePlugin");
  const options = task.options(host).parse({ dataset: "vertebra", split: "test", limit: 2 });
  const { brightness } = await task.run(options, memoryJob(host)) as { brightness: number };
  const { images } = await (await host.openDataset("vertebra")).get("test", [0, 1]);
  const mean = images.data.reduce((sum, value) => sum + value, 0) / images.data.length;
  ensureClose("brightness", [brightness], [mean], 1e-6);
});
