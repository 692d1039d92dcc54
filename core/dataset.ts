/** The family `datasets`: labeled images in splits. */

import type { Random } from "./random.ts";
import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { Labels, LabelScale } from "./labels.ts";
import type { LabelColumn } from "./label_column.ts";
import type { ImageShape } from "./image_shape.ts";
import type { Images } from "./tensor.ts";

/** Some images with their ids and labels: indices into the names of the scale, or real numbers where it is continuous. */
export interface Batch {
  /** As the data set knows its images, one per row. */
  ids: string[];
  /** Shape `[n, c, h, w]`, of volumes `[n, c, d, h, w]`, in [-1, 1]. */
  images: Images;
  /** `[n]`; one that is none of the scale, as −1, is missing. */
  labels: Labels;
  /**
   * Of volumes: for each, as `[4, 4]` row by row, where the center of voxel (column, row, slice, 1) lies in the patient, in mm, with x to
   * the right, y to the front and z upwards.
   */
  affines?: readonly (readonly number[])[];
  /** What was taken of each image's file where it holds more, as `frame 3 of 5; window 40/400`. */
  taken?: readonly (string | undefined)[];
}

/**
 * A quantity that can be read from the pixels of a data set's images, by no encoder and no probe: a second opinion on what a
 * rendered image shows.
 */
export interface Measurement {
  /** camelCase, once per data set: `heightLoss`. */
  readonly name: string;
  /** As "share of the posterior height". */
  readonly unit: string;
  /** What is measured and how, with its source. */
  readonly description: string;
  /** Of a part of something else that is measured, as one side of it: its direction in code space is learned only where it is asked for by name. */
  readonly part?: boolean;
  /** The quantity `[n]` in images `[n, …]` of the data set's shape; NaN where it cannot be told. */
  measure(images: Images): Float64Array;
  /** The grade, a real number on the label scale, that a value stands for, where the quantity defines it. NaN for NaN. */
  grade?(value: number): number;
}

/** An opened data set. Images are never augmented here. */
export interface Dataset {
  /** What it was opened by. */
  readonly id: string;
  /** For people, in one line. */
  readonly title: string;
  /** `[channels, height, width]`, of volumes `[channels, depth, height, width]`, the same for all images. */
  readonly imageShape: ImageShape;
  /** What the labels mean. */
  readonly scale: LabelScale;
  /** The number of images in each split, as `{ train: 5778, val: 826 }`. */
  readonly splits: Readonly<Record<string, number>>;
  /** The license of the images, as an SPDX name or in words. */
  readonly license?: string;
  /** How to cite it. */
  readonly citation?: string;
  /**
   * A hash of whatever the images and labels come from, so that the same inputs can be recognized. Any stable string.
   */
  readonly fingerprint: string;
  /** Files that were left out, and why: damaged ones, names that lead elsewhere, labels that the scale does not have. */
  readonly skipped?: readonly { readonly file: string; readonly reason: string }[];
  /** What somebody should know who uses it: how patients were told apart, what was taken of files, what looks odd. */
  readonly notes?: readonly string[];
  /** What is known of its images beside their labels, as level, sex, site. */
  readonly columns?: readonly LabelColumn[];
  /** What can be measured in its images, and in images made like them. */
  readonly measurements?: readonly Measurement[];
  /**
   * Where in an image the disease shows, as a rectangle in shares of width and height: an edit is free inside, and what changes outside
   * costs it.
   */
  readonly region?: {
    /** From the left. */
    readonly x: number;
    /** From the top. */
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /**
   * The images at `indices` of a split, in that order.
   *
   * @throws {InputError} When the split or an index does not exist.
   */
  get(split: string, indices: ArrayLike<number>): Promise<Batch>;
}

/** A data set that can be opened. */
export interface DiscoveredDataset<Options = unknown> {
  /** What it is opened by; unique among the data sets of all plugins. */
  readonly id: string;
  /** For people, in one line. */
  readonly title: string;
  /** What {@linkcode DatasetPlugin.open} gets, unless a caller gives other options. */
  readonly options: Options;
  /** Any text that changes when the data does, found without reading them: a file's size and time, say. */
  readonly version?: string;
}

/** How a data set plugin is found and opened. */
export interface DatasetPlugin<Options = unknown> {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** What it brings, in one sentence: help and forms show it. */
  readonly description: string;
  /** Options of {@linkcode DatasetPlugin.open}. */
  readonly options: OptionsSchema<Options>;
  /** The data sets that can be opened now: built-ins, or files found in the data folders. */
  discover(context: DatasetContext): Promise<DiscoveredDataset<Options>[]>;
  /** Opens one. @throws {FormatError} When its files are damaged or foreign. */
  open(id: string, options: Options, context: DatasetContext): Promise<Dataset>;
}

/** Labeled images in splits, see {@linkcode DatasetPlugin}. */
export const datasets: Family<DatasetPlugin<AnyOptions>> = defineFamily(
  "datasets",
  "Labeled images",
);

/** What a data set plugin may use. */
export interface DatasetContext {
  /** Folders that data sets may be read from, as absolute real paths. */
  readonly roots: readonly string[];
  /** The caller owns this machine (the CLI): files outside the roots may be named by path. */
  readonly trusted?: boolean;
  /** A folder for decoded images; without it they stay in memory. */
  readonly cache?: string;
  /** The folder, one of the roots, that downloaded data sets are put into; it may not be there yet. */
  readonly downloads?: string;
  /** Ends an opening that reads many files. */
  readonly signal?: AbortSignal;
  /** Told how far an opening is that reads many files. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Data sets of the plugins before: a plugin may offer them anew, relabeled or cut. Absent in an isolated process.
   */
  readonly host?: DatasetHost;
}

/** Where a data set plugin finds those of the plugins before it. */
export interface DatasetHost {
  /** All data sets that can be opened now. */
  discoverDatasets(): Promise<DiscoveredDataset[]>;
  /** A text that changes when the data set does; empty where its plugin does not tell, or there is no such data set. */
  datasetVersion(id: string): Promise<string>;
  /**
   * Opens a data set by id. The first opening of a folder of pictures reads all of them: `watch` follows it.
   *
   * @throws {NotFoundError} Listing the ids that exist.
   */
  openDataset(
    id: string,
    watch?: Pick<DatasetContext, "signal" | "onProgress">,
  ): Promise<Dataset>;
}

/** Walks through a split in batches, in order or shuffled. The last batch may be smaller. */
export async function* batches(
  dataset: Dataset,
  split: string,
  size: number,
  options: { shuffle?: Random; limit?: number } = {},
): AsyncGenerator<Batch> {
  const total = dataset.splits[split] ?? 0;
  const order = options.shuffle?.permutation(total) ??
    Int32Array.from({ length: total }, (_, i) => i);
  const end = Math.min(total, options.limit ?? total);
  for (let start = 0; start < end; start += size) {
    yield await dataset.get(split, order.subarray(start, Math.min(start + size, end)));
  }
}
