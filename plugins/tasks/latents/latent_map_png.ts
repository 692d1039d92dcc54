/** A map of codes as PNG: dots, the path, and a legend of colors with their labels in figures. */

import { type Images, zeros } from "@countergrade/countergrade";
import type { Rgb } from "@countergrade/countergrade/figures";
import { toPng } from "@countergrade/countergrade/images";
import type { Point } from "./latent_map.ts";
import { colorOfLabel, type LatentMap, layout } from "./latent_map_layout.ts";

const BOX = { left: 4, top: 4, size: 472 };
const LEGEND = 500;
const WIDTH = 540;
const HEIGHT = 480;
const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [34, 34, 34];
const PATH: Rgb = [179, 38, 30];

/** Figures of 3 × 5 pixels, one octal digit per row: 7 is a full row. */
const FIGURES = [
  "75557",
  "26227",
  "71747",
  "71717",
  "55711",
  "74717",
  "74757",
  "71111",
  "75757",
  "75717",
];
/** Pixels per pixel of a figure. */
const FIGURE_SCALE = 3;

/** A PNG of 540 × 480 on white. The edited codes of a path are a solid line, those of its images dots alone. */
export function mapPng(map: LatentMap): Uint8Array<ArrayBuffer> {
  const { points, names, path } = map;
  const picture = zeros([1, 3, HEIGHT, WIDTH]);
  picture.data.fill(1);
  const at = layout(map, BOX);
  for (const point of points) {
    disc(picture, at(point), 3.6, WHITE);
    disc(picture, at(point), 3, colorOfLabel(point.label, names));
  }
  if (path) {
    const edited = [path.original, ...path.edited].map(at);
    edited.slice(1).forEach((place, i) => line(picture, edited[i], place));
    for (const place of edited) disc(picture, place, 4, PATH);
    for (const place of path.images.map(at)) {
      disc(picture, place, 4, PATH);
      disc(picture, place, 2.4, WHITE);
    }
  }
  names.forEach((_, label) => {
    const y = 16 + 24 * label;
    disc(picture, { x: LEGEND - 8, y }, 7, colorOfLabel(label, names));
    number(picture, label, LEGEND + 6, y - 2.5 * FIGURE_SCALE);
  });
  return toPng(picture, 0);
}

/** A filled circle; pixels on its edge are mixed by how far they are inside. */
function disc(picture: Images, { x, y }: Point, radius: number, color: Rgb): void {
  for (let row = Math.floor(y - radius); row <= y + radius + 1; row++) {
    for (let column = Math.floor(x - radius); column <= x + radius + 1; column++) {
      const inside = radius + 0.5 - Math.hypot(column - x, row - y);
      paint(picture, column, row, color, Math.min(1, Math.max(0, inside)));
    }
  }
}

/** A line of dots, two to a pixel. */
function line(picture: Images, from: Point, to: Point): void {
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(to.x - from.x, to.y - from.y)));
  for (let k = 0; k <= steps; k++) {
    const t = k / steps;
    disc(picture, { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) }, 0.8, PATH);
  }
}

function number(picture: Images, value: number, left: number, top: number): void {
  [...String(value)].forEach((digit, place) => {
    [...FIGURES[Number(digit)]].forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if (!(Number(bits) & (4 >> column))) continue;
        for (let k = 0; k < FIGURE_SCALE ** 2; k++) {
          const x = left + (4 * place + column) * FIGURE_SCALE + k % FIGURE_SCALE;
          paint(
            picture,
            x,
            Math.round(top) + row * FIGURE_SCALE + Math.floor(k / FIGURE_SCALE),
            INK,
            1,
          );
        }
      }
    });
  });
}

/** Mixes a color into a pixel; outside of the picture nothing happens. */
function paint(picture: Images, column: number, row: number, color: Rgb, share: number): void {
  if (column < 0 || column >= WIDTH || row < 0 || row >= HEIGHT || share === 0) return;
  color.forEach((part, channel) => {
    const at = (channel * HEIGHT + row) * WIDTH + column;
    picture.data[at] += share * (part / 127.5 - 1 - picture.data[at]);
  });
}
