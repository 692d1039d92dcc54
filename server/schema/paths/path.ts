/** Counterfactual paths: one image at every grade. */

import { type Artifact, InputError } from "@countergrade/countergrade";
import { animatedPng, ANIMATION_DELAY } from "@countergrade/countergrade/formats";
import { blobImage, type ImageSource } from "../image_source.ts";
import { contentOf, type PathContent } from "./path_content.ts";
import type { Services } from "../services.ts";
import { artifactType, type SharedTypes } from "../shared_types.ts";
import { figure, type FrameData } from "../task_data.ts";

/** Adds `CounterfactualPath`. */
export function addPaths(types: SharedTypes): void {
  const { node, artifact, image, storedFile, frame, values } = types;
  const path = artifactType(types, "path");
  path.implement({
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
        ownImage: t.field({
          type: artifactType(types, "image"),
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
            "What was taken of the image's file, and done to one's own so that the encoder takes it: frame, window, framing, resampling, colors. Null where nothing was.",
          resolve: async (path: Artifact, _args: unknown, services: Services) =>
            path.metadata.adaptation as string ??
              (await contentOf(path, services)).own?.adaptation,
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
        originalVolume: t.field({
          type: values.Volume,
          nullable: true,
          description: "The slices of the original; null of a picture.",
          resolve: content(({ originalVolume }) => originalVolume),
        }),
        reconstructionVolume: t.field({
          type: values.Volume,
          nullable: true,
          description: "The slices of the reconstruction; null of a picture.",
          resolve: content(({ reconstructionVolume }) => reconstructionVolume),
        }),
        latent: t.field({
          type: values.Judgement,
          nullable: true,
          description: "What the probe says about the original image.",
          resolve: content(({ latent }) => latent),
        }),
        familiarity: t.field({
          type: values.Familiarity,
          nullable: true,
          description:
            "Whether the image is one of the kind that the probe learned from; null where that is not known.",
          resolve: content(({ familiarity }) => familiarity),
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
          type: [values.UnreachedTarget],
          nullable: true,
          description:
            "What was asked for and is no frame, with the reason; null in paths of before.",
          resolve: content(({ unreached }) => Array.isArray(unreached) ? unreached : null),
        }),
        judge: t.field({
          type: values.JudgedPath,
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
  const made = await blobs.write(animatedPng(stills, { delay }), "png");
  // It belongs to no artifact: whoever sees the path may see it.
  await jobs.letSee(made);
  return made;
}
