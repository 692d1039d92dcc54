/** What isolation costs: a probe fitted and asked in a process of its own, and in the host's thread, in turns. */

import { parseArgs } from "node:util";
import {
  type Codes,
  Host,
  loadPlugins,
  type Probe,
  type ProbePlugin,
  probes,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { interleaved, quantile, timed } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    n: { type: "string", default: "10000" },
    d: { type: "string", default: "512" },
    rounds: { type: "string", default: "7" },
  },
});
const [n, d] = [Number(flags.n), Number(flags.d)];

/** A probe that takes its time to fit, and the example, which hardly does. */
const MODULES = {
  logistic: "../peer/logistic_plugin.ts",
  nearestCentroid: "../../examples/custom_probe.ts",
};

const random = new Random("bench isolation");
const labels = Int32Array.from({ length: n }, () => random.integer(4));
const codes: Codes = tensor([n, d], random.normals(n * d));
for (let i = 0; i < n; i++) codes.data[i * d] += labels[i];

const STEPS = {
  fit: async (member: ProbePlugin) => void await fit(member),
  score: (_: ProbePlugin, probe: Probe) => void probe.score(codes),
  gradient: (_: ProbePlugin, probe: Probe) => void probe.gradient(codes),
  "fit + score": async (member: ProbePlugin) => void (await fit(member)).score(codes),
};

function fit(member: ProbePlugin): Promise<Probe> {
  return member.fit(codes, labels, member.options.parse({}), {
    scale: { type: "ordinal", names: ["none", "mild", "moderate", "severe"] },
    threshold: 1,
    random: new Random(1),
  });
}

printSurroundings(1);
console.log(`codes:    ${n} × ${d}\n`);
const table: Record<string, string | number>[] = [];
const starts: Record<string, string> = {};
for (const [name, path] of Object.entries(MODULES)) {
  const use = new URL(path, import.meta.url).href;
  await using inside = await Host.boot(await loadPlugins([use]));
  const started = performance.now();
  await using outside = await Host.boot(await loadPlugins([{ use, isolated: true }]));
  starts[name] = `${(performance.now() - started).toFixed(0)} ms`;
  const sides = await Promise.all([outside, inside].map(async (host) => {
    const member: ProbePlugin = host.member(probes, name);
    return { member, probe: await fit(member) };
  }));
  for (const [step, run] of Object.entries(STEPS)) {
    const [ours, peer] = sides.map(({ member, probe }) => () =>
      timed(async () => await run(member, probe))
    );
    const times = await interleaved(Number(flags.rounds), { ours, peer });
    const [isolated, own] = [quantile(times.ours, 0.5), quantile(times.peer, 0.5)];
    table.push({
      probe: name,
      step,
      "isolated (ms)": isolated.toFixed(1),
      "in the host's thread (ms)": own.toFixed(1),
      "overhead (ms)": (isolated - own).toFixed(1),
      "overhead (%)": (100 * (isolated / own - 1)).toFixed(1),
    });
  }
}
console.table(table);
console.log("started in", starts);
