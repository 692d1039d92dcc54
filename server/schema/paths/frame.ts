/** A frame of a path, and what lies beside it: the probe's judgement, real images near it. */

import { isBlobName } from "@countergrade/countergrade/jobs";
import { datasetImageField } from "../dataset_image.ts";
import { blobImage, type ImageSource } from "../image_source.ts";
import type { SharedTypes } from "../shared_types.ts";
import {
  figure,
  type MeasuredData,
  type Place,
  type SeenData,
  type TargetData,
  type VerdictData,
  type VolumeData,
} from "../task_data.ts";

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

/** Adds `Frame`, `Judgement` and `Neighbor`. */
export function addFrames(types: SharedTypes): void {
  const { frame, image, storedFile, values } = types;
  frame.implement({
    description: "One image of a path.",
    fields: (t) => ({
      index: t.int({
        description: "Its place in the path, from 0.",
        resolve: ({ index }) => Number(index),
      }),
      target: t.field({
        type: values.Target,
        nullable: true,
        description: "What was asked for; null where frames lie between two images.",
        resolve: ({ target }) => target as TargetData | undefined,
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
        type: values.Verdict,
        nullable: true,
        description: "What the judge says about the picture, where there is one.",
        resolve: ({ judge }) => judge as VerdictData | undefined,
      }),
      seen: t.field({
        type: values.SeenChange,
        nullable: true,
        description: "What the pixels say, where something is held.",
        resolve: ({ seen }) => seen as SeenData | undefined,
      }),
      measured: t.field({
        type: [values.Measured],
        nullable: true,
        description:
          "What the data set measures in the picture; null of one's own images and in paths of before.",
        resolve: ({ measured }) =>
          Array.isArray(measured) ? measured as readonly MeasuredData[] : null,
      }),
      image: t.field({
        type: image,
        nullable: true,
        description: "The picture.",
        resolve: ({ image }): ImageSource | null => blobImage(image),
      }),
      volume: t.field({
        type: values.Volume,
        nullable: true,
        description: "Its slices; null of a picture.",
        resolve: ({ volume }) => volume as VolumeData | undefined,
      }),
      difference: t.field({
        type: image,
        nullable: true,
        description:
          "A heat map of what differs from the reconstruction: red is brighter, blue darker, full color at the path's `differenceRange`.",
        resolve: ({ difference }): ImageSource | null => blobImage(difference),
      }),
      differenceValues: t.field({
        type: storedFile,
        nullable: true,
        description:
          "The same as numbers: a `.npy` file of float32 `[c, h, w]`, frame − reconstruction; images go from −1 to 1.",
        resolve: ({ differenceValues: blob }) =>
          typeof blob === "string" && isBlobName(blob)
            ? { name: "differenceValues.npy", blob }
            : null,
      }),
      neighbors: t.field({
        type: [values.Neighbor],
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
  values.Judgement.implement({
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
  values.Neighbor.implement({
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
