/** The task keeps the promises of its family, and its figures are those of the images. */

import {
  type Dataset,
  datasets,
  definePlugin,
  Host,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { ensureClose, memoryJob, registerPlugin } from "@countergrade/countergrade/testing";
import { z } from "zod";
import plugin, { conformance } from "./mod.ts";

/** Change here: data like those that the task is for. Image `i` has four pixels of i/10. */
const dataset: Dataset = {
  id: "toy",
  title: "Toy",
  imageShape: [1, 2, 2],
  scale: { type: "ordinal", names: ["none", "mild", "severe"] },
  splits: { train: 6, val: 5, test: 4 },
  fingerprint: "toy-1",
  get(_split, indices) {
    const all = Array.from(indices);
    const pixels = all.flatMap((index) => Array(4).fill(index / 10));
    return Promise.resolve({
      ids: all.map(String),
      images: tensor([all.length, 1, 2, 2], pixels),
      labels: Int32Array.from(all, (index) => index % 3),
    });
  },
};

const toys = definePlugin({
  id: "toy-data",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "toy",
      description: "Gray squares",
      options: z.object({}),
      discover: () => Promise.resolve([{ id: "toy", title: "Toy", options: {} }]),
      open: () => Promise.resolve(dataset),
    }),
});

await registerPlugin(plugin, conformance, { beside: [toys] });

Deno.test("the brightness is the mean of the pixels", async () => {
  await using host = await Host.boot([toys, plugin]);
  const task = host.member(tasks, "templatePlugin");
  const options = task.options(host).parse({ dataset: "toy", split: "test", limit: 3 });
  const { brightness } = await task.run(options, memoryJob(host)) as { brightness: number };
  ensureClose("brightness", [brightness], [0.1], 1e-6);
});
