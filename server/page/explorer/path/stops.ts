/** The pictures along a path: those that were asked for, and those that were rendered between them. */

import type { Frame } from "../operations.ts";

/** A rendered picture, and where it lies: 1 is the second frame of the path, 1.25 a quarter of the way to the third. */
export interface Stop {
  readonly place: number;
  readonly frame: Frame;
}

/** The stops in their order. A picture between two frames lies where its own target does. */
export function stopsOf(frames: readonly Frame[], between: readonly Frame[] = []): Stop[] {
  const stops = frames.map((frame) => ({ place: frame.index, frame }));
  const marks = frames.map(markOf);
  if (marks.some((mark, i) => mark === undefined || (i > 0 && mark <= marks[i - 1]!))) return stops;
  for (const frame of between) {
    const mark = markOf(frame);
    const next = marks.findIndex((other) => other! > (mark ?? Infinity));
    if (mark === undefined || next < 1) continue;
    const [low, high] = [marks[next - 1]!, marks[next]!];
    const share = (mark - low) / (high - low);
    if (share > TOO_NEAR) stops.push({ place: frames[next - 1].index + share, frame });
  }
  return stops.sort((a, b) => a.place - b.place);
}

/** Nearer than this to a frame it is that frame. */
const TOO_NEAR = 1e-6;

function markOf({ target }: Frame): number | undefined {
  return target?.grade ?? target?.score ?? undefined;
}

/** The stop that is nearest to a place. */
export function nearestStop(stops: readonly Stop[], place: number): Stop | undefined {
  let nearest: Stop | undefined;
  for (const stop of stops) {
    if (!nearest || Math.abs(stop.place - place) < Math.abs(nearest.place - place)) nearest = stop;
  }
  return nearest;
}
