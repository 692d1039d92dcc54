/**
 * What is done to images once they are arrays: seen as pictures, compared, resized, augmented, split, kept.
 *
 * @module
 */

export { meanAbsoluteDifference, meanSquaredError, psnr } from "./pixel_error.ts";
export { ssim } from "./ssim.ts";
export { resize } from "./resize.ts";
export {
  boxAround,
  crop,
  type Interpolation,
  orientToRas,
  type Plane,
  PLANES,
  resample,
  scaleIntensity,
  sliceOf,
} from "./volume_transform.ts";
export { mirroredWhere, ofPng, stacked, strip, toneDifference, toPng } from "./image.ts";
export {
  asPictures,
  type Crosshair,
  planeNames,
  planeOf,
  sheetOf,
  slicesAsChannels,
  type VolumeAxis,
} from "./planes.ts";
export { type Cube, cubeAt, type EvenScan, evenScan, scaledTo, USUAL_RANGE } from "./cube.ts";
export { type Fit, fitPicture, fitText } from "./fit.ts";
export {
  type FittedPicture,
  openFitted,
  openPicture,
  type Picture,
  type PictureFacts,
  type PictureOptions,
  readPicture,
} from "./picture.ts";
export { VALUE_RANGE, type ValueRange, valueRangeOf, valueRangeText } from "./value_range.ts";
export { type OwnImage, ownImage, ownImageMetadata, type OwnImageOptions } from "./own_image.ts";
export { type ApartOptions, ownImageApart } from "./own_image_apart.ts";
export { DuplicateFinder, type DuplicatePair } from "./duplicates.ts";
export { type Negative, negativesAmong } from "./negatives.ts";
export { pathWithin } from "./path_within.ts";
export { indicesIn, type Shares, type Splittable, stratifiedSplits } from "./split.ts";
export { augment, type Augmentation, AugmentationSchema } from "./augment.ts";
export { inputFileVersion, type InputFolders, openInputFile, readInputFile } from "./input_file.ts";
export {
  type CachedImage,
  type ImageCache,
  type ImageCacheOptions,
  openImageCache,
  type SkippedSource,
  type SourceImages,
} from "./cache.ts";
