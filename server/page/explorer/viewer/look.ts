/** How pictures are looked at: side by side or over each other, which part of them, and in which window of intensity. */

/// <reference lib="dom" />

import { computed, signal } from "@preact/signals";

/** What is seen of a frame and what it came from. */
export const MODES = {
  side: "Side by side",
  wipe: "Wipe",
  frame: "Frame",
  difference: "Difference",
};

/** Two pictures beside each other are too small on a phone. */
const narrow = matchMedia("(max-width: 40rem)").matches;

export const mode = signal<keyof typeof MODES>(narrow ? "wipe" : "side");

/** What a frame is compared with. */
export const REFERENCES = { original: "the original", reconstruction: "its reconstruction" };
export const reference = signal<keyof typeof REFERENCES>("original");

/** A part of a picture: so many times larger, around a point in shares of width and height. */
export interface Part {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Part = { zoom: 1, x: 0.5, y: 0.5 };
export const part = signal<Part>(WHOLE);

/** The intensities from black to white; pictures go from −1 to 1. */
export interface Window {
  readonly level: number;
  readonly width: number;
  readonly inverted: boolean;
}

export const ALL: Window = { level: 0, width: 2, inverted: false };
export const intensities = signal<Window>(ALL);

/** Whether pixels blend into each other when they are enlarged. */
export const smooth = signal(true);
/** What dragging over a picture does. */
export const drag = signal<"window" | "move">("window");
/** How much of the frame a wipe shows, from the right, 0 to 1. */
export const wiped = signal(0.5);
/** Whether the reference is shown in the place of the frame, as long as a key is held. */
export const flicker = signal(false);
/** How strongly the difference lies over the frame, 0 to 1. */
export const overlay = signal(0);

/** Differences of intensity that can have the full color; the same for all paths, so that they can be compared. */
export const RANGES = [0.1, 0.2, 0.5, 1, 2];
export const range = signal(0.5);

/** Where the planes of volumes cut each other, in shares of slices, rows and columns; the same for all paths. */
export const crosshair = signal({ slice: 0.5, row: 0.5, column: 0.5 });

/** The pixel under the pointer. */
export const pointed = signal<{ readonly x: number; readonly y: number } | undefined>(undefined);

/** Whether all is as at first. */
export const isUsual = computed(() => part.value === WHOLE && intensities.value === ALL);

/** Shows the whole in its whole range. */
export function reset(): void {
  part.value = WHOLE;
  intensities.value = ALL;
}

/** How much larger a picture can be shown. */
const MOST = 24;

/** Shows more or less of the picture; what lies at a point stays there. */
export function zoomBy(factor: number, at = { x: part.value.x, y: part.value.y }): void {
  const { zoom, x, y } = part.value;
  const next = Math.min(MOST, Math.max(1, zoom * factor));
  if (next === 1) {
    part.value = WHOLE;
    return;
  }
  const share = zoom / next;
  part.value = inside({ zoom: next, x: at.x + (x - at.x) * share, y: at.y + (y - at.y) * share });
}

/** Moves the part by shares of what is seen. */
export function moveBy(dx: number, dy: number): void {
  const { zoom, x, y } = part.value;
  part.value = zoom === 1 ? WHOLE : inside({ zoom, x: x + dx / zoom, y: y + dy / zoom });
}

/** Parts do not reach beyond the picture. */
function inside({ zoom, x, y }: Part): Part {
  const half = 0.5 / zoom;
  const within = (value: number) => Math.min(1 - half, Math.max(half, value));
  return { zoom, x: within(x), y: within(y) };
}

/** The least width of a window, in intensity. */
const NARROWEST = 0.05;

/** Changes the window; dragging to the right widens it, down makes the picture brighter. */
export function changeWindow(wider: number, brighter: number): void {
  const { level, width, inverted } = intensities.value;
  intensities.value = {
    level: Math.min(1, Math.max(-1, level - brighter)),
    width: Math.min(2, Math.max(NARROWEST, width + wider)),
    inverted,
  };
}
