/** Images moved about: where each pixel comes from, and the bilinear reading there. */

import { type Images, zeros } from "../tensor.ts";

/**
 * Where the pixels of an image come from: for pixel i (row-major, `height` × `width`) the row `y[i]` and the column
 * `x[i]` of the source, in pixels; 0 is the center of the first one. Functions here return new places.
 */
export interface Places {
  readonly height: number;
  readonly width: number;
  readonly y: Float64Array;
  readonly x: Float64Array;
}

/** What lies beyond the border: the nearest pixel, or black (−1). */
export type Fill = "edge" | "background";

/** Every pixel comes from where it is. */
export function samePlaces(height: number, width: number): Places {
  const size = height * width;
  const y = Float64Array.from({ length: size }, (_, i) => Math.floor(i / width));
  const x = Float64Array.from({ length: size }, (_, i) => i % width);
  return { height, width, y, x };
}

/** A turn and a change of size about the center of the image. */
export interface Similarity {
  /** Degrees, counter-clockwise as one sees the picture. */
  readonly degrees: number;
  /** More than 1 enlarges what is shown. */
  readonly zoom: number;
  /** Left becomes right, before the turn. */
  readonly mirror: boolean;
  /** Top becomes bottom, before the turn. */
  readonly upsideDown: boolean;
}

/**
 * Places of a picture that is mirrored, turned and enlarged. With the offset (u, v) from the center, v downwards, and
 * zoom k, a pixel comes from u' = (u·cos θ − v·sin θ)/k, v' = (u·sin θ + v·cos θ)/k.
 */
export function turned(places: Places, { degrees, zoom, mirror, upsideDown }: Similarity): Places {
  const { height, width } = places;
  const [cy, cx] = [(height - 1) / 2, (width - 1) / 2];
  const angle = degrees * Math.PI / 180;
  // Quarter turns shall only move pixels: π is not exact, so neither are these zeros.
  const exact = (value: number) => Math.abs(value) < 1e-15 ? 0 : value;
  const [cos, sin] = [exact(Math.cos(angle)) / zoom, exact(Math.sin(angle)) / zoom];
  const [across, down] = [mirror ? -1 : 1, upsideDown ? -1 : 1];
  const y = places.y.map((row, i) => cy + down * ((places.x[i] - cx) * sin + (row - cy) * cos));
  const x = places.x.map((column, i) =>
    cx + across * ((column - cx) * cos - (places.y[i] - cy) * sin)
  );
  return { height, width, y, x };
}

/** Places of a picture that is moved down and to the right, in pixels. */
export function shifted(places: Places, down: number, right: number): Places {
  const y = places.y.map((row) => row - down);
  const x = places.x.map((column) => column - right);
  return { ...places, y, x };
}

/** Displacements of the nodes of a grid of `cells` × `cells` over the image, `(cells + 1)²` each, in cells. */
export interface GridShift {
  readonly cells: number;
  readonly y: Float64Array;
  readonly x: Float64Array;
}

/**
 * Places displaced by a grid (grid distortion): nodes stand on the corners of the cells, the outer ones on the outermost
 * pixel centers; in between displacements are interpolated bilinearly.
 */
export function distorted(places: Places, shift: GridShift): Places {
  const { height, width } = places;
  const { cells } = shift;
  const y = new Float64Array(places.y);
  const x = new Float64Array(places.x);
  const cellHeight = Math.max(1, height - 1) / cells;
  const cellWidth = Math.max(1, width - 1) / cells;
  for (let i = 0; i < y.length; i++) {
    const [gy, gx] = [places.y[i] / cellHeight, places.x[i] / cellWidth];
    const [row, column] = [cellOf(gy, cells), cellOf(gx, cells)];
    const [fy, fx] = [gy - row, gx - column];
    const node = row * (cells + 1) + column;
    y[i] += cellHeight * between(shift.y, node, cells + 1, fy, fx);
    x[i] += cellWidth * between(shift.x, node, cells + 1, fy, fx);
  }
  return { height, width, y, x };
}

function cellOf(position: number, cells: number): number {
  return Math.min(cells - 1, Math.max(0, Math.floor(position)));
}

function between(values: Float64Array, at: number, stride: number, fy: number, fx: number) {
  const top = values[at] * (1 - fx) + values[at + 1] * fx;
  const bottom = values[at + stride] * (1 - fx) + values[at + stride + 1] * fx;
  return top * (1 - fy) + bottom * fy;
}

/**
 * Image i of `[n, c, h, w]` read at `places[i]`, bilinearly between pixel centers.
 *
 * @throws {TypeError} When there is not one place for each pixel of each image.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { samePlaces, turned, warp } from "./warp.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([1, 1, 2, 2], [0, 1, 2, 3]);
 * const quarter = { degrees: 90, zoom: 1, mirror: false, upsideDown: false };
 * const places = turned(samePlaces(2, 2), quarter);
 * assertEquals(warp(image, [places], "edge"), tensor([1, 1, 2, 2], [1, 3, 0, 2]));
 * ```
 */
export function warp(images: Images, places: readonly Places[], fill: Fill): Images {
  const [n, c, h, w] = images.shape;
  const odd = places.find(({ height, width }) => height !== h || width !== w);
  if (places.length !== n || odd) {
    throw new TypeError(
      `Cannot warp images: expected places for ${n} images of ${h} × ${w}, there are ` +
        `${places.length} of ${(odd ?? places[0])?.height} × ${(odd ?? places[0])?.width}`,
    );
  }
  const out = zeros(images.shape);
  places.forEach((place, i) => {
    for (let channel = 0; channel < c; channel++) {
      const start = (i * c + channel) * h * w;
      const plane = images.data.subarray(start, start + h * w);
      READERS[fill](plane, place, out.data.subarray(start, start + h * w));
    }
  });
  return out;
}

const READERS: Record<Fill, (plane: Float32Array, places: Places, out: Float32Array) => void> = {
  edge(plane, { height, width, y, x }, out) {
    for (let i = 0; i < out.length; i++) {
      const row = Math.min(height - 1, Math.max(0, y[i]));
      const column = Math.min(width - 1, Math.max(0, x[i]));
      const [top, left] = [Math.floor(row), Math.floor(column)];
      const [fy, fx] = [row - top, column - left];
      const below = fy > 0 ? width : 0;
      const right = fx > 0 ? 1 : 0;
      const at = top * width + left;
      out[i] = (plane[at] * (1 - fx) + plane[at + right] * fx) * (1 - fy) +
        (plane[at + below] * (1 - fx) + plane[at + below + right] * fx) * fy;
    }
  },
  background(plane, { height, width, y, x }, out) {
    const pixel = (row: number, column: number) =>
      row >= 0 && row < height && column >= 0 && column < width ? plane[row * width + column] : -1;
    for (let i = 0; i < out.length; i++) {
      const [top, left] = [Math.floor(y[i]), Math.floor(x[i])];
      const [fy, fx] = [y[i] - top, x[i] - left];
      out[i] = (pixel(top, left) * (1 - fx) + pixel(top, left + 1) * fx) * (1 - fy) +
        (pixel(top + 1, left) * (1 - fx) + pixel(top + 1, left + 1) * fx) * fy;
    }
  },
};
