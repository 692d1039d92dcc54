/**
 * Explain somebody else's classifier: how often, how near and how fast an image is edited until the classifier itself changes its mind.
 *
 *     deno task bench explain_classifier --classifier knees.onnx --model knee64 --data DIR --dataset knee_kl_64 [--positive-from 2]
 *
 * `bench/peer/classifier_peer.py` trains such a classifier with PyTorch; `--draw FILE.npz` draws phantoms for it to learn from.
 */

import { parseArgs } from "node:util";
import { batches, concatRows, definePlugin, Host, Random, tasks } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { stacked, strip } from "@countergrade/countergrade/images";
import { installModels, models, Workspace } from "@countergrade/countergrade/jobs";
import { percentile } from "@countergrade/countergrade/linear";
import { builtins } from "@countergrade/countergrade/plugins";
import { z } from "zod";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { pathFields, type PathOptions } from "../../plugins/tasks/paths/setup.ts";
import { type Flip, type Method, openMethod } from "../explain/flip.ts";
import { done } from "../shipped/tasks.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    classifier: { type: "string" },
    model: { type: "string", default: "vertebra64" },
    data: { type: "string" },
    dataset: { type: "string", default: "vertebra" },
    split: { type: "string", default: "val" },
    "positive-from": { type: "string" },
    probe: { type: "string", default: "logistic" },
    images: { type: "string", default: "200" },
    ways: { type: "string", default: "4" },
    strips: { type: "string" },
    draw: { type: "string" },
  },
});

if (flags.draw) await draw(flags.draw);
else if (flags.classifier) await explain(flags.classifier);
else console.log("Needs --classifier FILE.onnx, a network that this package had no part in.");

/** Phantoms in MedMNIST layout: 1,600 to learn from, 256 to choose by. */
async function draw(file: string): Promise<void> {
  await using host = await Host.boot(builtins);
  const dataset = await host.openDataset("vertebra");
  const [, h, w] = dataset.imageShape;
  const arrays: Record<string, Uint8Array | { shape: number[]; data: Uint8Array }> = {};
  for (const [split, limit] of [["train", 1600], ["val", 256]] as const) {
    const data: number[] = [];
    const labels: number[] = [];
    for await (const batch of batches(dataset, split, 64, { limit })) {
      for (const value of batch.images.data) data.push(Math.round((value + 1) * 127.5));
      labels.push(...batch.labels);
    }
    arrays[`${split}_images`] = { shape: [labels.length, h, w], data: Uint8Array.from(data) };
    arrays[`${split}_labels`] = Uint8Array.from(labels);
  }
  await Deno.writeFile(file, writeNpz(arrays));
}

/** Options of a path, and the probe that comes along. */
type Options = PathOptions & { readonly shipped: string };

async function explain(classifier: string): Promise<void> {
  const home = await Deno.makeTempDir();
  const loaded = new LoadedEncoders();
  const measured = new Map<string, Flip[]>();
  const bench = definePlugin({
    id: "bench-explain",
    version: "1.0.0",
    apiVersion: "^1",
    setup(registry) {
      registry.add(tasks, {
        name: "benchExplain",
        description: "Tries every method",
        options: (host) => {
          const { which, how } = pathFields(host);
          return z.strictObject({ ...which, ...how, shipped: z.string() });
        },
        result: z.object({}),
        async run(options: Options, job) {
          const { splits } = await job.host.openDataset(flags.dataset);
          await using stack = new AsyncDisposableStack();
          const methods = [];
          for (const method of methodsOf(options)) {
            methods.push(stack.use(await openMethod(method, job, loaded)));
          }
          for (const index of drawnImages(splits[flags.split])) {
            for (const method of methods) {
              const flipped = measured.get(method.name) ?? [];
              measured.set(method.name, [...flipped, await method.flip(index)]);
            }
            const [[, done]] = measured;
            if (done.length % 25 === 0) await report(measured);
          }
          return {};
        },
      });
    },
  });
  const roots = await Promise.all(flags.data ? [Deno.realPath(flags.data)] : []);
  const host = await Host.boot([...builtins, bench], { roots, trusted: true });
  const workspace = await Workspace.open(home);
  await installModels(workspace, host);
  const [encoder, shipped] = await shippedModel(host);

  const positiveFrom = flags["positive-from"] && Number(flags["positive-from"]);
  const judge = {
    onnx: { model: await Deno.realPath(classifier), ...positiveFrom && { positiveFrom } },
  };
  const splits = [...new Set(["train", flags.split])];
  const { codes } = await done(host, workspace, "encode", {
    encoder,
    dataset: flags.dataset,
    splits,
  });
  const fitted = await done(host, workspace, "trainProbe", {
    codes,
    probe: { [flags.probe]: {} },
    labelsFrom: judge,
  });
  console.log(
    `${flags.model}, ${classifier}: a probe fitted to its words has the AUC ${fitted.auc}`,
  );
  await done(host, workspace, "benchExplain", {
    dataset: flags.dataset,
    split: flags.split,
    judge,
    probe: fitted.probe,
    shipped,
  });
  await report(measured);
  await loaded[Symbol.asyncDispose]();
  await workspace.close();
  await host[Symbol.asyncDispose]();
  await Deno.remove(home, { recursive: true });
}

