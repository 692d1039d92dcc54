/**
 * Bytes to values and back: pictures, volumes, arrays, tables, checkpoints. Knows images, models and data sets of nobody.
 *
 * @module
 */

export type { ElementArray } from "./element.ts";
export {
  openSafetensors,
  readSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from "./safetensors.ts";
export { isShardIndex, joinedShards, shardsOf } from "./safetensors_shards.ts";
export type { NumericArray } from "./strided.ts";
export { type NpyArray, type NpyRows, npyTensor, openNpyRows, readNpy, writeNpy } from "./npy.ts";
export { openZip, type ZipArchive, type ZipOptions } from "./zip.ts";
export { type NpzFile, type NpzOptions, openNpz, readNpz, writeNpz } from "./npz.ts";
export { type OpenTorchCheckpoint, openTorchCheckpoint } from "./torch_checkpoint.ts";
export { encode, type PngEncodeOptions } from "./png/png.ts";
export type { PngColor } from "./png/header.ts";
export { animatedPng, ANIMATION_DELAY, type AnimationOptions } from "./png/apng.ts";
export { readScan, type ScanFormat, scanFormat } from "./scan.ts";
export { placeOf, spacingOf, type Volume } from "./volume.ts";
export { codecFiles } from "./script_codec.ts";
export { readDicomSeries } from "./dicom/series.ts";
export { isDicom } from "./dicom/file.ts";
export { readNifti } from "./nifti.ts";
export { writeNifti } from "./nifti_writer.ts";
export { metaImageDataFiles, readMetaImage } from "./metaimage.ts";
export type { Orientation } from "./jpeg/exif.ts";
export { columnNamed, readTable, type Table } from "./csv.ts";
