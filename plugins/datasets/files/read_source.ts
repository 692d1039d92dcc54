/** From a source to images: the paper's recipes, and plain pictures. */

import { concatRows, FormatError, type Images } from "@countergrade/countergrade";
import {
  isDicom,
  metaImageDataFiles,
  readDicomSeries,
  readMetaImage,
  readNifti,
  spacingOf,
  type Volume,
} from "@countergrade/countergrade/formats";
import {
  boxAround,
  crop,
  fitPicture,
  openFitted,
  orientToRas,
  type Plane,
  PLANES,
  resample,
  resize,
  scaledTo,
  scaleIntensity,
  sliceOf,
  type SourceImages,
  USUAL_RANGE,
  valueRangeText,
} from "@countergrade/countergrade/images";
import { listFolder } from "./folder.ts";
import { readCubes, readVolume } from "./read_volume.ts";
import type { Item, PictureSource, SliceSource, Source, StructureSource } from "./source.ts";

/** Names of volumes. */
const VOLUME = /\.(nii|nii\.gz|mha|mhd)$/i;

/** The largest file that is read, in bytes. */
const LARGEST = 2 ** 30;

/** What a source gave, or why it gave nothing. */
export type Reading =
  | SourceImages<Item> & {
    /** Of the file that a picture was made from. */
    readonly channels?: number;
  }
  | { readonly skipped: string };

/** Reads a source. What is wrong with its files is a reason to skip it, never an error. */
export async function readSource(source: Source): Promise<Reading> {
  try {
    switch (source.kind) {
      case "picture":
        return await readPictureSource(source);
      case "volume":
        return readVolume(source, await volumeOf(source.folder, source.file));
      case "cubes": {
        const { folder, file, mask } = source;
        const scan = await volumeOf(folder, file);
        return readCubes(
          source,
          scan,
          mask === undefined ? undefined : await volumeOf(folder, mask),
        );
      }
      case "structures":
        return await readStructures(source);
      case "slices":
        return await readSlices(source);
    }
  } catch (error) {
    if (error instanceof FormatError) return { skipped: error.message };
    throw error;
  }
}

async function readPictureSource(source: PictureSource): Promise<Reading> {
  const { folder, file, imageShape, fit, intensity } = source;
  if (VOLUME.test(file) || await isFolder(folder, file)) return await readSlice(source);
  const { images, from: [channels], patient, taken, warning } = await openFitted(
    await bytesOf(folder, file),
    imageShape,
    fit,
    { intensity },
  );
  // A column or a folder that says whose it is goes before what DICOM says.
  const { item } = source;
  const patientBy = item.patient === undefined ? patient && "DICOM" : item.patientBy;
  const known = { ...item, patient: item.patient ?? patient, patientBy, taken, warning } as Item;
  return { images, channels, items: [known] };
}

/** A slice of a volume at true proportions, intensities from percentile 0.5 to 99.5 unless others are asked for. */
async function readSlice(source: PictureSource): Promise<Reading> {
  const { slice: { plane, at }, imageShape, fit, intensity, item } = source;
  const whole = await volumeOf(source.folder, source.file);
  const volume = orientToRas({ ...whole, channels: 1, data: firstChannel(whole) });
  const axis = PLANES[plane];
  const count = volume.size[axis];
  const index = Math.min(count - 1, Math.floor(at * count));
  const slice = evenly(sliceOf(scaledTo(volume, intensity), plane, index), volume, plane);
  const taken = `${plane} slice ${index + 1} of ${count}; ${
    valueRangeText(intensity ?? USUAL_RANGE)
  }`;
  return { images: fitPicture(slice, imageShape, fit), channels: 1, items: [{ ...item, taken }] };
}

/** A slice at true proportions: pixels become as high as wide. */
function evenly(slice: Images, volume: Volume, plane: Plane): Images {
  const [across, down] = [0, 1, 2].filter((axis) => axis !== PLANES[plane])
    .map((axis) => spacingOf(volume)[axis]);
  const fine = Math.min(across, down);
  const [, , h, w] = slice.shape;
  const even = (length: number, spacing: number) =>
    Math.max(1, Math.round(length * spacing / fine));
  return resize(slice, even(h, down), even(w, across));
}

/**
 * Recipe of the paper for lumbar discs (and vertebrae): orient to RAS, intensities from percentile 0 to 99.5, cut out the
 * structure with its margin, the sagittal slice through its middle, made square and resized.
 */
async function readStructures(source: StructureSource): Promise<Reading> {
  const image = orientToRas(await volumeOf(source.folder, source.file));
  const mask = orientToRas(await volumeOf(source.folder, source.mask));
  if (mask.size.join() !== image.size.join()) {
    throw new FormatError(
      `The mask "${source.mask}" has ${mask.size.join(" × ")} voxels, expected ${
        image.size.join(" × ")
      }`,
    );
  }
  const scaled = scaleIntensity({ ...image, channels: 1, data: firstChannel(image) }, [0, 99.5]);
  const images: Images[] = [];
  const items: Item[] = [];
  const missing: number[] = [];
  for (const { label, item } of source.structures) {
    const box = boxAround(mask, label, source.margin);
    if (!box) {
      missing.push(label);
      continue;
    }
    const middle = Math.floor((box.start[0] + box.end[0]) / 2);
    const cut = crop(
      scaled,
      [middle, box.start[1], box.start[2]],
      [middle + 1, box.end[1], box.end[2]],
      -1,
    );
    images.push(squared(cut, source.imageSize));
    items.push(item);
  }
  const reason = `The mask "${source.mask}" has no voxel of label ${missing.join(", ")}`;
  if (!images.length) return { skipped: reason };
  return { images: concatRows(images), items, ...missing.length && { missing: [reason] } };
}

