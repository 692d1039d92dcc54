/** Counterfactual paths: one image at every grade. */

import { type Artifact, InputError } from "@countergrade/countergrade";
import { animatedPng, ANIMATION_DELAY } from "@countergrade/countergrade/formats";
import { isBlobName } from "@countergrade/countergrade/jobs";
import { addListOf } from "./artifact.ts";
import { datasetImageField } from "./dataset_image.ts";
import { blobImage, type ImageSource } from "./image_source.ts";
import { contentOf, type Judgement, type PathContent } from "./path_content.ts";
import { evidenceTypes, type SeenData, type VerdictData } from "./path_evidence.ts";
import type { Services } from "./services.ts";
import type { SharedTypes } from "./shared_types.ts";
import { figure, type FrameData, type Place } from "./task_data.ts";

/** The figures of a frame, with their meaning. */
const FIGURES = {
  targetGrade: "The grade that was asked for.",
  targetScore: "The score that was asked for, in σ.",
  fraction: "Where on the way between two images the frame lies: 0 is the first, 1 the second.",
  beyond:
    "The share (0–1) of the real patients of the grade that lie beyond the score asked for; null where it is not known.",
  latentGrade: "The grade of the edited code.",
  latentScore: "The signed distance of the edited code to the decision boundary, in σ.",
  latentProbability: "The probability that the edited code lies on the severe side.",
  imageGrade:
    "The grade of the rendered image, encoded again, on the scale of the targets: what the picture really shows.",
  imageRead:
    "What the probe reads in the rendered image by itself, whatever a target means; null in paths of before.",
  imageScore: "The signed distance of the image's code, in σ.",
  imageProbability: "The probability that the image's code lies on the severe side.",
  lengthSigma: "The Mahalanobis length of the edit, in σ.",
  lengthRatio: "That length over the least possible for the same change of score.",
  percentile:
    "How far the edited code lies from the data: the share (0–100) of training codes nearer to the mean.",
  band:
    "An independent judge reads such a frame within ± this many grades of what was asked; null where that was not measured.",
  differenceMin: "The least of the differences to the reconstruction, in intensity.",
  differenceMax: "The greatest of the differences to the reconstruction, in intensity.",
} as const;

