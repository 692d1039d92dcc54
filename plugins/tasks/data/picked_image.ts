/** The image that a task is about: one of a data set, or one's own. */

import {
  type Artifact,
  type Dataset,
  type Encoder,
  type Images,
  InputError,
  type JobContext,
  type LabelScale,
  type Measurement,
  NotFoundError,
  pictureShape,
  type PluginHost,
} from "@countergrade/countergrade";
import { readNifti, spacingOf } from "@countergrade/countergrade/formats";
import {
  cubeAt,
  evenScan,
  type Fit,
  fitText,
  inputFileVersion,
  openFitted,
  ownImageApart,
  ownImageMetadata,
  readInputFile,
  VALUE_RANGE,
  type ValueRange,
  valueRangeOf,
  valueRangeText,
} from "@countergrade/countergrade/images";
import { z } from "zod";
import { openFitting } from "../encoders/models.ts";

/** Options that name one image: of a data set, or one's own. */
export interface PickOptions {
  dataset?: string;
  split: string;
  index: number;
  image?: string;
  fit?: Fit;
  intensity?: string;
  spacing?: number;
  center?: number[];
  /** Whose data set says what voxels a volume is resampled to. */
  probe: string;
}

/** The fields of {@linkcode PickOptions}; the schema around them needs {@linkcode onePick}. */
export function pickFields() {
  return {
    dataset: z.string().optional().describe("Id of the data set; or give an image of your own"),
    split: z.string().default("val").describe("Split of the data set"),
    index: z.int().min(0).default(0).describe("Position in the split"),
    ...ownImageFields(),
  };
}

/** The fields of an image of one's own. */
export function ownImageFields() {
  return {
    image: z.string().min(1).max(1000).optional().meta({ artifact: true }).describe(
      "Instead of a data set: id of an image that was uploaded; on the command line also a file",
    ),
    fit: z.enum(["pad", "crop", "stretch"]).optional().describe(
      "How an image of other proportions becomes what the encoder takes: with black around it, its middle cut out, or stretched; default: pad",
    ).meta({
      title: "Fit",
      enumDescriptions: {
        pad: "Everything stays, with black around it.",
        crop: "The middle is cut out.",
        stretch: "Everything stays, the proportions do not.",
      },
    }),
    intensity: z.string().regex(VALUE_RANGE).optional().describe(
      "Which values of an image of one's own are black and white: full, percentiles 0.5 99.5, or window 40 400; default: as the file says, else full, of volumes percentiles",
    ),
    spacing: z.number().min(0.01).max(100).optional().describe(
      "Edge of the voxels that a volume of one's own is resampled to, in mm; default: as the data set's that the probe learned from",
    ),
    center: z.array(z.number().min(-1e5).max(1e5)).length(3).optional().describe(
      "Around what a volume of one's own is cut to the encoder's size, in mm to the right, front and up; default: its middle",
    ),
  };
}

/** Refuses options that name both kinds of images, or none. */
export function onePick(
  { dataset, image }: { dataset?: string; image?: string },
  context: z.RefinementCtx,
): void {
  if ((dataset === undefined) !== (image === undefined)) return;
  context.addIssue({
    code: "custom",
    path: [dataset === undefined ? "dataset" : "image"],
    message: `expected either a data set or an image of one's own, got ${
      dataset === undefined ? "none" : "both"
    }`,
  });
}

/** What of an image a stored result depends on beside its name, see `TaskPlugin.inputs`. */
export async function pickVersions(
  { dataset, image }: PickOptions,
  host: PluginHost,
): Promise<string[]> {
  const { datasetContext } = host;
  if (dataset !== undefined) return [await host.datasetVersion(dataset)];
  return datasetContext.trusted ? [await inputFileVersion(image!, datasetContext)] : [];
}

/** What `adaptation` means in results. */
export const ADAPTATION =
  "What was taken of the image's file, and done to one's own so that the encoder takes it; absent where nothing was";

