/** The task `grade`: what a probe says about images. */

import type { Encoder, JobContext, TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe, openFitting } from "../encoders/models.ts";
import {
  ADAPTATION,
  onePick,
  ownImageFields,
  pickImage,
  type PickOptions,
  pickVersions,
} from "../data/picked_image.ts";

const Graded = z.object({
  id: z.string().describe("The data set's name for the image, or that of one's own"),
  label: z.number().optional().describe("Its label in the data set; one's own has none"),
  score: z.number().describe("Signed distance to the boundary, in σ"),
  probability: z.number().describe("Probability of the severe side"),
  grade: z.number().describe("Estimated grade"),
});

const Result = z.object({
  grades: z.array(Graded).describe("What the probe says about each image, in their order"),
  adaptation: z.string().optional().describe(ADAPTATION),
});

interface Options extends Omit<PickOptions, "index"> {
  probe: string;
  indices?: number[];
}

/** Grades images of a data set, or one of one's own. */
export function gradeTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "grade",
    interactive: true,
    description: "Grade images of a data set, or one's own, with a probe",
    options: () =>
      z.strictObject({
        probe: z.string().describe("Id of the probe"),
        dataset: z.string().optional().describe("Id of the data set; or give an image of your own"),
        split: z.string().default("val").describe("Split of the data set"),
        indices: z.array(z.int().min(0)).min(1).max(1000).optional().describe(
          "Positions in the split",
        ),
        ...ownImageFields(),
      }).superRefine(onePick).superRefine(withPositions),
    inputs: (options, host) => pickVersions({ ...options, index: 0 }, host),
    result: Result,
    async run(options, job) {
      const { probe, encoder: encoderId } = await loadProbe(job, options.probe);
      const encoder = await loaded.get(job, encoderId);
      const batch = await imagesOf(options, encoder, job);
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
        adaptation: batch.adaptation,
      };
    },
  };
}

/** The images with their names, and labels where they are known. */
async function imagesOf(options: Options, encoder: Encoder, job: JobContext) {
  const { dataset: id, split, indices } = options;
  if (id === undefined) {
    const { images, name, adaptation } = await pickImage({ ...options, index: 0 }, encoder, job);
    return { images, ids: [name], labels: [], adaptation };
  }
  const batch = await (await openFitting(job, id, encoder)).get(split, indices!);
  // What was taken of files, each way told once.
  const ways = new Set(batch.taken?.filter((way) => way !== undefined));
  return { ...batch, adaptation: ways.size ? [...ways].join(" | ") : undefined };
}

/** Refuses a data set without the positions of its images. */
function withPositions({ dataset, indices }: Partial<Options>, context: z.RefinementCtx): void {
  if (dataset === undefined || indices !== undefined) return;
  const message = "expected the positions of the images in the split";
  context.addIssue({ code: "custom", path: ["indices"], message });
}
