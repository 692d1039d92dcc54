/** The vertebra phantom: procedural lateral spine images whose severity can be measured from the pixels. */

import {
  type DatasetPlugin,
  datasets,
  definePlugin,
  NotFoundError,
} from "@countergrade/countergrade";
import { z } from "zod";
import { openVertebra, PHANTOM_IDS, PHANTOM_VERSION, type PhantomSize } from "./dataset.ts";
import { openVertebraVolumes, VOLUME_ID, VOLUME_VERSION } from "./volume/dataset.ts";

export {
  openVertebra,
  PHANTOM_IDS,
  PHANTOM_VERSION,
  type PhantomSize,
  type VertebraDataset,
} from "./dataset.ts";
export { GRADE_BANDS, GRADE_NAMES, gradeOfHeightLoss, heightLossOfGrade } from "./grade.ts";
export { type HeightMeasurement, measureHeightLoss } from "./measure.ts";
export { type AdjacentAnatomy, compareAdjacentAnatomy } from "./adjacent_anatomy.ts";
export type { DrawnMeasures, Exposure, Pose } from "./drawn_measures.ts";
export { openVertebraVolumes, type VertebraVolumes, VOLUME_VERSION } from "./volume/dataset.ts";
export type { DrawnVolume } from "./volume/drawn.ts";
export { measureVolume, type VolumeHeights } from "./volume/measure.ts";

const options = z.strictObject({
  seed: z.int().default(1).describe("Seed of the images: another seed, other images"),
});

const sizes = [64, 128] as const satisfies PhantomSize[];

const member: DatasetPlugin<z.infer<typeof options>> = {
  name: "vertebra",
  description:
    "Vertebra phantom: drawn lateral spine images, 64 or 128 px, graded by loss of height",
  options,
  discover: () =>
    Promise.resolve(sizes.map((size) => ({
      id: PHANTOM_IDS[size],
      title: openVertebra({ seed: 1, size }).title,
      options: { seed: 1 },
      version: String(PHANTOM_VERSION),
    }))),
  open: (id, { seed }) => {
    const size = sizes.find((size) => PHANTOM_IDS[size] === id);
    return size
      ? Promise.resolve(openVertebra({ seed, size }))
      : Promise.reject(new NotFoundError("dataset", id, Object.values(PHANTOM_IDS)));
  },
};

const volumes: DatasetPlugin<z.infer<typeof options>> = {
  name: VOLUME_ID,
  description:
    "Vertebra phantom in three axes: drawn volumes, 32³ voxels, graded by loss of height",
  options,
  discover: () =>
    Promise.resolve([{
      id: VOLUME_ID,
      title: "Vertebra phantom in three axes",
      options: { seed: 1 },
      version: String(VOLUME_VERSION),
    }]),
  open: (id, given) =>
    id === VOLUME_ID
      ? Promise.resolve(openVertebraVolumes(given))
      : Promise.reject(new NotFoundError("dataset", id, [VOLUME_ID])),
};

/** Brings the data sets `vertebra` and `vertebra3d`. */
export const vertebraDataset = definePlugin({
  id: "@countergrade/vertebra-dataset",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(datasets, member);
    registry.add(datasets, volumes);
  },
});
