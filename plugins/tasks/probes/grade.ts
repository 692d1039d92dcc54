/** The task `grade`: what a probe says about images. */

import type { Encoder, JobContext, TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe, openFitting } from "../encoders/models.ts";
import {
  type Familiarity,
  familiarityOf,
  FamiliaritySchema,
  familiarityWarning,
  foreignField,
  ownImagesOf,
  refuseForeign,
  UNKNOWN_KIND,
} from "../latents/familiarity.ts";
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
  familiarity: FamiliaritySchema.optional().describe(
    "Whether it is one of the kind that the probe learned from; absent where that is not known",
  ),
});

const Refused = z.object({
  id: z.string().describe("The data set's name for the image"),
  index: z.int().describe("Its position in the split"),
  reason: z.string().describe("Why it has no grade"),
});

const Result = z.object({
  grades: z.array(Graded).describe(
    "What the probe says about each image, in their order; those that are refused are left out",
  ),
  refused: z.array(Refused).optional().describe(
    "Images that are foreign to the model; where no other is left, it is an error",
  ),
  adaptation: z.string().optional().describe(ADAPTATION),
});

interface Options extends Omit<PickOptions, "index"> {
  probe: string;
  indices?: number[];
  foreign: boolean;
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
        foreign: foreignField(),
      }).superRefine(onePick).superRefine(withPositions),
    inputs: (options, host) => pickVersions({ ...options, index: 0 }, host),
    result: Result,
    async run(options, job) {
      const stored = await loadProbe(job, options.probe);
      const { probe, encoder: encoderId } = stored;
      const encoder = await loaded.get(job, encoderId);
      const ownImages = await ownImagesOf(stored, job, loaded);
      const batch = await imagesOf(options, encoder, job);
      const codes = await encoder.encode(batch.images, { signal: job.signal });
      const familiarity = ownImages ? familiarityOf(batch.images, codes, ownImages, encoder) : [];
      const refused = refusedOf(batch.ids, familiarity, options);
      const [scores, probabilities, grades] = [
        probe.score(codes),
        probe.probability(codes),
        probe.grade(codes),
      ];
      const warnings = [
        ...ownImages ? [] : [UNKNOWN_KIND],
        ...refused.map(({ id, reason }) => `${id} has no grade. ${reason}`),
      ];
      for (const message of warnings) job.emit({ type: "warning", message });
      const graded = batch.ids.map((id, i) => ({
        id,
        label: batch.labels[i],
        score: scores[i],
        probability: probabilities[i],
        grade: grades[i],
        familiarity: familiarity[i],
      }));
      const out = new Set(refused.map(({ row }) => row));
      return {
        grades: graded.filter((_, i) => !out.has(i)),
        refused: refused.map(({ row: _, ...told }) => told),
        adaptation: batch.adaptation,
      };
    },
  };
}

/** The foreign ones among images. @throws {InputError} When all of them are, unless they are let through. */
function refusedOf(
  ids: readonly string[],
  familiarity: readonly Familiarity[],
  { indices = [0], foreign }: Options,
) {
  const out = ids.map((id, row) => ({ id, row, index: indices[row], told: familiarity[row] }))
    .filter(({ told }) => !foreign && told?.verdict === "foreign");
  if (out.length === ids.length) refuseForeign(out[0].told, foreign);
  return out.map(({ told, ...place }) => ({ ...place, reason: familiarityWarning(told)! }));
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
