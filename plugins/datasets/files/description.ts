/** What a folder of images may say about itself, in a file `countergrade-dataset.json`; everything has a default. */

import { FormatError, InputError, parseOptions } from "@countergrade/countergrade";
import { VALUE_RANGE } from "@countergrade/countergrade/images";
import { z } from "zod";

/** The name of that file. */
export const DESCRIPTION_FILE = "countergrade-dataset.json";

/** Voxels along each axis, at most: 2²¹ in all. */
const LONGEST_VOLUME = 128;

const text = z.string().min(1).max(2000);
const share = (split: string) =>
  z.number().min(0).max(1).describe(`The share of ${split}; the three need not add up to 1`);

/** See {@linkcode DESCRIPTION_FILE}. */
export const DescriptionSchema = z.strictObject({
  title: text.optional().describe("A name to show"),
  license: text.optional().describe("Under which the images may be used"),
  citation: text.optional().describe("Whom to cite"),
  recipe: z.enum(["pictures", "spider", "brats", "vertebrae"]).optional()
    .describe("How files become images; by default what the folder looks like"),
  table: text.optional().describe("Name of the CSV or TSV file that has the labels"),
  columns: z.strictObject({
    path: text.optional()
      .describe("Column with the file's name, or several as `{study}/{series}`"),
    label: text.optional().describe("Column with the label"),
    split: text.optional().describe("Column with train, val or test"),
    patient: text.optional().describe("Column with the patient, whose images stay in one split"),
    mask: text.optional()
      .describe("Recipe vertebrae, and cubes of whole volumes: column with the mask's file"),
    structure: text.optional().describe("Of these: column with the label in the mask"),
    center: z.array(text).length(3).optional()
      .describe("Cubes of whole volumes: columns with the coordinates of their middles, in mm"),
    further: z.array(text).min(1).max(20).optional()
      .describe(
        "Columns that say more of each image, as its level, sex, site: maps are colored by them",
      ),
    oneHot: z.array(text).min(2).max(1000).optional()
      .describe("Columns of which one is 1 in each row: its name is the label"),
  }).prefault({}).describe("Names of columns that are not recognized by themselves"),
  pathPrefix: z.string().max(2000).default("")
    .describe(
      "What stands before the names of the path column, as `images/`; `**/` for any folder below",
    ),
  pathSuffix: z.string().max(100).default("")
    .describe("What stands behind the names of the path column, as `.png`"),
  join: z.strictObject({
    table: text.describe("Name of the second table"),
    on: text.describe("The column that both have"),
    where: z.record(text, text).default({})
      .describe('What its rows must have, as `{"series_description": "Sagittal T2/STIR"}`'),
  }).optional().describe("A second table, whose columns stand beside those of the first"),
  missing: z.array(z.string().max(100)).max(100).default([])
    .describe("Labels that mean that there is none, beside an empty one, NA, NaN, ?, None and -"),
  finding: text.optional()
    .describe(
      "Labels are lists with | between them: an image's label is whether this one is there",
    ),
  labelFolder: text.optional()
    .describe("The label is in a folder's name, as `study*_{label}`, where `*` is anything"),
  exclude: z.array(text).max(100).default([])
    .describe("Files of class folders whose names hold one of these are no images, as `_mask`"),
  patientFolders: z.boolean().default(false)
    .describe(
      "Folders as patient12 or sub-12 in a file's path are patients, who stay in one split",
    ),
  patientName: text.optional().describe(
    "Whose a picture is stands in its file's name, as `{patient}?.png` for left and right knees; `*` is anything, `?` one letter",
  ),
  names: z.array(text).min(1).max(1000).optional()
    .describe(
      "Labels as they stand in table or folders, from mild to severe; of a continuous scale what it measures",
    ),
  scale: z.enum(["binary", "ordinal", "nominal", "continuous"]).optional()
    .describe("What kind of labels; by default ordinal where they are numbers or names are given"),
  imageSize: z.int().min(8).max(1024).default(64).describe(
    "Height and width in pixels, of volumes also the depth",
  ),
  channels: z.union([z.literal(1), z.literal(3)]).optional()
    .describe("1 gray, 3 RGB; by default as the first picture that can be read"),
  fit: z.enum(["pad", "crop", "stretch"]).default("pad")
    .describe("How pictures become square: black around them, their middle, or out of proportion"),
  intensity: z.string().regex(VALUE_RANGE).optional().describe(
    "Which values are black and white: `full`, `percentiles 0.5 99.5`, or `window 40 400`; by default as the file says, else full",
  ),
  slice: z.strictObject({
    plane: z.enum(["sagittal", "coronal", "axial"]).default("axial")
      .describe("Across which axis a volume is cut"),
    at: z.number().min(0).max(1).default(0.5)
      .describe("How far along that axis, from the left, the back or below; 0.5 is the middle"),
  }).optional()
    .describe(
      "Which slice of a volume is an image; where given, a folder of DICOM files is a volume",
    ),
  volume: z.strictObject({
    spacing: z.number().min(0.01).max(100)
      .describe("Edge of a voxel, in mm: scans are resampled to it"),
    coordinates: z.enum(["ras", "lps"]).default("ras").describe(
      "Where `columns.center` runs to: right, front and up, or left, back and up as in DICOM",
    ),
  }).optional().describe(
    "Whole volumes are images, imageSize voxels along each axis around the middle of the scan, or around a structure of a mask or a center, where the table has such columns; a folder of DICOM files is a volume",
  ),
  margin: z.number().min(0).max(200).default(10)
    .describe("Room around a structure that is cut out, in mm"),
  splits: z.strictObject({ train: share("train"), val: share("val"), test: share("test") })
    .default({ train: 0.8, val: 0.1, test: 0.1 })
    .describe("Shares of images that no split is given for"),
  seed: z.int().min(0).default(0).describe("Seed of the splits"),
}).refine(({ names, scale }) => !names || (names.length === 1) === (scale === "continuous"), {
  message: "expected one name of a continuous scale, two or more of any other",
  path: ["names"],
}).refine(({ volume, imageSize }) => !volume || imageSize <= LONGEST_VOLUME, {
  message: `expected volumes of at most ${LONGEST_VOLUME} voxels along each axis`,
  path: ["imageSize"],
}).refine(({ volume, columns }) => volume || !columns.center, {
  message: "expected volume beside it: cubes are cut out of whole volumes",
  path: ["columns", "center"],
}).refine(({ volume, slice }) => !volume || !slice, {
  message: "expected whole volumes or slices of them, not both",
  path: ["slice"],
});

/** See {@linkcode DescriptionSchema}. */
export type Description = z.infer<typeof DescriptionSchema>;

/** Reads the file of a folder. @throws {FormatError} Naming the field. */
export function parseDescription(content: string): Description {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new FormatError(`Cannot read ${DESCRIPTION_FILE}: it is not JSON`, { cause: error });
  }
  try {
    return parseOptions(DescriptionSchema, value, DESCRIPTION_FILE);
  } catch (error) {
    // The file is at fault, not the call.
    throw error instanceof InputError ? new FormatError(error.message, { cause: error }) : error;
  }
}
