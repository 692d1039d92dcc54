/**
 * From images of one's own to a counterfactual path: a `.npz` file, an encoder, codes, a probe, a path.
 *
 *     deno run -A examples/own_dataset.ts FOLDER
 */

import { Host, type Plugin, Random } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { installModels, JobRunner, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";

const size = 16;

/** Bright discs on noise; the larger, the worse: grade 0, 1 or 2. Pixels `[n, h, w]` from 0 to 255, labels `[n]`. */
export function discs(n: number, random: Random) {
  const images = new Uint8Array(n * size * size);
  const labels = Uint8Array.from({ length: n }, () => random.integer(3));
  for (let i = 0; i < n; i++) {
    const radius = 2.5 + 1.5 * labels[i] + random.uniform();
    const [x, y] = [7.5 + random.normal() / 2, 7.5 + random.normal() / 2];
    for (let at = 0; at < size * size; at++) {
      const distance = Math.hypot(at % size - x, Math.floor(at / size) - y);
      const light = 1 / (1 + Math.exp(2 * (distance - radius)));
      images[i * size * size + at] = 40 + 160 * light + 20 * random.uniform();
    }
  }
  return { images: { shape: [n, size, size], data: images }, labels };
}

/** Writes `discs.npz` in MedMNIST layout, which the data set plugin `npz` finds by its name. */
export async function writeDiscs(folder: string): Promise<void> {
  const random = new Random(1);
  const [train, val] = [discs(96, random), discs(24, random)];
  const bytes = writeNpz({
    train_images: train.images,
    train_labels: train.labels,
    val_images: val.images,
    val_labels: val.labels,
  });
  await Deno.writeFile(`${folder}/discs.npz`, bytes);
}

/** Runs tasks one after the other in this process, as the command line does. */
export async function openLab(folder: string, plugins: readonly Plugin[] = builtins) {
  const roots = [await Deno.realPath(folder)];
  const host = await Host.boot(plugins, { roots });
  const workspace = await Workspace.open(`${folder}/home`);
  await installModels(workspace, host);
  const jobs = new Jobs(host, workspace);
  const runner = new JobRunner(host, workspace);
  return {
    async run(task: string, options: unknown): Promise<Record<string, unknown>> {
      const { id } = await jobs.submit(task, options);
      const claimed = await workspace.store.queue.claim(workspace.owner, { id });
      if (claimed) await runner.run(claimed, new AbortController().signal);
      const { state, result, error } = await jobs.job(id);
      if (state !== "done") throw new Error(`${task}: ${error?.message ?? state}`);
      return result as Record<string, unknown>;
    },
    read: async (blob: unknown) => await workspace.blobs.read(String(blob)),
    async [Symbol.asyncDispose]() {
      await workspace.close();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** The chain. `steps` is what makes the difference between noise and discs. */
export async function discPath(lab: Awaited<ReturnType<typeof openLab>>, steps: number) {
  const dataset = "discs";
  const dae = { preset: "tiny64", steps, inspectEvery: steps };
  const { encoder } = await lab.run("trainEncoder", { dataset, encoder: { dae } });
  const { codes } = await lab.run("encode", { encoder, dataset });
  const { probe, auc } = await lab.run("trainProbe", { codes, probe: { logistic: {} } });
  const path = await lab.run("counterfactualPath", { probe, dataset, split: "val", index: 0 });
  return { probe, auc, path };
}

if (import.meta.main) {
  const [folder = "."] = Deno.args;
  await writeDiscs(folder);
  await using lab = await openLab(folder);
  const { auc, path } = await discPath(lab, 400);
  await Deno.writeFile(`${folder}/strip.png`, await lab.read(path.strip));
  console.log(`AUC ${auc}; the path is in ${folder}/strip.png`);
}