/** Adds `Frame`, `CounterfactualPath` and its queries. */
export function addPaths(types: SharedTypes): void {
  const { builder, node, artifact, image, storedImage, storedFile, frame } = types;
  const neighbor = neighborType(types);
  const { verdict, judged, unreached, seen } = evidenceTypes(types);
  frame.implement({
    description: "One image of a path.",
    fields: (t) => ({
      index: t.int({
        description: "Its place in the path, from 0.",
        resolve: ({ index }) => Number(index),
      }),
      target: t.field({
        type: "JSON",
        nullable: true,
        description: "What was asked for, as `{ grade: 2 }`.",
        resolve: ({ target }) => target,
      }),
      ...Object.fromEntries(
        Object.entries(FIGURES).map(([name, description]) => [
          name,
          t.float({ nullable: true, description, resolve: (frame) => figure(frame[name]) }),
        ]),
      ),
      attempts: t.int({
        nullable: true,
        description: "How often the frame was edited and rendered; 1 in the open loop.",
        resolve: ({ attempts }) => figure(attempts),
      }),
      met: t.boolean({
        nullable: true,
        description: "Whether the image's grade is within the tolerance of the grade asked for.",
        resolve: ({ met }) => typeof met === "boolean" ? met : null,
      }),
      limited: t.boolean({
        nullable: true,
        description:
          "Whether the target was held back at the end of what patients have; null in paths of before.",
        resolve: ({ limited }) => typeof limited === "boolean" ? limited : null,
      }),
      judge: t.field({
        type: verdict,
        nullable: true,
        description: "What the judge says about the picture, where there is one.",
        resolve: ({ judge }) => judge as VerdictData | undefined,
      }),
      seen: t.field({
        type: seen,
        nullable: true,
        description: "What the pixels say, where something is held.",
        resolve: ({ seen }) => seen as SeenData | undefined,
      }),
      image: t.field({
        type: image,
        nullable: true,
        description: "The picture.",
        resolve: ({ image }): ImageSource | null => blobImage(image),
      }),
      difference: t.field({
        type: image,
        nullable: true,
        description:
          "A heat map of what differs from the reconstruction: red is brighter, blue darker, full color at the path's `differenceRange`.",
        resolve: ({ difference }): ImageSource | null => blobImage(difference),
      }),
      differenceValues: t.string({
        nullable: true,
        description:
          "The address of the same as numbers: a `.npy` file of float32 `[c, h, w]`, frame − reconstruction; images go from −1 to 1.",
        resolve: ({ differenceValues }) =>
          typeof differenceValues === "string" && isBlobName(differenceValues)
            ? `/blobs/${differenceValues}`
            : null,
      }),
      neighbors: t.field({
        type: [neighbor],
        nullable: true,
        description: "Real images that are most like the frame, the nearest first.",
        resolve: ({ neighbors }) => Array.isArray(neighbors) ? neighbors as Place[] : null,
      }),
      data: t.field({
        type: "JSON",
        description: "All that the task told about the frame.",
        resolve: (frame) => frame,
      }),
    }),
  });
  const judgement = builder.objectRef<Judgement>("Judgement").implement({
    description: "What a probe says about an image.",
    fields: (t) => ({
      grade: t.exposeFloat("grade", { description: "The estimated grade." }),
      score: t.exposeFloat("score", {
        description: "The signed distance to the decision boundary, in σ.",
      }),
      probability: t.exposeFloat("probability", {
        description: "The probability of the severe side.",
      }),
    }),
  });
  const path = builder.objectRef<Artifact>("CounterfactualPath").implement({
    description: "One image as it would look at other grades.",
    interfaces: [artifact, node],
    fields: (t) => {
      const content =
        <T>(pick: (content: PathContent) => T) =>
        async (path: Artifact, _args: unknown, services: Services) =>
          pick(await contentOf(path, services));
      return {
        datasetId: t.id({
          nullable: true,
          description: "The data set that the image is from.",
          resolve: content(({ dataset }) => dataset),
        }),
        split: t.string({
          nullable: true,
          description: "The split that the image is in.",
          resolve: content(({ split }) => split),
        }),
        index: t.int({
          nullable: true,
          description: "The image's place in the split, from 0.",
          resolve: content(({ index }) => index),
        }),
        image: t.field({
          type: storedImage,
          nullable: true,
          description:
            "The image, where it is one's own; its data set, split and index are null then.",
          resolve: async (path: Artifact, _args: unknown, services: Services) => {
            const { own } = await contentOf(path, services);
            return own && await services.jobs.findArtifact(own.image);
          },
        }),
        adaptation: t.string({
          nullable: true,
          description:
            "What was done to one's own image so that the encoder takes it: framing, resampling, colors. Null where nothing was.",
          resolve: content(({ own }) => own?.adaptation),
        }),
        label: t.float({
          nullable: true,
          description: "The label of the original image, where it has one.",
          resolve: content(({ label }) => label),
        }),
        encoderId: t.id({
          nullable: true,
          description: "The encoder that rendered it.",
          resolve: content(({ encoder }) => encoder),
        }),
        probeId: t.id({
          nullable: true,
          description: "The probe that graded it.",
          resolve: content(({ probe }) => probe),
        }),
        original: t.field({
          type: image,
          nullable: true,
          description: "The image that the path begins with, as the encoder takes it.",
          resolve: content(({ original }): ImageSource | null => blobImage(original)),
        }),
        reconstruction: t.field({
          type: image,
          nullable: true,
          description: "The image encoded and rendered without an edit.",
          resolve: content(({ reconstruction }): ImageSource | null => blobImage(reconstruction)),
        }),
        latent: t.field({
          type: judgement,
          nullable: true,
          description: "What the probe says about the original image.",
          resolve: content(({ latent }) => latent),
        }),
        toSplit: t.string({
          nullable: true,
          description: "Of a way between two images: the split of the second.",
          resolve: content(({ to }) => to?.split),
        }),
        toIndex: t.int({
          nullable: true,
          description: "Of a way between two images: the place of the second in its split.",
          resolve: content(({ to }) => to?.index),
        }),
        differenceRange: t.float({
          nullable: true,
          description:
            "The difference of intensity (images go from −1 to 1) that has the full color in the heat maps of all frames.",
          resolve: content(({ differenceRange }) => figure(differenceRange)),
        }),
        frames: t.field({
          type: [frame],
          description: "The image at each of the targets, in their order.",
          resolve: content(({ frames }): FrameData[] => frames ?? []),
        }),
        unreached: t.field({
          type: [unreached],
          nullable: true,
          description:
            "What was asked for and is no frame, with the reason; null in paths of before.",
          resolve: content(({ unreached }) => Array.isArray(unreached) ? unreached : null),
        }),
        judge: t.field({
          type: judged,
          nullable: true,
          description: "What the judge says beside the frames, where there is one.",
          resolve: content(({ judge }) => judge),
        }),
        calibration: t.string({
          nullable: true,
          description:
            "What a grade means: `relative`, `typical` or `regression`; null in paths of before.",
          resolve: content(({ calibration }) => calibration),
        }),
        stepFactor: t.float({
          nullable: true,
          description: "The factor on the step to the typical score; null in paths of before.",
          resolve: content(({ stepFactor }) => figure(stepFactor)),
        }),
        metrics: t.field({
          type: "JSON",
          description: "Named figures about the path.",
          resolve: content(({ metrics }) => metrics ?? {}),
        }),
        warnings: t.stringList({
          description: "What to know about the result, in plain words.",
          resolve: content(({ warnings }) => warnings ?? []),
        }),
        strip: t.field({
          type: image,
          nullable: true,
          description: "All frames side by side.",
          resolve: content(({ strip }): ImageSource | null => blobImage(strip)),
        }),
        animation: t.field({
          type: image,
          nullable: true,
          complexity: 20,
          args: {
            delay: t.arg.int({
              defaultValue: ANIMATION_DELAY,
              description: "How long each frame is shown, in ms: 10 to 60000.",
            }),
          },
          description:
            "All frames one after the other, forth and back, as an animated PNG that repeats.",
          resolve: async (path, { delay }, services) => {
            const { frames = [] } = await contentOf(path, services);
            const blob = await animationOf(path, frames, delay ?? ANIMATION_DELAY, services);
            return blob ? { blob } : null;
          },
        }),
        json: t.field({
          type: storedFile,
          nullable: true,
          description: "All that is known about the path, as JSON.",
          resolve: ({ files }) => ({ name: "path.json", blob: files["path.json"] }),
        }),
      };
    },
  });
  addListOf(types, path, "path", { one: "counterfactualPath", many: "paths" });
}