/** A sagittal slice at its true proportions: pixels become as high as wide before it is made square. */
function squared(cut: Volume, size: number): Images {
  return fitPicture(evenly(sliceOf(cut, "sagittal", 0), cut, "sagittal"), [1, size, size], "pad");
}

/** Axial slices that are taken: those of which at least this share shows the head. */
const LEAST_HEAD = 0.1;

/**
 * Recipe of the paper for BraTS: the FLAIR channel, orient to RAS, 3 × 3 × 2 mm, intensities from percentile 0 to 99.5,
 * axial slices padded or cut to a square. A slice has a tumor if its own mask has.
 */
async function readSlices(source: SliceSource): Promise<Reading> {
  const spacing = [3, 3, 2];
  const whole = await volumeOf(source.folder, source.file);
  const flair = orientToRas({ ...whole, channels: 1, data: firstChannel(whole) });
  const mask = orientToRas(await volumeOf(source.folder, source.mask));
  if (mask.size.join() !== flair.size.join()) {
    throw new FormatError(
      `The mask "${source.mask}" has ${mask.size.join(" × ")} voxels, expected ${
        flair.size.join(" × ")
      }`,
    );
  }
  const scaled = scaleIntensity(resample(flair, spacing), [0, 99.5]);
  const labels = resample(mask, spacing, "nearest");
  const images: Images[] = [];
  const items: Item[] = [];
  const plane = scaled.size[0] * scaled.size[1];
  for (let k = 0; k < scaled.size[2]; k++) {
    const shown = scaled.data.subarray(k * plane, (k + 1) * plane);
    if (shown.reduce((n, x) => n + (x > -0.98 ? 1 : 0), 0) < LEAST_HEAD * plane) continue;
    const marked = labels.data.subarray(k * plane, (k + 1) * plane).some((label) => label > 0);
    images.push(framed(sliceOf(scaled, "axial", k), source.imageSize));
    items.push({ id: `${source.name}-${k}`, label: Number(marked), patient: source.patient });
  }
  if (images.length) return { images: concatRows(images), items };
  return { skipped: `No axial slice of "${source.file}" shows the head` };
}

/** The middle of an image at the same scale, `size` × `size`, black beyond its edge. */
function framed(image: Images, size: number): Images {
  const [, , h, w] = image.shape;
  const out = new Float32Array(size * size).fill(-1);
  const [top, left] = [Math.floor((size - h) / 2), Math.floor((size - w) / 2)];
  for (let y = Math.max(0, top); y < Math.min(size, top + h); y++) {
    for (let x = Math.max(0, left); x < Math.min(size, left + w); x++) {
      out[y * size + x] = image.data[(y - top) * w + x - left];
    }
  }
  return { shape: [1, 1, size, size], data: out };
}

function firstChannel({ data, channels }: Volume): Float32Array {
  return data.subarray(0, data.length / channels);
}

async function volumeOf(folder: string, file: string): Promise<Volume> {
  if (await isFolder(folder, file)) return await readDicomSeries(await filesOf(folder, file));
  const bytes = await bytesOf(folder, file);
  if (/\.nii(\.gz)?$/i.test(file)) return await readNifti(bytes);
  if (isDicom(bytes)) return await readDicomSeries([bytes]);
  const beside = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const parts: Uint8Array[] = [];
  let left = LARGEST;
  for (const name of metaImageDataFiles(bytes)) {
    parts.push(await bytesOf(folder, beside + name, left));
    left -= parts.at(-1)!.length;
  }
  return readMetaImage(bytes, parts);
}

async function isFolder(folder: string, file: string): Promise<boolean> {
  return await Deno.stat(`${folder}/${file}`).then((found) => found.isDirectory, () => false);
}

/** The contents of all files directly in a folder, no more together than one file may have. */
async function filesOf(folder: string, name: string): Promise<Uint8Array[]> {
  const contents: Uint8Array[] = [];
  let left = LARGEST;
  const { files } = await listFolder(await insidePath(folder, name));
  for (const file of files) {
    contents.push(await bytesOf(folder, `${name}/${file}`, left));
    left -= contents.at(-1)!.length;
  }
  return contents;
}

/** The content of a file, provided that it lies inside the folder wherever links lead. */
export async function bytesOf(
  folder: string,
  file: string,
  most = LARGEST,
): Promise<Uint8Array> {
  if (file.includes("\0")) throw new FormatError("The file's name holds a NUL");
  try {
    const path = await insidePath(folder, file);
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new FormatError("It is no file");
    if (size > most) {
      throw new FormatError(`The file has ${size} bytes, at most ${most} are read`);
    }
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    if (error instanceof Deno.errors.NotFound) throw new FormatError("There is no such file");
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`The file cannot be read: ${reason}`, { cause: error });
  }
}

/** Where links lead. @throws {FormatError} When that is outside of the folder. */
async function insidePath(folder: string, file: string): Promise<string> {
  try {
    const path = await Deno.realPath(`${folder}/${file}`);
    const separator = path.includes("\\") ? "\\" : "/";
    if (path.startsWith(folder + separator)) return path;
  } catch (error) {
    // A thread that reads may look into this folder alone.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
  throw new FormatError("The file lies outside the data set's folder");
}
