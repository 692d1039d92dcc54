/** Where on the path the eye rests, the same place for all paths that are shown. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";

/** From 0, the first frame, to 1, the last. */
export const along = signal(0);

/** How long a move takes, in ms. */
const DURATION = 320;

let moving = 0;

/** Moves to a place, gently where the user does not mind motion. */
export function goTo(target: number): void {
  cancelAnimationFrame(moving);
  const from = along.value;
  if (from === target || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    along.value = target;
    return;
  }
  let start: number | undefined;
  const draw = (now: number) => {
    start ??= now;
    const t = Math.min(1, (now - start) / DURATION);
    // Slow at both ends.
    along.value = t < 1 ? from + (target - from) * t * t * (3 - 2 * t) : target;
    if (t < 1) moving = requestAnimationFrame(draw);
  };
  moving = requestAnimationFrame(draw);
}

/** Is at a place at once, as while a finger drags. */
export function jumpTo(place: number): void {
  cancelAnimationFrame(moving);
  along.value = place;
}