/** The classifier's own words and loop, its loop along the shipped probe, and the frames that an edit without it has. */
function methodsOf({ shipped, ...options }: Options): Method[] {
  const closeLoop = { by: "judge" as const, iterations: 8, tolerance: 0.1 };
  // A classifier may change its mind only beyond what patients have; the frame says how far that is.
  const across = { closeLoop, extrapolate: true };
  const before = { ...options, probe: shipped };
  const all = [
    { name: "labels and loop by the classifier", options: { ...options, ...across }, across: true },
    { name: "shipped probe, default frames", options: before, across: false },
    {
      name: "shipped probe, frames by regression",
      options: { ...before, calibration: "regression" as const },
      across: false,
    },
    { name: "loop by the classifier alone", options: { ...before, ...across }, across: true },
  ];
  return all.slice(0, Number(flags.ways));
}

/** Images drawn from the split by a fixed seed. */
function drawnImages(count: number): number[] {
  const order = new Random(1).fork("images").permutation(count);
  return [...order.subarray(0, Number(flags.images))];
}

async function shippedModel(host: Host): Promise<[encoder: string, probe: string]> {
  const { folder } = host.member(models, flags.model);
  const { artifacts } = JSON.parse(await Deno.readTextFile(new URL("models.json", folder)));
  const idOf = (kind: string) =>
    artifacts.find((artifact: { kind: string }) => artifact.kind === kind).id as string;
  return [idOf("encoder"), idOf("probe")];
}

async function report(measured: ReadonlyMap<string, readonly Flip[]>): Promise<void> {
  const [[, ours]] = measured;
  const heads = ["flipped", "up", "down", "L1", "L1 beside ours", "length, σ", "s", "CPU s"];
  console.log(`\n| way | ${heads.join(" | ")} |\n|${" --- |".repeat(heads.length + 1)}`);
  for (const [name, all] of measured) {
    const share = (some: readonly Flip[]) =>
      `${some.filter(({ flipped }) => flipped).length} of ${some.length}`;
    const both = all.flatMap((flip, i) => flip.flipped && ours[i].flipped ? [[flip, ours[i]]] : []);
    const l1 = (at: 0 | 1) => mean(both.map((pair) => pair[at].l1)).toFixed(4);
    const median = (of: (flip: Flip) => number) =>
      percentile(all.map(of).filter(Number.isFinite), 50).toFixed(2);
    const cells = [
      share(all),
      share(all.filter(({ severe }) => !severe)),
      share(all.filter(({ severe }) => severe)),
      mean(all.filter(({ flipped }) => flipped).map(({ l1 }) => l1)).toFixed(4),
      `${l1(0)} : ${l1(1)} of ${both.length}`,
      median(({ length }) => length),
      median(({ seconds }) => seconds),
      median(({ cpuSeconds }) => cpuSeconds),
    ];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  if (flags.strips) {
    const columns = ours.slice(0, 12).map(({ pictures }) => stacked(pictures));
    await Deno.writeFile(flags.strips, strip(concatRows(columns)));
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
