/** Toys for the views of the page: a task with options of every shape, a training that can be stopped, a map of bars. */

import { definePlugin, InputError, probes, tasks, tensor } from "@countergrade/countergrade";
import { strip } from "@countergrade/countergrade/images";
import type { Registry } from "../../../core/host/plugin.ts";
import { z } from "zod";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Does nothing but tell what it was asked. */
function shapes(registry: Registry) {
  registry.add(tasks, {
    name: "takeShapes",
    description: "A task of somebody else, with options of every shape",
    options: (host) =>
      z.strictObject({
        dataset: z.string().describe("Id of the data set"),
        model: z.string().meta({ artifact: "probe" }).describe("Which probe to ask"),
        count: z.int().min(1).max(9).default(3).describe("How many"),
        rate: z.number().gt(0).max(1).default(0.5),
        mode: z.enum(["fast", "exact"]).default("fast"),
        noisy: z.boolean().default(true),
        range: z.tuple([z.number(), z.number()]).optional().describe("From and to"),
        targets: z.array(z.number()).default([0, 1]),
        names: z.array(z.string()).optional(),
        probe: host.choice(probes, "flat"),
        sampler: z.strictObject({ steps: z.int().min(1).default(20) }).optional(),
        rings: z.array(z.strictObject({ radius: z.number(), solid: z.boolean().default(false) }))
          .optional(),
        extra: z.record(z.string(), z.unknown()).optional(),
      }),
    result: z.object({ asked: z.unknown() }),
    run(options) {
      if (options.count === 7) {
        return Promise.reject(new InputError("Cannot count to 7: it is not lucky here", ["count"]));
      }
      return Promise.resolve({ asked: options });
    },
  });
}

/** A loss that falls, with a look every ten steps and a checkpoint after each. */
function training(registry: Registry) {
  registry.add(tasks, {
    name: "trainToy",
    description: "Trains nothing, slowly",
    options: () =>
      z.strictObject({
        steps: z.int().min(1).default(60).describe("Steps"),
        delay: z.number().min(0).default(100).describe(
          "Pause per step, in ms; none after a checkpoint",
        ),
      }),
    result: z.object({ from: z.int() }),
    async run({ steps, delay }, job) {
      const saved = await job.checkpoint.read();
      const from = saved ? Number(new TextDecoder().decode(saved)) : 0;
      for (let step = from + 1; step <= steps; step++) {
        job.signal.throwIfAborted();
        const loss = 1 / step;
        job.emit({
          type: "progress",
          step,
          total: steps,
          metrics: { loss, smoothLoss: 1.1 * loss, ...(step % 10 === 0 && { zUse300: step }) },
          imagesPerStep: 4,
        });
        if (step % 10 === 0) {
          const picture = strip(tensor([2, 1, 8, 8], new Float32Array(128).fill(1 - 2 * loss)));
          const image = await job.saveBlob(picture, "png");
          job.emit({ type: "trainingSample", step, image, label: "Gray" });
        }
        await job.checkpoint.write(new TextEncoder().encode(String(step)));
        await pause(from ? 0 : delay);
      }
      return { from };
    },
  });
}

/** Maps bars: the grade from left to right, the index from bottom to top. */
function map(registry: Registry) {
  registry.add(tasks, {
    name: "mapLatents",
    description: "Draws a map of bars",
    options: () =>
      z.strictObject({
        probe: z.string(),
        split: z.string().default("train"),
        method: z.enum(["pca", "probe", "umap", "tsne"]).default("pca"),
        limit: z.int().default(2000),
        color: z.string().optional(),
        path: z.string().optional(),
      }),
    result: z.object({ map: z.string() }),
    async run({ probe, split, method, color }, job) {
      await job.load("probe", probe);
      if (method === "umap") throw new InputError("Cannot map: too few codes", ["neighbors"]);
      const points = Array.from(
        { length: 20 },
        (_, index) => ({ x: index % 4, y: index / 5, label: index % 4, index }),
      );
      const content = {
        dataset: "bars",
        split,
        scale: { type: "ordinal", names: ["healthy", "mild", "moderate", "severe"] },
        axes: ["principal component 1", "principal component 2"],
        explainedVariance: [0.6, 0.25],
        points,
        ...color && { color, colors: ["low", "middle", "high", "highest"] },
      };
      const bytes = new TextEncoder().encode(JSON.stringify(content));
      const { id } = await job.save("map", { "map.json": bytes }, { title: "Bars" }, [probe]);
      return { map: id };
    },
  });
}

export default definePlugin({
  id: "toy-views",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    shapes(registry);
    training(registry);
    map(registry);
  },
});
