/** Paths of several editors as one picture: a row for each, all beginning with the reconstruction. */

import { concatRows, type Images, type Target } from "@countergrade/countergrade";
import { strip, toneDifference, toPng } from "@countergrade/countergrade/images";
import type { z } from "zod";
import { escaped } from "../../report/escaped.ts";
import type { ComparedSchema, EditedImage } from "./comparison.ts";
import { differencesOf } from "../differences.ts";
import { targetText } from "../targets.ts";

/** A PNG with a row per path: the reconstruction, then the frames. */
export function comparisonPicture(paths: readonly EditedImage[]): Uint8Array<ArrayBuffer> {
  return strip(
    concatRows(paths.flatMap(({ path: { record } }) => [record.reconstruction, record.frames])),
    { columns: columnsOf(paths) },
  );
}

/** The same as heat maps with one range for all. */
export function comparisonDifferences(paths: readonly EditedImage[]) {
  const range = Math.max(...paths.map(({ path }) => differencesOf(path.record).range));
  const maps = paths.flatMap(({ path: { record: { reconstruction, frames } } }) => [
    toneDifference(reconstruction, reconstruction, { range }),
    toneDifference(reconstruction, frames, { range }),
  ]);
  return { heatMaps: strip(concatRows(maps), { columns: columnsOf(paths) }), range };
}

function columnsOf([{ frames }]: readonly EditedImage[]): number {
  return 1 + frames.length;
}

const CELL = 96;
const GAP = 6;
const LEFT = 150;
const HEAD = 24;
/** Room for the grade below a cell. */
const FOOT = 18;

/** An SVG of the picture with the names of editors and targets, the share that arrives, and the grade of each image. */
export function comparisonSvg(
  paths: readonly EditedImage[],
  targets: readonly Target[],
  editors: readonly z.infer<typeof ComparedSchema>[],
): string {
  const width = LEFT + columnsOf(paths) * (CELL + GAP);
  const height = HEAD + paths.length * (CELL + FOOT + GAP);
  const text = (x: number, y: number, words: string, more = 'text-anchor="middle"') =>
    `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;
  const left = (column: number) => LEFT + column * (CELL + GAP);
  const picture = (images: Images, i: number, x: number, y: number) =>
    `<image x="${x}" y="${y}" width="${CELL}" height="${CELL}" style="image-rendering:pixelated" ` +
    `href="data:image/png;base64,${toPng(images, i).toBase64()}"/>`;
  const head = ["reconstruction", ...targets.map(targetText)]
    .map((words, column) => text(left(column) + CELL / 2, 16, words));
  const body = paths.flatMap(({ editor, image, path: { record, reconstructed }, frames }, line) => {
    const y = HEAD + line * (CELL + FOOT + GAP);
    const { editor: name, arrived } = editors[editor];
    const cell = (images: Images, i: number, column: number, grade: number) => [
      picture(images, i, left(column), y),
      text(left(column) + CELL / 2, y + CELL + 13, grade.toFixed(2)),
    ];
    return [
      text(8, y + 20, name, 'font-weight="bold"'),
      text(8, y + 38, image, ""),
      ...(arrived === undefined
        ? []
        : [text(8, y + 56, `${Math.round(100 * arrived)} % arrives`, "")]),
      text(8, y + CELL + 13, "grade of the image", 'fill="#555"'),
      ...cell(record.reconstruction, 0, 0, reconstructed.grade[0]),
      ...frames.flatMap(({ imageGrade }, i) => cell(record.frames, i, i + 1, imageGrade)),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="sans-serif" font-size="12">`,
    `<title>Paths of several editors</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...head,
    ...body,
    "</svg>\n",
  ].join("\n");
}
