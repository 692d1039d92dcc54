/** An evaluation as a picture: requested against measured grade. */

import type { LabelScale } from "@countergrade/countergrade";
import type { EvaluatedPath } from "./evaluation.ts";

const WIDTH = 480;
const HEIGHT = 420;
const MARGIN = { left: 56, right: 16, top: 16, bottom: 48 };
/** Grades beyond the outermost target and frame. */
const PAD = 0.3;

/**
 * An SVG of 480 × 420: a thin line per path, a dot per frame, the mean over paths as a thick line, and the diagonal on which every frame
 * would lie if its image had the grade that was asked for.
 */
export function evaluationPlot(paths: readonly EvaluatedPath[], scale: LabelScale): string {
  const frames = paths.flatMap((path) => path.frames);
  const targets = frames.map(({ targetGrade }) => targetGrade);
  const x = axis(targets, MARGIN.left, WIDTH - MARGIN.right);
  const y = axis(
    [...targets, ...frames.map(({ imageGrade }) => imageGrade)],
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const points = (all: readonly { targetGrade: number; imageGrade: number }[]) =>
    all.map(({ targetGrade, imageGrade }) => `${x.at(targetGrade)},${y.at(imageGrade)}`).join(" ");
  const ends = [Math.min(...targets), Math.max(...targets)]
    .map((grade) => ({ targetGrade: grade, imageGrade: grade }));
  const line = (list: string, style: string) => `<polyline points="${list}" fill="none" ${style}/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="12">`,
    `<title>Requested and measured grade of ${frames.length} frames</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...x.ticks.map((grade) =>
      `<text x="${x.at(grade)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${
        name(grade, scale)
      }</text>`
    ),
    ...y.ticks.map((grade) =>
      line(
        `${MARGIN.left},${y.at(grade)} ${WIDTH - MARGIN.right},${y.at(grade)}`,
        'stroke="#e3e3e3"',
      ) +
      `<text x="${MARGIN.left - 8}" y="${y.at(grade) + 4}" text-anchor="end">${grade}</text>`
    ),
    ...paths.map((path) => line(points(path.frames), 'stroke="#3b6ea5" stroke-opacity="0.2"')),
    ...frames.map(({ targetGrade, imageGrade }) =>
      `<circle cx="${x.at(targetGrade)}" cy="${
        y.at(imageGrade)
      }" r="2.5" fill="#3b6ea5" fill-opacity="0.5"/>`
    ),
    line(points(ends), 'stroke="#777" stroke-dasharray="5 4"'),
    line(points(means(frames)), 'stroke="#b3372f" stroke-width="2.5"'),
    `<text x="${(MARGIN.left + WIDTH) / 2}" y="${
      HEIGHT - 8
    }" text-anchor="middle">requested grade</text>`,
    `<text transform="translate(14 ${
      HEIGHT / 2
    }) rotate(-90)" text-anchor="middle">measured grade</text>`,
    "</svg>\n",
  ].join("\n");
}

/** From grades to pixels, with a tick at every whole grade, or every few of many. */
function axis(grades: readonly number[], from: number, to: number) {
  const low = grades.reduce((a, b) => Math.min(a, b)) - PAD;
  const high = grades.reduce((a, b) => Math.max(a, b)) + PAD;
  const every = Math.ceil((high - low) / 10);
  const first = Math.ceil(low);
  return {
    at: (grade: number) =>
      Math.round(10 * (from + (to - from) * (grade - low) / (high - low))) / 10,
    ticks: Array.from(
      { length: Math.floor((high - first) / every) + 1 },
      (_, i) => first + i * every,
    ),
  };
}

/** The mean measured grade at every requested one, from low to high. */
function means(frames: readonly { targetGrade: number; imageGrade: number }[]) {
  const grades = [...new Set(frames.map(({ targetGrade }) => targetGrade))].sort((a, b) => a - b);
  return grades.map((targetGrade) => {
    const all = frames.filter((frame) => frame.targetGrade === targetGrade);
    const imageGrade = all.reduce((sum, frame) => sum + frame.imageGrade, 0) / all.length;
    return { targetGrade, imageGrade };
  });
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** The grade with its name, where it has a short one. */
function name(grade: number, { names }: LabelScale): string {
  const given = names[grade];
  const short = given !== undefined && given !== String(grade) && given.length <= 10;
  return (short ? `${grade} ${given}` : String(grade)).replace(/[&<>"]/g, (c) => ESCAPES[c]);
}
