/** Interlaced PNG files: seven pictures in one (PNG specification, 8.2). */

import { bitsPerPixel, type PngHeader } from "./header.ts";

/** One of the pictures that an interlaced file consists of, or all of a plain one. */
export interface Pass {
  /** Its size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Where its first pixel stands in the picture, and how far apart the others are. */
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  /** Bytes of its rows, each with the number of its filter before it. */
  readonly bytes: number;
}

/** Offsets and steps of the seven interlaced passes: x, y, step x, step y. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** The passes of a file in their order; those without pixels are left out. */
export function passesOf(header: PngHeader): Pass[] {
  const bits = bitsPerPixel(header);
  return (header.interlaced ? ADAM7 : [[0, 0, 1, 1]]).map(([x, y, stepX, stepY]) => {
    const width = Math.max(0, Math.ceil((header.width - x) / stepX));
    const height = Math.max(0, Math.ceil((header.height - y) / stepY));
    const bytes = width > 0 ? height * (1 + Math.ceil(width * bits / 8)) : 0;
    return { width, height, x, y, stepX, stepY, bytes };
  }).filter(({ bytes }) => bytes > 0);
}
