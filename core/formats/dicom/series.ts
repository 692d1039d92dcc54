/** The files of a DICOM series as one volume: slices in order, by position and orientation (PS3.3 C.7.6.2). */

import { FormatError } from "../../errors.ts";
import { spacingOf, type Volume, voxelCount } from "../volume.ts";
import { type DicomImage, readDicom } from "./dicom.ts";
import { isDicom } from "./file.ts";
import { refused as refusedFile } from "./refused.ts";
import { refusal } from "../../refusal.ts";

const refused = refusal("Cannot read the series");

/** Distances of slices differ by rounding; by more than this share one is missing or doubled. */
const UNEVEN = 0.05;

interface Slice {
  readonly image: DicomImage;
  /** Along the normal of the slices, in mm. */
  readonly place: number;
}

/**
 * Reads the files of one series. Those that are no DICOM or hold no picture, as reports, are left out.
 *
 * @param files In any order. One file of several frames is a volume by itself.
 * @returns Modality values, frames along k.
 * @throws {FormatError} When there is no picture, the pictures are of several series, sizes or orientations, or their distances
 * are not even; the message says which.
 */
export async function readDicomSeries(files: readonly Uint8Array[]): Promise<Volume> {
  const images = await picturesIn(files);
  const [first] = images;
  if (images.length === 1) return first.volume;
  checkAlike(images);
  const slices = inOrder(images);
  const apart = distanceOf(slices);
  const { size: [w, h] } = first.volume;
  const plane = w * h;
  voxelCount("the series", [w, h, slices.length]);
  const data = new Float32Array(plane * slices.length);
  slices.forEach(({ image }, k) => data.set(image.volume.data, k * plane));
  const { affine, warning } = slices[0].image.volume;
  const unit = normalOf(affine);
  return {
    size: [w, h, slices.length],
    channels: 1,
    data,
    affine: affine.map((value, at) => at < 12 && at % 4 === 2 ? unit[at >> 2] * apart : value),
    ...warning && { warning },
  };
}

async function picturesIn(files: readonly Uint8Array[]): Promise<DicomImage[]> {
  const images: DicomImage[] = [];
  let reason = "no file of it is DICOM";
  for (const file of files.filter(isDicom)) {
    try {
      images.push(await readDicom(file));
    } catch (error) {
      if (
        !(error instanceof FormatError) || !/holds no picture|has no pixels/.test(error.message)
      ) {
        throw error;
      }
      reason = error.message;
    }
  }
  if (images.length) return images;
  throw files.some(isDicom) ? refusedFile(reason) : refused(reason);
}

/** All slices of one series, size, kind and direction. */
function checkAlike(images: readonly DicomImage[]): void {
  const series = new Set(images.map((image) => image.series));
  if (series.size > 1) {
    throw refused(`expected files of one series, they are of ${series.size}; give each a folder`);
  }
  const sizes = new Set(images.map(({ volume: { size, channels } }) => [...size, channels].join()));
  if (sizes.size > 1 || images[0].volume.channels > 1 || images[0].volume.size[2] > 1) {
    throw refused("expected gray slices of one size, one in each file");
  }
  const [{ volume: { affine } }] = images;
  const odd = images.some(({ volume }) =>
    [0, 1, 4, 5, 8, 9].some((at) => Math.abs(volume.affine[at] - affine[at]) > 1e-3)
  );
  if (odd) throw refused("its slices have several orientations or pixel sizes, as a localizer has");
}

function inOrder(images: readonly DicomImage[]): Slice[] {
  const unit = normalOf(images[0].volume.affine);
  return images.map((image) => {
    const { affine } = image.volume;
    return { image, place: unit[0] * affine[3] + unit[1] * affine[7] + unit[2] * affine[11] };
  }).sort((a, b) => a.place - b.place);
}

/** How far slices lie apart, in mm. @throws {FormatError} When two lie in one place, or one seems to be missing. */
function distanceOf(slices: readonly Slice[]): number {
  const steps = slices.slice(1).map(({ place }, i) => place - slices[i].place);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  if (least < 1e-3) {
    throw refused(
      most < 1e-3
        ? "its files do not say where its slices lie"
        : "two of its slices lie in one place, as with several times or echoes",
    );
  }
  if (most - least > UNEVEN * most) {
    throw refused(
      `its slices lie ${least.toFixed(2)} to ${most.toFixed(2)} mm apart; one may be missing`,
    );
  }
  return (slices.at(-1)!.place - slices[0].place) / steps.length;
}

/** Of unit length, to the side to which k runs. */
function normalOf(affine: readonly number[]): number[] {
  const apart = spacingOf({ affine })[2];
  return [2, 6, 10].map((at) => affine[at] / apart);
}
