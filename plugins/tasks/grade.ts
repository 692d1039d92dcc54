/** The task `grade`: what a probe says about images. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe, openFitting } from "./models.ts";

const Graded = z.object({
  id: z.string().describe("Id of the image"),
  label: z.number().describe("Its label in the data set"),
  score: z.number().describe("Signed distance to the boundary, in σ"),
  probability: z.number().describe("Probability of the severe side"),
  grade: z.number().describe("Estimated grade"),
});

const Result = z.object({ grades: z.array(Graded) });

interface Options {
  probe: string;
  dataset: string;
  split: string;
  indices: number[];
}

/** Grades images of a data set. */
export function gradeTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "grade",
    description: "Grade images of a data set with a probe",
    options: () =>
      z.strictObject({
        probe: z.string().describe("Id of the probe"),
        dataset: z.string().describe("Id of the data set"),
        split: z.string().default("val").describe("Split of the data set"),
        indices: z.array(z.int().min(0)).min(1).max(1000).describe("Positions in the split"),
      }),
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run({ probe: probeId, dataset: datasetId, split, indices }, job) {
      const { probe, encoder: encoderId } = await loadProbe(job, probeId);
      const encoder = await loaded.get(job, encoderId);
      const dataset = await openFitting(job, datasetId, encoder);
      const batch = await dataset.get(split, indices);
      const codes = await encoder.encode(batch.images, { signal: job.signal });
      const [scores, probabilities, grades] = [
        probe.score(codes),
        probe.probability(codes),
        probe.grade(codes),
      ];
      return {
        grades: batch.ids.map((id, i) => ({
          id,
          label: batch.labels[i],
          score: scores[i],
          probability: probabilities[i],
          grade: grades[i],
        })),
      };
    },
  };
}
