/** The task `nearestImages`: real images like this one. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe } from "../encoders/models.ts";
import { nearImages, NeighborSchema, withinField } from "./neighbors.ts";
import {
  ADAPTATION,
  onePick,
  pickFields,
  pickImage,
  type PickOptions,
  pickVersions,
} from "../data/picked_image.ts";
import { codesBehind, storedCodes } from "./training_codes.ts";

const Result = z.object({
  grade: z.number().describe("Grade that the probe gives the image"),
  label: z.number().optional().describe("The image's label in the data set; one's own has none"),
  adaptation: z.string().optional().describe(ADAPTATION),
  neighbors: z.array(NeighborSchema).describe("The nearest first"),
});

interface Options extends PickOptions {
  probe: string;
  codes?: string;
  among: string;
  k: number;
  distance: "mahalanobis" | "standardized";
  within?: number;
}

/** Finds the images whose codes are nearest to that of one image, which is left out itself. */
export function nearestImagesTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "nearestImages",
    description: "Find the real images that are most like an image of a data set, or one's own",
    options: () =>
      z.strictObject({
        probe: z.string().describe("Id of the probe, which says with its encoder what is alike"),
        ...pickFields(),
        codes: z.string().optional()
          .describe("Id of the codes to look through; default: those that the probe was fitted to"),
        among: z.string().default("train").describe("Split of these codes"),
        k: z.int().min(1).max(100).default(5).describe("How many images to find"),
        distance: z.enum(["mahalanobis", "standardized"]).default("mahalanobis")
          .describe("How codes are compared: dimensions that go together count once, or each"),
        within: withinField(),
      }).superRefine(onePick),
    inputs: pickVersions,
    result: Result,
    async run({ k, distance, within, ...options }, job) {
      const stored = await loadProbe(job, options.probe);
      const { probe } = stored;
      const encoder = await loaded.get(job, stored.encoder);
      const { images, label, place, adaptation } = await pickImage(options, encoder, job);
      const code = await encoder.encode(images, { signal: job.signal });
      const among = options.codes === undefined
        ? await codesBehind(stored, options.among, job, loaded)
        : await storedCodes(job, options.codes, options.among);
      const [neighbors] = nearImages(code, among, {
        k,
        distance,
        probe,
        statistics: await stored.statistics(),
        within,
        self: place,
      });
      return { grade: probe.grade(code)[0], label, adaptation, neighbors };
    },
  };
}