/** An image that fits an encoder. */
export interface PickedImage {
  /** `[1, c, h, w]` in [-1, 1]. */
  readonly images: Images;
  /** A name to show. */
  readonly name: string;
  /** Unknown for one's own. */
  readonly label?: number;
  /** What its label means. */
  readonly scale?: LabelScale;
  /** Where it is in its data set. */
  readonly place?: { readonly dataset: string; readonly split: string; readonly index: number };
  /** What was taken of its file, as `frame 3 of 5; window 40/400`, and done so that it fits, see {@linkcode fitText}. */
  readonly adaptation?: string;
  /** One's own: its artifact, and the same. */
  readonly own?: { readonly image: string; readonly adaptation?: string };
  /** What its data set can measure in images like it. */
  readonly measurements?: readonly Measurement[];
  /** Of a volume: where it lies in the patient, see `Batch.affines`. */
  readonly affine?: readonly number[];
  /** Names it in a provenance: the data set's fingerprint, or the artifact. */
  readonly input: string;
}

/**
 * Gets the image that options name.
 *
 * @throws {NotFoundError} When there is no such data set or image.
 * @throws {InputError} When the index is too great, the data set's shape does not fit, or a file is no picture.
 */
export async function pickImage(
  options: PickOptions,
  encoder: Encoder,
  job: JobContext,
): Promise<PickedImage> {
  if (options.image !== undefined) return await pickOwn(options, encoder, job);
  const { split, index } = options;
  const dataset = await openFitting(job, options.dataset!, encoder);
  checkIndex(dataset, split, index);
  const { images, ids: [name], labels: [label], taken, affines } = await dataset.get(split, [
    index,
  ]);
  return {
    images,
    name,
    label,
    scale: dataset.scale,
    place: { dataset: dataset.id, split, index },
    adaptation: taken?.[0],
    affine: affines?.[0],
    measurements: dataset.measurements?.filter(({ part }) => !part),
    input: dataset.fingerprint,
  };
}

/** Refuses an index beyond a split; an unknown split is left to the data set itself. @throws {InputError} */
export function checkIndex({ id, splits }: Dataset, split: string, index: number): void {
  if (!Object.hasOwn(splits, split) || index < splits[split]) return;
  throw new InputError(
    `Cannot take an image of "${id}": expected an index below ${
      splits[split]
    }, the number of images in "${split}", ` +
      `current index is ${index}`,
    ["index"],
  );
}

async function pickOwn(
  options: PickOptions,
  encoder: Encoder,
  job: JobContext,
): Promise<PickedImage> {
  const { image: id, fit, intensity } = options;
  const range = intensity === undefined ? undefined : rangeOf(intensity);
  const stored = await uploaded(id!, job);
  const artifact = stored ?? await imported(id!, range, job);
  const { imageShape } = encoder;
  if (imageShape.length === 4) return await pickVolume(artifact, options, imageShape, range, job);
  const shape = pictureShape("take an image of one's own", imageShape, "image");
  if (artifact.files["volume.nii.gz"]) {
    throw new InputError("Cannot take the image: expected a picture, it is a volume", ["image"]);
  }
  const { images, from } = await openFitted(
    await job.read(artifact, "image.png"),
    shape,
    fit ?? "pad",
    stored && { intensity: range, numbers: numbersOf(stored) },
  );
  const { title, taken, warning } = artifact.metadata;
  if (warning && !range) job.emit({ type: "warning", message: `${title}: ${warning}` });
  const fitted = fitText(from, shape, fit);
  const shown = stored && range && valueRangeText(range);
  const adaptation = [taken, shown, !range && warning, fitted].filter(Boolean).join("; ") ||
    undefined;
  return {
    images,
    name: String(title),
    adaptation,
    own: { image: artifact.id, adaptation },
    input: artifact.id,
  };
}

