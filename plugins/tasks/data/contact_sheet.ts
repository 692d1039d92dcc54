/** A contact sheet: some images of every grade, a row for each. */

import {
  concatRows,
  type Dataset,
  type Images,
  type Random,
  zeros,
} from "@countergrade/countergrade";
import { asPictures, resize, strip } from "@countergrade/countergrade/images";
import type { Place, SplitSurvey } from "./dataset_survey.ts";

/** A row of the sheet. */
export interface ContactRow {
  readonly label: number;
  readonly name: string;
  /** From left to right. */
  readonly images: readonly Place[];
}

/** Rows that a sheet has at most. */
const MOST_ROWS = 40;
/** The longer side of an image on the sheet, px, at most; small images are enlarged while they stay below the second. */
const MOST_SIDE = 96;
const SMALL_SIDE = 64;

/** Draws up to `columns` images of each grade that has any, from all splits alike, in the order of the scale. */
export function chooseContacts(
  dataset: Dataset,
  splits: readonly SplitSurvey[],
  columns: number,
  random: Random,
): ContactRow[] {
  const { names } = dataset.scale;
  const places = names.map((): Place[] => []);
  for (const { split, labels } of splits) {
    labels.forEach((label, index) => places[label].push({ split, index }));
  }
  return places.flatMap((found, label) => {
    if (!found.length) return [];
    const order = random.fork("contact", label).permutation(found.length).subarray(0, columns);
    return [{ label, name: names[label], images: Array.from(order, (i) => found[i]) }];
  }).slice(0, MOST_ROWS);
}

/** The sheet as PNG: the rows from the top, white where a grade has fewer images than `columns`. */
export async function contactSheet(
  dataset: Dataset,
  rows: readonly ContactRow[],
  columns: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // Of volumes their middle planes.
  const { shape: [, channels, h, w] } = asPictures(zeros([1, ...dataset.imageShape]));
  const side = Math.max(h, w);
  const scale = side > MOST_SIDE ? MOST_SIDE / side : Math.max(1, Math.floor(SMALL_SIDE / side));
  const [height, width] = [h, w].map((side) => Math.max(1, Math.round(side * scale)));
  const blank = zeros([1, channels, height, width]);
  blank.data.fill(1);
  const cells: Images[] = [];
  for (const { images } of rows) {
    for (const { split, index } of images) {
      const { images } = await dataset.get(split, [index]);
      cells.push(resize(asPictures(images), height, width));
    }
    for (let i = images.length; i < columns; i++) cells.push(blank);
  }
  return strip(concatRows(cells), { columns });
}