/** The blob of a path's animation: the stored one, or one that is made of its frames. @throws {InputError} */
async function animationOf(
  path: Artifact,
  frames: readonly FrameData[],
  delay: number,
  { jobs }: Services,
): Promise<string | undefined> {
  const stored = path.files["animation.png"];
  if (stored && delay === ANIMATION_DELAY) return stored;
  if (delay < 10 || delay > 60_000) {
    throw new InputError(`Cannot animate: expected a delay of 10 to 60000 ms, it is ${delay}`, [
      "delay",
    ]);
  }
  const { blobs } = jobs.workspace;
  const names = frames.map(({ image }) => image).filter((name) => typeof name === "string");
  if (names.length === 0) return undefined;
  const stills = await Promise.all(names.map((name) => blobs.read(name)));
  return await blobs.write(animatedPng(stills, { delay }), "png");
}

/** A real image near a frame. */
function neighborType(types: SharedTypes) {
  return types.builder.objectRef<Place>("Neighbor").implement({
    description: "A real image near a frame of a path.",
    fields: (t) => ({
      datasetId: t.id({ description: "Its data set.", resolve: ({ dataset }) => dataset }),
      split: t.string({ description: "The split that it is in.", resolve: ({ split }) => split }),
      index: t.int({ description: "Its place in the split.", resolve: ({ index }) => index }),
      label: t.float({
        nullable: true,
        description: "Its label in the data set.",
        resolve: ({ label }) => figure(label),
      }),
      grade: t.float({
        nullable: true,
        description: "The grade that the probe gives it.",
        resolve: ({ grade }) => figure(grade),
      }),
      distance: t.float({
        nullable: true,
        description: "The distance of the codes, in σ of the training codes.",
        resolve: ({ distance }) => figure(distance),
      }),
      image: t.field(datasetImageField(types)),
    }),
  });
}
