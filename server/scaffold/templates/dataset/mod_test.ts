/** The data set keeps the promises of its family, and its grades can be seen. */

import { datasets, Host, rows } from "@countergrade/countergrade";
import { ensure, registerPlugin } from "@countergrade/countergrade/testing";
import plugin from "./mod.ts";

await registerPlugin(plugin);

Deno.test("a disc of a higher grade is larger", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(datasets, "templatePlugin");
  const [{ id }] = await member.discover({ roots: [] });
  const { images } = await (await host.openDataset(id)).get("train", [0, 1, 2]);
  const bright = [0, 1, 2].map((i) => rows(images, i, i + 1).data.filter((v) => v > 0).length);
  ensure(bright[0] < bright[1] && bright[1] < bright[2], `Expected rising areas, got ${bright}`);
});