/** A volume of one's own: resampled as the images that the probe learned from, cut to the encoder's size. */
async function pickVolume(
  artifact: Artifact,
  { spacing: asked, center, probe }: PickOptions,
  [channels, side, ...others]: readonly number[],
  range: ValueRange | undefined,
  job: JobContext,
): Promise<PickedImage> {
  if (!artifact.files["volume.nii.gz"]) {
    throw new InputError("Cannot take the image: expected a volume, it is a picture", ["image"]);
  }
  if (channels !== 1 || others.some((length) => length !== side)) {
    throw new InputError(
      "Cannot take a volume of one's own: expected an encoder of gray cubes",
      ["image"],
    );
  }
  const scan = await readNifti(await job.read(artifact, "volume.nii.gz"));
  const even = evenScan(scan, asked ?? await spacingBehind(probe, job), range);
  const { images, affine } = cubeAt(even, side, center);
  const { title, taken } = artifact.metadata;
  const warning = [artifact.metadata.warning, even.warning].filter(Boolean).join("; ");
  if (warning) job.emit({ type: "warning", message: `${title}: ${warning}` });
  const around = center ? `[${center.join(", ")}] mm` : "the middle";
  const adaptation = [taken, even.taken, `${side} voxels each way around ${around}`, warning]
    .filter(Boolean).join("; ");
  return {
    images,
    name: String(title),
    adaptation,
    own: { image: artifact.id, adaptation },
    affine,
    input: artifact.id,
  };
}

/** Edge of the voxels that a probe's images have, in mm. @throws {InputError} At `spacing`, when that is not known. */
async function spacingBehind(probe: string, job: JobContext): Promise<number> {
  const { metadata: { dataset: id } } = await job.load("probe", probe);
  try {
    const dataset = await job.host.openDataset(String(id));
    const [split] = Object.keys(dataset.splits);
    const { affines } = await dataset.get(split, [0]);
    if (affines) return spacingOf({ affine: affines[0] })[0];
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  throw new InputError(
    `Cannot take a volume of one's own: expected a spacing in mm, since the data set ${id} of the probe does not say its own`,
    ["spacing"],
  );
}

function rangeOf(intensity: string): ValueRange {
  try {
    return valueRangeOf(intensity);
  } catch (error) {
    throw new InputError((error as Error).message, ["intensity"], { cause: error });
  }
}

/** The file's numbers that are black and white in a stored image. */
function numbersOf({ metadata: { numbers, depth } }: Artifact): [number, number] {
  return Array.isArray(numbers) ? numbers as [number, number] : [0, depth === 16 ? 65_535 : 255];
}

/** The stored image of an id; undefined where there is none and the caller may name a file. */
async function uploaded(id: string, job: JobContext): Promise<Artifact | undefined> {
  try {
    return await job.load("image", id);
  } catch (error) {
    if (error instanceof NotFoundError && job.host.datasetContext.trusted) return undefined;
    throw error;
  }
}

/** How long a file of the caller's machine may take, in ms: as long as one of a folder. */
const DEADLINE = 120_000;

/** The most bytes of a volume there: 1 GiB. */
const MAX_SCAN_BYTES = 2 ** 30;

/** A file of the caller's machine, stored as an upload is. */
async function imported(
  file: string,
  intensity: ValueRange | undefined,
  job: JobContext,
): Promise<Artifact> {
  try {
    const bytes = new Uint8Array(await readInputFile(file, job.host.datasetContext));
    const image = await ownImageApart(bytes, {
      intensity,
      maxScanBytes: MAX_SCAN_BYTES,
      deadline: DEADLINE,
      signal: job.signal,
    });
    const metadata = ownImageMetadata(image, file);
    const files = {
      "image.png": image.png,
      ...image.volume && { "volume.nii.gz": image.volume },
    };
    return await job.save("image", files, metadata, []);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, ["image"], { cause: error });
  }
}
