/** Storing a path: its pictures, numbers and codes as files, and what of them each frame names. */

import { type JobContext, type PathRecord, row } from "@countergrade/countergrade";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import { differencesOf, extremes } from "./differences.ts";
import { pathPictures } from "./pictures.ts";
import { pathVolumes, storeSlices, VolumeSchema } from "./volumes.ts";

/** What a frame names of the path's files. */
export const FramePicturesSchema = z.object({
  image: z.string().describe("PNG of the frame, a blob name").meta({ blob: "image" }),
  difference: z.string().describe(
    "PNG of frame − reconstruction: red brighter, blue darker, full color at differenceRange; a blob name",
  ).meta({ blob: "image" }),
  differenceValues: z.string().describe(
    "The same as numbers, .npy of float32 [c, h, w], in intensity (images go from −1 to 1); a blob name",
  ).meta({ blob: "file" }),
  volume: VolumeSchema.optional().describe("Of a volume: its slices"),
  differenceMin: z.number().describe("Least of these numbers"),
  differenceMax: z.number().describe("Greatest of these numbers"),
});

/** What a path names of its files. */
export const PathPicturesSchema = z.object({
  strip: z.string().describe("PNG of all frames side by side, a blob name").meta({
    blob: "image",
  }),
  reconstruction: z.string().describe(
    "PNG of the image without an edit, made as the frames are; a blob name",
  ).meta({ blob: "image" }),
  plain: z.string().optional().describe(
    "PNG of what the model itself rebuilds, where frames and reconstruction carry what it misses (the sampler's residual); a blob name",
  ).meta({ blob: "image" }),
  original: z.string().describe("PNG of the image, a blob name").meta({ blob: "image" }),
  originalVolume: VolumeSchema.optional().describe("Of a volume: the slices of the image"),
  reconstructionVolume: VolumeSchema.optional().describe(
    "Of a volume: the slices of the reconstruction",
  ),
  differenceRange: z.number()
    .describe("Difference of intensity that has the full color in the heat maps of all frames"),
});

/** A path's files with their names. */
export interface StoredPictures {
  /** File name to bytes, for the artifact. */
  readonly files: Record<string, Uint8Array>;
  readonly path: z.infer<typeof PathPicturesSchema>;
  readonly frames: readonly z.infer<typeof FramePicturesSchema>[];
}

/** Stores all that a path can be looked at by. `affine` says where a volume lies. */
export async function storePictures(
  job: JobContext,
  record: PathRecord,
  affine?: readonly number[],
): Promise<StoredPictures> {
  const differences = differencesOf(record);
  const { code, codes, reencoded } = record;
  const pictures = pathPictures(record, differences);
  const blobs = Object.fromEntries(
    await Promise.all(
      Object.entries(pictures).map(async ([name, bytes]) =>
        [name, await job.saveBlob(bytes, name.slice(name.lastIndexOf(".") + 1))] as const
      ),
    ),
  );
  const [slices, [originalVolume], [reconstructionVolume]] = await Promise.all(
    [record.frames, record.original, record.reconstruction].map((images) =>
      storeSlices(job, images, affine)
    ),
  );
  return {
    files: {
      ...pictures,
      ...pathVolumes(record, differences, affine),
      "latents.safetensors": writeSafetensors(new Map(Object.entries({ code, codes, reencoded }))),
    },
    path: {
      strip: blobs["strip.png"],
      reconstruction: blobs["reconstruction.png"],
      plain: blobs["plain.png"],
      original: blobs["original.png"],
      originalVolume,
      reconstructionVolume,
      differenceRange: differences.range,
    },
    frames: record.targetGrades.map((_, i) => {
      const { least, greatest } = extremes(row(differences.values, i).data);
      return {
        image: blobs[`frame-${i}.png`],
        difference: blobs[`difference-${i}.png`],
        differenceValues: blobs[`difference-${i}.npy`],
        ...slices[i] && { volume: slices[i] },
        differenceMin: least,
        differenceMax: greatest,
      };
    }),
  };
}
