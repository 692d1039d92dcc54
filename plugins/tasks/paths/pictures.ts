/** The pictures of a path, and its numbers, as files. */

import { type PathRecord, row } from "@countergrade/countergrade";
import { animatedPng, writeNpy } from "@countergrade/countergrade/formats";
import { strip, toPng } from "@countergrade/countergrade/images";
import { differenceLegend, type Differences } from "./differences.ts";

/**
 * `original.png`, `reconstruction.png`, `plain.png` where that is something else, `strip.png`, `animation.png` (forth and back), `difference-legend.svg`, and of every frame `frame-<i>.png`,
 * `difference-<i>.png`, the heat map, and `difference-<i>.npy`, the numbers behind it: float32 `[c, h, w]`, frame − reconstruction.
 */
export function pathPictures(
  { original, reconstruction, plain, frames, targetGrades }: PathRecord,
  { values, maps, range }: Differences,
): Record<string, Uint8Array> {
  const stills = targetGrades.map((_, i) => toPng(frames, i));
  const pictures: Record<string, Uint8Array> = {
    "original.png": toPng(original, 0),
    "reconstruction.png": toPng(reconstruction, 0),
    ...plain && { "plain.png": toPng(plain, 0) },
    "strip.png": strip(frames),
    "animation.png": animatedPng(stills),
    "difference-legend.svg": new TextEncoder().encode(differenceLegend(range)),
  };
  targetGrades.forEach((_, i) => {
    pictures[`frame-${i}.png`] = stills[i];
    pictures[`difference-${i}.png`] = toPng(maps, i);
    pictures[`difference-${i}.npy`] = writeNpy(row(values, i).data, values.shape.slice(1));
  });
  return pictures;
}
