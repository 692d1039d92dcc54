/** The pictures of a path as PNG files. */

import {
  type PathRecord,
  strip,
  takeRows,
  toneDifference,
  toPng,
} from "@countergrade/countergrade";

/** `original.png`, `reconstruction.png`, `strip.png`, and `frame-<i>.png` and `difference-<i>.png` of every frame. */
export function pathPictures(
  { original, reconstruction, frames, targetGrades }: PathRecord,
): Record<string, Uint8Array> {
  const pictures: Record<string, Uint8Array> = {
    "original.png": toPng(original, 0),
    "reconstruction.png": toPng(reconstruction, 0),
    "strip.png": strip(frames),
  };
  const repeated = takeRows(reconstruction, new Int32Array(targetGrades.length));
  const differences = toneDifference(repeated, frames);
  targetGrades.forEach((_, i) => {
    pictures[`frame-${i}.png`] = toPng(frames, i);
    pictures[`difference-${i}.png`] = toPng(differences, i);
  });
  return pictures;
}
