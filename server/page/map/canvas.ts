/** Drawing the points of a map. */

/// <reference lib="dom" />

import type { Place } from "./operations.ts";

/** Points look smaller where there are many. */
function radiusFor(count: number): number {
  return count > 4000 ? 2.5 : count > 1000 ? 3.2 : 4.2;
}

/** Draws points in the colors of the legend, whose chips the style sheet has colored. */
export function drawPoints(
  canvas: HTMLCanvasElement,
  places: readonly (Place | undefined)[],
  groups: readonly number[],
  width: number,
  height: number,
): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  const chips = [...document.querySelectorAll(".map-legend .chip")];
  const colors = chips.map((chip) => getComputedStyle(chip).backgroundColor);
  const radius = radiusFor(places.length);
  context.strokeStyle = getComputedStyle(canvas).backgroundColor;
  context.lineWidth = 0.75;
  context.globalAlpha = 0.9;
  places.forEach((place, i) => {
    if (!place) return;
    context.fillStyle = colors[groups[i]] ?? "gray";
    context.beginPath();
    context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  });
}
