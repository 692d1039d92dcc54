/** Pixels that pad a picture to its rectangle (PS3.3 C.7.5.1.1.2): they hold no measurement. */

import type { DataSet } from "dicom-parser";
import type { PixelLayout } from "./layout.ts";

/** 1 where a stored value is padding; undefined where there is none. */
export function paddingIn(
  numbers: Float32Array,
  set: DataSet,
  { signed }: PixelLayout,
): Uint8Array | undefined {
  const valueOf = (tag: string) => signed ? set.int16(tag) : set.uint16(tag);
  const value = valueOf("x00280120");
  if (value === undefined) return undefined;
  const limit = valueOf("x00280121") ?? value;
  const [low, high] = [Math.min(value, limit), Math.max(value, limit)];
  let found = false;
  const mask = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] >= low && numbers[i] <= high) {
      mask[i] = 1;
      found = true;
    }
  }
  return found ? mask : undefined;
}
