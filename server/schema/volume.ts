/** The type `Volume`: its slices as pictures, all at once or one plane at a time. */

import { planeNames } from "@countergrade/countergrade/images";
import type { ImageSource } from "./image_source.ts";
import type { DatasetPicture } from "../http/dataset_pictures.ts";
import type { SharedTypes } from "./shared_types.ts";
import type { VolumeData } from "./task_data.ts";

const isPicture = (volume: VolumeData | DatasetPicture): volume is DatasetPicture =>
  "image" in volume;

const depthOf = (volume: VolumeData | DatasetPicture) =>
  isPicture(volume) ? volume.image.shape[2] : volume.depth;

function planesOf(
  volume: VolumeData | DatasetPicture,
): Readonly<Record<string, string>> | undefined {
  return isPicture(volume) ? volume.affine && planeNames(volume.affine) : volume.planes;
}

/** The type of an image of a data set that has slices. */
export function volumeIn(picture: DatasetPicture): DatasetPicture | null {
  return picture.image.shape.length === 5 ? picture : null;
}

/** Adds the types `Volume` and `VolumeAxis`. */
export function addVolumes({ builder, image, values }: SharedTypes): void {
  const axis = builder.enumType("VolumeAxis", {
    description: "What a plane of a volume is across.",
    values: {
      SLICE: { value: "slice" as const, description: "A slice as it is stored." },
      ROW: {
        value: "row" as const,
        description: "A row of all slices, as seen from above: as high as there are slices.",
      },
      COLUMN: {
        value: "column" as const,
        description: "A column of all slices, as seen from the side: as wide as there are slices.",
      },
    },
  });
  values.Volume.implement({
    description: "A volume, to be looked at slice by slice.",
    fields: (t) => ({
      depth: t.int({ description: "How many slices it has.", resolve: depthOf }),
      sheet: t.field({
        type: image,
        description: "All slices as one picture, one below the other.",
        resolve: (volume): ImageSource =>
          isPicture(volume)
            ? { picture: volume, cut: { axis: "all", index: 0 } }
            : { blob: volume.sheet },
      }),
      plane: t.string({
        nullable: true,
        args: { axis: t.arg({ type: axis, required: true, description: "Across what." }) },
        description:
          "Whether planes across an axis are sagittal, coronal or axial; null where that is not known.",
        resolve: (volume, { axis }) => planesOf(volume)?.[axis],
      }),
      slice: t.field({
        type: image,
        args: {
          axis: t.arg({ type: axis, defaultValue: "slice", description: "Across what." }),
          index: t.arg.int({ required: true, description: "Which one, from 0." }),
        },
        description: "One plane.",
        resolve: (volume, { axis, index }): ImageSource => {
          const cut = { axis: axis ?? "slice", index };
          return isPicture(volume)
            ? { picture: volume, cut }
            : { blob: volume.sheet, cut: { ...cut, depth: volume.depth } };
        },
      }),
    }),
  });
}
