/** The pictures of a path one after the other, forth and back, each with its words: what animations are made of. */

/// <reference lib="dom" />

import type { FigureCell } from "@countergrade/countergrade/figures";

/** A frame of an animation, and how long it is shown, in ms. */
export interface Shot {
  readonly image: ImageData;
  readonly delay: number;
}

/** The side of the picture and the height of the words below it, px; even, as videos want it. */
const [SIDE, WORDS] = [384, 48];
/** How long a picture is shown, and one at an end, in ms. */
const [STEP, REST] = [140, 900];

/** Draws the shots. @throws {TypeError} Where a picture cannot be drawn. */
export async function shotsOf(cells: readonly FigureCell[], smooth: boolean): Promise<Shot[]> {
  const shots: Shot[] = [];
  for (const [i, cell] of cells.entries()) {
    const isEnd = i === 0 || i === cells.length - 1;
    shots.push({ image: await drawn(cell, smooth), delay: isEnd ? REST : STEP });
  }
  return [...shots, ...shots.slice(1, -1).reverse()];
}

async function drawn({ picture, lines = [] }: FigureCell, smooth: boolean): Promise<ImageData> {
  const image = new Image();
  image.src = picture.href;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = 2 * Math.round(SIDE * picture.height / picture.width / 2) + WORDS;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingEnabled = smooth;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, SIDE, canvas.height - WORDS);
  context.fillStyle = "#1f2328";
  context.font = "bold 18px Helvetica, Arial, sans-serif";
  context.fillText(lines[0]?.text ?? "", 8, canvas.height - WORDS + 20);
  context.font = "15px Helvetica, Arial, sans-serif";
  const rest = lines.slice(1).map(({ text }) => text).join(" · ");
  context.fillText(rest, 8, canvas.height - WORDS + 40, SIDE - 16);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
