/** The picture of a walk: frames there and back with their grades, and what changed. */

import { type Dataset, type LabelScale, takeRows } from "@countergrade/countergrade";
import { toneDifference } from "@countergrade/countergrade/images";
import { Canvas, type Color, LINE } from "./canvas.ts";
import { measurementOf, type Walk, type Way } from "./walk.ts";

/** Frames are enlarged by a whole factor to about this width, px. */
const FRAME_WIDTH = 128;
const GAP = 6;
/** Room for the names of the rows, px. */
const MARGIN = 102;
/** A grade that is missed by more than this is written in red. */
export const MISSED = 0.5;
const RED: Color = [190, 20, 20];
const BLACK: Color = [0, 0, 0];
const GRAY: Color = [110, 110, 110];

/** Draws a walk as a PNG: the way there, its differences from the reconstruction, the way back. */
export function sheet({ there, back }: Walk, dataset: Dataset): Uint8Array<ArrayBuffer> {
  const [, height, width] = dataset.imageShape;
  const zoom = Math.max(1, Math.round(FRAME_WIDTH / width));
  const [w, h] = [width * zoom, height * zoom];
  const lines = measurementOf(dataset) ? 4 : 3;
  const block = h + lines * LINE + 2 * GAP;
  const canvas = new Canvas(
    MARGIN + there.grades.length * (w + GAP),
    2 * block + (h + GAP) + GAP,
  );
  drawWay(canvas, there, dataset, { top: GAP, zoom, name: "THERE" });
  const n = there.grades.length;
  const differences = toneDifference(
    takeRows(there.reconstruction, new Int32Array(n)),
    there.frames,
  );
  const middle = GAP + block;
  canvas.text("CHANGE", GAP, middle + h / 2 - 3, GRAY);
  there.grades.forEach((_, i) =>
    canvas.image(differences, i, MARGIN + i * (w + GAP), middle, zoom)
  );
  drawWay(canvas, back, dataset, { top: middle + h + GAP, zoom, name: "AND BACK" });
  return canvas.png();
}

interface Place {
  readonly top: number;
  readonly zoom: number;
  readonly name: string;
}

function drawWay(canvas: Canvas, way: Way, dataset: Dataset, { top, zoom, name }: Place): void {
  const [, height, width] = dataset.imageShape;
  const [w, h] = [width * zoom, height * zoom];
  canvas.text(name, GAP, top + h / 2 - 3, GRAY);
  const measurement = measurementOf(dataset);
  const texts = ["ASKED", "CODE", "IMAGE", ...measurement ? [shortName(measurement.name)] : []];
  texts.forEach((text, k) => canvas.text(text, GAP, top + h + GAP + k * LINE, GRAY));
  way.grades.forEach((grade, i) => {
    const left = MARGIN + i * (w + GAP);
    canvas.image(way.frames, i, left, top, zoom);
    const missed = Math.abs(way.imageGrades[i] - grade) > MISSED;
    const figures: [string, Color][] = [
      [nameOf(dataset.scale, grade), BLACK],
      [shown(way.latentGrades[i], 2), BLACK],
      [shown(way.imageGrades[i], 2), missed ? RED : BLACK],
      ...way.measured ? [[shown(way.measured[i], 3), BLACK] as [string, Color]] : [],
    ];
    figures.forEach(([text, color], k) =>
      canvas.text(text, left, top + h + GAP + k * LINE, color, w)
    );
  });
}

/** A label's name without what stands in brackets. */
function nameOf({ names }: LabelScale, grade: number): string {
  return names[grade].replace(/\s*\(.*\)/, "");
}

/** `heightLoss` as "HEIGHT LOSS"; with `Width` at the end left out, to fit. */
function shortName(name: string): string {
  return name.replace(/Width$/, "").replace(/([A-Z])/g, " $1").toUpperCase();
}

/** A number of so many digits behind the point; never a negative zero. */
function shown(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace(/^-(?=[0.]+$)/, "") : "-";
}
