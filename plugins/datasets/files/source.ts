/** Sources: the files that images are made from, as messages to whoever reads them. */

import type { ImageShape, LabelScale } from "@countergrade/countergrade";
import type { Fit, Plane, ValueRange } from "@countergrade/countergrade/images";

/** What is known about one image before its pixels are. */
export interface Item {
  /** Unique in the data set. */
  readonly id: string;
  /** An index into the names of the scale. */
  readonly label: number;
  readonly patient?: string;
  /** How that is known. */
  readonly patientBy?: "column" | "name" | "folder" | "DICOM";
  /** What its row says beside the label, by column; those that say nothing are left out. */
  readonly further?: Readonly<Record<string, string>>;
  /** What was taken of the file where it holds more, as `frame 3 of 5; window 40/400`. */
  readonly taken?: string;
  /** Of a volume: where it lies in the patient, see `Batch.affines`. */
  readonly affine?: readonly number[];
  /** What looks odd in it. */
  readonly warning?: string;
  /** `train`, `val`, `test` or a name of the user's; absent where a split has to be made. */
  readonly split?: string;
}

/** Where a file is: a name inside a folder that it must not lead out of. */
export interface Place {
  /** Real path of the data set's folder. */
  readonly folder: string;
}

/** One picture file, or one volume of which a slice is taken: one image. */
export interface PictureSource extends Place {
  readonly kind: "picture";
  readonly file: string;
  readonly imageShape: readonly [number, number, number];
  readonly fit: Fit;
  /** Which values are black and white; by default as the file says. */
  readonly intensity?: ValueRange;
  /** Of a volume. */
  readonly slice: Slicing;
  readonly item: Item;
}

/** Which slice of a volume is an image: across which axis, and how far along it, from 0 to 1. */
export interface Slicing {
  readonly plane: Plane;
  readonly at: number;
}

/** A volume that is an image as a whole: a cube of voxels around its middle. */
export interface VolumeSource extends Place {
  readonly kind: "volume";
  readonly file: string;
  readonly imageShape: readonly [number, number, number, number];
  /** Edge of a voxel, mm. */
  readonly spacing: number;
  /** Which values are black and white; by default percentiles 0.5 and 99.5. */
  readonly intensity?: ValueRange;
  readonly item: Item;
}

/** A volume of which cubes are images, each around a structure of its mask or a place. */
export interface CubeSource extends Place {
  readonly kind: "cubes";
  readonly file: string;
  readonly mask?: string;
  readonly cubes: readonly {
    readonly item: Item;
    /** Its label in the mask; whatever the mask holds where there is neither. */
    readonly structure?: number;
    /** In mm to the right, front and up. */
    readonly center?: readonly number[];
  }[];
  readonly imageShape: readonly [number, number, number, number];
  /** Edge of a voxel, mm. */
  readonly spacing: number;
  /** Which values are black and white; by default percentiles 0.5 and 99.5. */
  readonly intensity?: ValueRange;
}

/** A volume with a mask: one image for each structure. */
export interface StructureSource extends Place {
  readonly kind: "structures";
  readonly file: string;
  readonly mask: string;
  /** Labels in the mask, each an image. */
  readonly structures: readonly { readonly label: number; readonly item: Item }[];
  readonly imageSize: number;
  /** In mm. */
  readonly margin: number;
}

/** A volume whose axial slices are images, healthy (0) or with tumor (1) by the slice's mask. */
export interface SliceSource extends Place {
  readonly kind: "slices";
  readonly file: string;
  readonly mask: string;
  /** Of the volume, for the ids of its slices. */
  readonly name: string;
  readonly patient: string;
  readonly imageSize: number;
}

/** Any of them. */
export type Source = PictureSource | VolumeSource | CubeSource | StructureSource | SliceSource;

/** The file that a message about a source names. */
export function nameOf({ file }: Source): string {
  return file;
}

/** A file that is left out, and why. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** The plan of a data set: what will be read. */
export interface Plan {
  readonly sources: readonly Source[];
  readonly scale: LabelScale;
  readonly skipped: readonly SkippedFile[];
  readonly imageShape: ImageShape;
  /** Where the recipe knows them. */
  readonly title?: string;
  readonly license?: string;
  readonly citation?: string;
}
