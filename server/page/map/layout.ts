/** Where the points of a map lie on the screen, and which of them is meant. */

import { rangeOf } from "../shared/range.ts";
import type { LatentMap, Place } from "./operations.ts";

/** A part of the map that is looked at: `zoom` times larger, with its middle moved by so many pixels. */
export interface Window {
  readonly zoom: number;
  readonly dx: number;
  readonly dy: number;
}

export const WHOLE: Window = { zoom: 1, dx: 0, dy: 0 };

/** The way from the map's units to pixels: the same scale on both axes, y upwards. */
export function layoutOf(
  { points, path }: Pick<LatentMap, "points" | "path">,
  width: number,
  height: number,
  { zoom, dx, dy }: Window = WHOLE,
): (place: Place) => Place {
  const all: readonly Place[] = [
    ...points,
    ...(path ? [path.original, ...path.edited, ...path.images] : []),
  ];
  const range = (of: (place: Place) => number) => {
    const [low, high] = rangeOf(all.map(of));
    return { middle: (low + high) / 2, width: high - low || 1 };
  };
  const [x, y] = [range(({ x }) => x), range(({ y }) => y)];
  const scale = 0.92 * Math.min(width / x.width, height / y.width) * zoom;
  return (place) => ({
    x: width / 2 + dx + scale * (place.x - x.middle),
    y: height / 2 + dy - scale * (place.y - y.middle),
  });
}

/** A window around which a pixel stays where it is while the map grows or shrinks. */
export function zoomed(
  { zoom, dx, dy }: Window,
  factor: number,
  around: Place,
  width: number,
  height: number,
): Window {
  const next = Math.min(40, Math.max(1, zoom * factor));
  if (next === 1) return WHOLE;
  const ratio = next / zoom;
  const move = (d: number, pixel: number, size: number) =>
    (pixel - size / 2) * (1 - ratio) + d * ratio;
  return { zoom: next, dx: move(dx, around.x, width), dy: move(dy, around.y, height) };
}

/** The index of the place nearest to a pixel, if it is within `reach` pixels. Places left out are undefined. */
export function nearestTo(
  places: readonly (Place | undefined)[],
  { x, y }: Place,
  reach: number,
): number | undefined {
  let [best, least]: [number | undefined, number] = [undefined, reach ** 2];
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    if (!place) continue;
    const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
    if (distance <= least) [best, least] = [i, distance];
  }
  return best;
}

/** The next place in a direction: near, and not far off the way. Undefined at the edge. */
export function nextToward(
  places: readonly (Place | undefined)[],
  from: number,
  [right, down]: readonly [number, number],
): number | undefined {
  const start = places[from];
  if (!start) return undefined;
  let [best, least]: [number | undefined, number] = [undefined, Infinity];
  places.forEach((place, i) => {
    if (!place || i === from) return;
    const [x, y] = [place.x - start.x, place.y - start.y];
    const along = x * right + y * down;
    const aside = Math.abs(x * down) + Math.abs(y * right);
    if (along <= 0 || aside > along) return;
    const cost = along + 2 * aside;
    if (cost < least) [best, least] = [i, cost];
  });
  return best;
}
