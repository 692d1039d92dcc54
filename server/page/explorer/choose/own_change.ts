/** Pictures that are turned, mirrored and cut, pixel by pixel. */

/// <reference lib="dom" />

/** A part of a picture, in its pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Turned by 90° to the right. */
export function turned(image: ImageData): ImageData {
  const { width, height } = image;
  return rearranged(image, height, width, (x, y) => [y, height - 1 - x]);
}

/** With left and right exchanged. */
export function mirrored(image: ImageData): ImageData {
  const { width, height } = image;
  return rearranged(image, width, height, (x, y) => [width - 1 - x, y]);
}

/** A part of it. */
export function cutOut(image: ImageData, { left, top, width, height }: Box): ImageData {
  return rearranged(image, width, height, (x, y) => [x + left, y + top]);
}

/** A picture whose pixel at x, y is that of another at `from(x, y)`. */
function rearranged(
  image: ImageData,
  width: number,
  height: number,
  from: (x: number, y: number) => readonly [x: number, y: number],
): ImageData {
  const made = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = from(x, y);
      const at = 4 * (fromY * image.width + fromX);
      made.data.set(image.data.subarray(at, at + 4), 4 * (y * width + x));
    }
  }
  return made;
}

/** The least side of a part, px. */
const LEAST = 8;

/**
 * The part of a picture that a viewer shows; `padded`: the viewer shows it as a square, with black around it, as an encoder takes it.
 */
export function shownBox(
  { zoom, x, y }: { zoom: number; x: number; y: number },
  { width, height }: { width: number; height: number },
  padded: boolean,
): Box {
  const [w, h] = padded ? [Math.max(width, height), Math.max(width, height)] : [width, height];
  const range = (middle: number, whole: number, side: number) => {
    const start = (middle - 0.5 / zoom) * whole - (whole - side) / 2;
    const from = Math.min(side - LEAST, Math.max(0, Math.round(start)));
    const to = Math.min(side, Math.round(start + whole / zoom));
    return { from, size: Math.max(LEAST, to - from) };
  };
  const [across, down] = [range(x, w, width), range(y, h, height)];
  return { left: across.from, top: down.from, width: across.size, height: down.size };
}
