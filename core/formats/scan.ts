/** A volume in one file, of any kind that is read: NIfTI, MetaImage, or a zip archive of a DICOM series. */

import { FormatError } from "../errors.ts";
import { readDicomSeries } from "./dicom/series.ts";
import { isMetaImage, readMetaImage } from "./metaimage.ts";
import { isNifti, readNifti } from "./nifti.ts";
import { MAX_VOXELS, type Volume } from "./volume.ts";
import { openZip } from "./zip.ts";

/** What a file with a volume is. */
export type ScanFormat = "NIfTI" | "MetaImage" | "zip";

/** The most files that an archive of a series may have. */
const MOST_FILES = 4_000;

/** The most bytes that it may expand to: 256 MiB. */
const MOST_EXPANDED = 2 ** 28;

/** What a file is by its first bytes; undefined where it is no volume. */
export function scanFormat(bytes: Uint8Array): ScanFormat | undefined {
  if (isNifti(bytes)) return "NIfTI";
  if (isMetaImage(bytes)) return "MetaImage";
  return isZip(bytes) ? "zip" : undefined;
}

const isZip = (bytes: Uint8Array) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] < 6;

/**
 * Reads a volume. An archive holds the files of one DICOM series, or one NIfTI or MetaImage file.
 *
 * @param most Numbers that it may hold.
 * @throws {FormatError} When it is none, is damaged, holds too much, or its slices do not belong together.
 */
export async function readScan(bytes: Uint8Array, most = MAX_VOXELS): Promise<Volume> {
  switch (scanFormat(bytes)) {
    case "NIfTI":
      return await readNifti(bytes, most);
    case "MetaImage":
      return readMetaImage(bytes, [], most);
    case "zip":
      return await readArchive(bytes, most);
  }
  throw new FormatError(
    "Cannot read the volume: expected NIfTI, MetaImage or a zip archive of a DICOM series",
  );
}

async function readArchive(bytes: Uint8Array, most: number): Promise<Volume> {
  const archive = openZip(bytes, { limit: MOST_EXPANDED });
  // What systems put beside the files, and folders, are no slices.
  const names = archive.names.filter((name) =>
    !name.endsWith("/") && !/(^|\/)(\.|__MACOSX\/|DICOMDIR$|Thumbs\.db$)/.test(name)
  );
  if (!names.length || names.length > MOST_FILES) {
    throw new FormatError(
      `Cannot read the zip archive: expected 1 to ${MOST_FILES} files, it has ${names.length}`,
    );
  }
  if (names.length > 1) {
    const series = await readDicomSeries(names.map((name) => archive.get(name)));
    if (series.data.length <= most) return series;
    throw new FormatError(
      `Cannot read the series: expected at most ${most} voxels, it has ${series.data.length}`,
    );
  }
  const file = archive.get(names[0]);
  const inside = scanFormat(file);
  if (inside === "zip") {
    throw new FormatError("Cannot read the zip archive: it holds another archive");
  }
  return inside ? await readScan(file, most) : await readDicomSeries([file]);
}
