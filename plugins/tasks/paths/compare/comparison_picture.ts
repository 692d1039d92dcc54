/** Paths of several editors as one picture: a row for each, all beginning with the reconstruction. */

import { concatRows, type Images, type Target } from "@countergrade/countergrade";
import { type FigureCell, type FigureRow, figureSvg } from "@countergrade/countergrade/figures";
import { strip, toneDifference } from "@countergrade/countergrade/images";
import type { z } from "zod";
import { figurePicture } from "../../report/figure_picture.ts";
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

/** The picture as a figure, with the names of editors and targets, the share that arrives, and the grade of each image. */
export function comparisonFigure(
  paths: readonly EditedImage[],
  targets: readonly Target[],
  editors: readonly z.infer<typeof ComparedSchema>[],
): string {
  const rows = paths.map(
    ({ editor, image, path: { record, reconstructed }, frames }): FigureRow => {
      const { editor: name, arrived } = editors[editor];
      const cell = (images: Images, i: number, title: string, grade: number): FigureCell => ({
        picture: figurePicture(images, i),
        lines: [{ text: title, tone: "strong" }, { text: `read ${grade.toFixed(2)}` }],
      });
      return {
        name: [
          name,
          image,
          ...arrived === undefined ? [] : [`${Math.round(100 * arrived)} % arrives`],
        ].join("\n"),
        cells: [
          cell(record.reconstruction, 0, "reconstruction", reconstructed.grade[0]),
          ...frames.map(({ imageGrade }, i) =>
            cell(record.frames, i, targetText(targets[i]), imageGrade)
          ),
        ],
      };
    },
  );
  return figureSvg({
    title: "Paths of several editors",
    rows,
    caption:
      "Frames are generated. “Read” is the grade of a picture, encoded again; what arrives is the share of the requested change that the picture has. For research, not for diagnosis.",
  });
}
