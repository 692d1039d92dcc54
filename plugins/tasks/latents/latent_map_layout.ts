/** Where the points of a map lie in its pictures, and in which color. */

import { colorAt, type Rgb, SEQUENTIAL } from "@countergrade/countergrade/figures";
import { rangeOf } from "../report/axes.ts";
import type { Point, Projection } from "./latent_map.ts";

/** A code on a map. */
export interface MapPoint extends Point {
  /** Index into the names of the colors; −1 where it is not known. */
  readonly label: number;
  /** Position in the split. */
  readonly index: number;
}

/** A path on a map; one entry per frame. */
export interface MapPath {
  readonly original: Point;
  /** Edited codes. */
  readonly edited: readonly Point[];
  /** Codes of the rendered images. */
  readonly images: readonly Point[];
}

/** All that pictures of a map show. */
export interface LatentMap {
  readonly points: readonly MapPoint[];
  readonly axes: Projection["axes"];
  readonly explained?: Projection["explained"];
  readonly names: readonly string[];
  readonly path?: MapPath;
}

/** The plot's box, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** From the map to a square of pixels, with the same scale on both axes, y upwards. */
export function layout({ points, path }: LatentMap, { left, top, size }: Box) {
  const all: Point[] = [
    ...points,
    ...(path ? [path.original, ...path.edited, ...path.images] : []),
  ];
  const range = (of: (point: Point) => number) => {
    const [low, high] = rangeOf(all.map(of));
    return { middle: (low + high) / 2, width: high - low };
  };
  const [x, y] = [range(({ x }) => x), range(({ y }) => y)];
  const scale = 0.94 * size / (Math.max(x.width, y.width) || 1);
  return (point: Point): Point => ({
    x: left + size / 2 + scale * (point.x - x.middle),
    y: top + size / 2 - scale * (point.y - y.middle),
  });
}

/** The color of a label: mild is blue, severe yellow; what is not known is gray. */
export function colorOfLabel(label: number, names: readonly string[]): Rgb {
  if (label < 0) return [150, 150, 150];
  return colorAt(SEQUENTIAL, names.length > 1 ? label / (names.length - 1) : 0);
}
