/** The vertebra phantom: procedural lateral spine images whose severity can be measured from the pixels. */

import {
  type DatasetPlugin,
  datasets,
  definePlugin,
  NotFoundError,
} from "@countergrade/countergrade";
import { z } from "zod";
import { openVertebra, PHANTOM_VERSION } from "./dataset.ts";

export { openVertebra, PHANTOM_VERSION, type VertebraDataset } from "./dataset.ts";
export { GRADE_BANDS, GRADE_NAMES, gradeOfHeightLoss, heightLossOfGrade } from "./grade.ts";
export { type HeightMeasurement, measureHeightLoss } from "./measure.ts";
export { type AdjacentAnatomy, compareAdjacentAnatomy } from "./adjacent_anatomy.ts";
export type { DrawnMeasures, Exposure, Pose } from "./drawn_measures.ts";

const options = z.strictObject({
  seed: z.int().default(1).describe("Seed of the images: another seed, other images"),
});

const member: DatasetPlugin<z.infer<typeof options>> = {
  name: "vertebra",
  description: "Vertebra phantom: drawn lateral spine images, 64 px, graded by loss of height",
  options,
  discover: () =>
    Promise.resolve([{
      id: "vertebra",
      title: "Vertebra phantom",
      options: { seed: 1 },
      version: String(PHANTOM_VERSION),
    }]),
  open: (id, given) =>
    id === "vertebra"
      ? Promise.resolve(openVertebra(given))
      : Promise.reject(new NotFoundError("dataset", id, ["vertebra"])),
};

/** Brings the data set `vertebra`. */
export const vertebraDataset = definePlugin({
  id: "@countergrade/vertebra-dataset",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(datasets, member);
  },
});
