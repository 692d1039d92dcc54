/** What an open `.npz` file is to those who want images of it. */

import type {
  DatasetContext,
  Images,
  ImageShape,
  LabelColumn,
  Labels,
} from "@countergrade/countergrade";

/** Who wants to know how far a long opening is, and may end it. */
export type Watched = Pick<DatasetContext, "signal" | "onProgress">;

/** A file that images can be got from. */
export interface OpenedNpz {
  /** `[channels, height, width]`, or `[1, depth, height, width]`. */
  readonly imageShape: ImageShape;
  /** Images that come from one volume and follow each other; 1 where each stands for itself. */
  readonly perVolume: number;
  /** By split: labels, in the order of the images. */
  readonly labels: ReadonlyMap<string, Labels>;
  /** What further arrays say of each image, as `train_site`. */
  readonly columns: readonly LabelColumn[];
  readonly fingerprint: string;
  /** What somebody should know who uses it. */
  readonly notes?: readonly string[];
  /** Does now what the first images would wait for. */
  prepare?(watched: Watched): Promise<void>;
  images(split: string, indices: readonly number[]): Promise<Images>;
}
