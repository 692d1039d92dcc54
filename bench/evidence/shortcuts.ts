/**
 * Shortcuts planted in phantoms (a marker, brightness, a border, in 0 to 100 % of the severe images), and what the audit says: the AUROC of
 * its shares, and how often it raises a false alarm.
 *
 *     deno task bench shortcuts --encoder shipped
 *
 * `--encoder pca` fits principal components to every set; `shipped` takes vertebra64, which has never seen what is planted.
 */

import { parseArgs } from "node:util";
import { datasets, definePlugin, tasks } from "@countergrade/countergrade";
import { rocAuc } from "@countergrade/countergrade/review";
import { z } from "zod";
import { openVertebra } from "../../plugins/datasets/vertebra/mod.ts";
import type { Finding } from "../../plugins/tasks/audit/findings.ts";
import { auditedAttributes } from "../../plugins/tasks/audit/audited_attributes.ts";
import { type Kind, KINDS, planted } from "../planted/shortcut.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    encoder: { type: "string", default: "pca" },
    shares: { type: "string", default: "0.2,0.4,0.6,0.8,1" },
    clean: { type: "string", default: "5" },
    images: { type: "string", default: "600" },
    limit: { type: "string", default: "6" },
    seed: { type: "string", default: "100" },
  },
});
const THRESHOLD = 2;
const [images, limit] = [Number(flags.images), Number(flags.limit)];

/** What is planted in which share; every set is drawn from a seed of its own. */
const planned: { kind: Kind; share: number; seed: number }[] = [
  ...KINDS.flatMap((kind) => flags.shares.split(",").map((share) => ({ kind, share: +share }))),
  ...Array.from({ length: Number(flags.clean) }, (_, i) => ({
    kind: KINDS[i % KINDS.length],
    share: 0,
  })),
].map((one, i) => ({ ...one, seed: Number(flags.seed) + i }));
const sets = planned.map(({ kind, share, seed }) => {
  const base = openVertebra({ seed });
  const few = { ...base, splits: { train: images, val: 60 } };
  return planted(few, kind, share, { threshold: THRESHOLD, seed });
});
const plants = definePlugin({
  id: "planted-phantoms",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "planted",
      description: "Phantoms with shortcuts",
      options: z.object({}),
      discover: () => Promise.resolve(sets.map(({ id, title }) => ({ id, title, options: {} }))),
      open: (id) => Promise.resolve(sets.find((set) => set.id === id)!),
    }),
});
await using ground = await groundOf("vertebra64", { plugins: [plants] });
const { host, job } = ground;
// deno-lint-ignore no-explicit-any -- results of any task
const run = async (name: string, options: Record<string, unknown>): Promise<any> => {
  const task = host.member(tasks, name);
  return await task.run(task.options(host).parse(options), job);
};

const pairs: { is: boolean; share: number; codeShare: number; alarm: boolean; planted: number }[] =
  [];
let cleanAlarms = 0;
console.log(
  `${planned.length} sets of ${images} phantoms, encoder ${flags.encoder}, ${limit} audited images each\n`,
);
console.log("| planted | severe images with it | its share (by codes) | next | alarms |");
console.log("| --- | --- | --- | --- | --- |");
for (const [i, { kind, share, seed }] of planned.entries()) {
  const dataset = sets[i].id;
  const encoder = flags.encoder === "shipped"
    ? String(ground.probe.metadata.encoder)
    : (await run("trainEncoder", { dataset, encoder: { pca: { components: 64 } } })).encoder;
  const { codes } = await run("encode", { dataset, encoder });
  const { probe } = await run("trainProbe", {
    ...{ codes, threshold: THRESHOLD, probe: { ordinal: {} } },
  });
  const { findings, shortcuts } = await run("auditProbe", {
    ...{ probe, limit, images },
  });
  const touched = await touchedBy(kind, seed);
  const others = (findings as Finding[])
    .filter(({ attribute, verdict }) => verdict !== "disease" && attribute !== kind);
  const own = (findings as Finding[]).find(({ attribute }) => attribute === kind)!;
  const note = (one: Finding, is: boolean) =>
    pairs.push({
      is,
      share: one.share,
      codeShare: one.codeShare,
      alarm: one.verdict === "shortcut",
      planted: share,
    });
  note(own, share > 0);
  // What a plant changes by itself, as a border the contrast, is neither right nor wrong.
  for (const one of others) if (share === 0 || !touched.has(one.attribute)) note(one, false);
  if (share === 0 && shortcuts.length > 0) cleanAlarms++;
  const next = others.toSorted((a, b) => b.share - a.share)[0];
  console.log(
    `| ${share ? kind : "nothing"} | ${Math.round(100 * share)} % | ${own.share.toFixed(2)} (${
      own.codeShare.toFixed(2)
    }) | ${next.attribute} ${next.share.toFixed(2)} | ${shortcuts.join(", ") || "none"} |`,
  );
}

/** Attributes that a plant changes by more than a tenth of a standard deviation, by its own nature. */
async function touchedBy(kind: Kind, seed: number): Promise<Set<string>> {
  const plain = openVertebra({ seed });
  const indices = Int32Array.from({ length: 40 }, (_, i) => i);
  const before = (await plain.get("train", indices)).images;
  const always = planted(plain, kind, 1, { threshold: 0, seed });
  const after = (await always.get("train", indices)).images;
  const out = new Set<string>();
  for (const { measurement } of auditedAttributes(plain, undefined)) {
    const [a, b] = [before, after].map((seen) => [...measurement.measure(seen)]);
    const known = [...a.keys()].filter((i) => Number.isFinite(a[i]) && Number.isFinite(b[i]));
    const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;
    const center = mean(known.map((i) => a[i]));
    const deviation = Math.sqrt(mean(known.map((i) => (a[i] - center) ** 2)));
    if (Math.abs(mean(known.map((i) => b[i] - a[i]))) > 0.1 * deviation) out.add(measurement.name);
  }
  return out;
}

const auc = (of: (pair: typeof pairs[number]) => number, least = 0) => {
  const some = pairs.filter(({ is, planted }) => !is || planted >= least);
  return rocAuc(some.map(({ is }) => is ? 1 : 0), some.map(of)).toFixed(3);
};
const negatives = pairs.filter(({ is }) => !is);
const positives = pairs.filter(({ is }) => is);
const shareOf = (some: typeof pairs) =>
  (some.filter(({ alarm }) => alarm).length / some.length).toFixed(3);
console.log(`\n| figure | |\n| --- | --- |`);
console.log(`| AUROC of the share, all plants | ${auc(({ share }) => share)} |`);
console.log(`| … from 40 % of the severe on | ${auc(({ share }) => share, 0.4)} |`);
console.log(`| AUROC by the codes alone | ${auc(({ codeShare }) => codeShare)} |`);
console.log(`| plants found | ${shareOf(positives)} of ${positives.length} |`);
console.log(
  `| false alarms, of attributes that nothing was planted in | ${
    shareOf(negatives)
  } of ${negatives.length} |`,
);
console.log(`| sets without a plant that raise an alarm | ${cleanAlarms} of ${flags.clean} |`);
