/** A process with an isolated plugin: `isolated_script.ts FIT [wait | RIGHT]` prints the scores of its probe. */

import {
  Host,
  loadPlugins,
  type ProbePlugin,
  probes,
  Random,
  tensor,
} from "@countergrade/countergrade";
import type { PluginNeed } from "../../../../core/host/plugin.ts";

const use = new URL("./faulty_plugin.ts", import.meta.url).href;
const [fit, what] = Deno.args;
const trust = what === undefined || what === "wait" ? [] : [what as PluginNeed];
await using host = await Host.boot(
  await loadPlugins([{ use, isolated: true, trust, options: { fit } }]),
);
const codes = tensor([2, 2], [1, 2, 3, 4]);
const fitting = host.member<ProbePlugin>(probes, "faulty").fit(
  codes,
  Int32Array.of(0, 1),
  { c: 1 },
  {
    scale: { type: "ordinal", names: ["none", "mild", "severe"] },
    threshold: 1,
    random: new Random(3),
  },
);
if (what === "wait") {
  await new Promise((resolve) => setTimeout(resolve, 100));
  console.log("waiting");
  await new Promise(() => {});
}
console.log(JSON.stringify([...(await fitting).score(codes)]));
