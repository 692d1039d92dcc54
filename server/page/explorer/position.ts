/** Where on the path the eye rests: between two frames while it moves, on a frame when it rests. */

/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";

/** From 0 to the index of the last frame; 1.5 is halfway between the second and the third. */
export const position = signal(0);
/** The frame that is nearest. */
export const frameIndex = computed(() => Math.round(position.value));

/** How long a move takes, in ms. */
const DURATION = 320;

let moving = 0;

/** Moves to a frame, gently where the user does not mind motion. */
export function goTo(target: number): void {
  cancelAnimationFrame(moving);
  const from = position.value;
  if (from === target || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    position.value = target;
    return;
  }
  let start: number | undefined;
  const draw = (now: number) => {
    start ??= now;
    const t = Math.min(1, (now - start) / DURATION);
    // Slow at both ends.
    position.value = t < 1 ? from + (target - from) * t * t * (3 - 2 * t) : target;
    if (t < 1) moving = requestAnimationFrame(draw);
  };
  moving = requestAnimationFrame(draw);
}

/** Is at a place at once, as while a finger drags. */
export function jumpTo(place: number): void {
  cancelAnimationFrame(moving);
  position.value = place;
}
