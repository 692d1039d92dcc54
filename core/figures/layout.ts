/** Where everything of a figure lies: a few kinds of marks, which every kind of file can draw. */

import { colorAt, DIVERGING, type Rgb } from "./color.ts";
import type { Figure, FigureCell, FigureLine, FigureLook, FigurePicture } from "./figure.ts";
import { cutText, textWidth, wrapText } from "./text_width.ts";

/** Words, from their left end on the line that letters stand on. */
export interface TextMark {
  readonly kind: "text";
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly bold: boolean;
  readonly color: Rgb;
}

/** A picture, from its upper left corner. */
export interface PictureMark {
  readonly kind: "picture";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly picture: FigurePicture;
}

/** A filled rectangle. */
export interface BoxMark {
  readonly kind: "box";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly color: Rgb;
}

/** Something to draw; lengths in px of 1/96 inch, y downwards. */
export type Mark = TextMark | PictureMark | BoxMark;

/** A figure as marks. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

const [MARGIN, GAP, LINE, SIZE, SMALL] = [8, 6, 13, 10, 9];
/** Steps of the bar of colors. */
const STEPS = 41;
const COLORS: Record<NonNullable<FigureLine["tone"]> | "plain", Rgb> = {
  plain: [31, 35, 40],
  strong: [31, 35, 40],
  quiet: [89, 99, 110],
  wrong: [179, 38, 30],
};

/** Lays out a figure. */
export function layoutOf(
  { rows, bar, caption, link }: Figure,
  { width = 680, cell: most = 128 }: FigureLook = {},
): Layout {
  const columns = Math.max(1, ...rows.map(({ cells }) => cells.length));
  const names = rows.flatMap(({ name }) => name?.split("\n") ?? []);
  const left = names.length
    ? MARGIN + Math.min(110, Math.max(...names.map((name) => textWidth(name, SIZE)))) + 2 * GAP
    : MARGIN;
  const side = Math.min(most, (width - left - MARGIN + GAP) / columns - GAP);
  const marks: Mark[] = [];
  const write = (text: string, x: number, y: number, tone: keyof typeof COLORS, size = SIZE) =>
    marks.push({ kind: "text", x, y, text, size, bold: tone === "strong", color: COLORS[tone] });
  let y = MARGIN;
  for (const { name, cells } of rows) {
    const height = Math.max(0, ...cells.map((cell) => cell ? heightOf(cell, side) : 0));
    name?.split("\n").forEach((text, i) =>
      write(
        cutText(text, SIZE, left - MARGIN - GAP),
        MARGIN,
        y + SIZE + i * LINE,
        i ? "quiet" : "strong",
      )
    );
    cells.forEach((cell, column) => {
      if (!cell) return;
      const x = left + column * (side + GAP);
      const { picture } = cell;
      marks.push({ kind: "picture", x, y, width: side, height: heightOf(cell, side), picture });
      cell.lines?.forEach(({ text, tone }, i) =>
        write(cutText(text, SIZE, side), x, y + height + (i + 1) * LINE - 2, tone ?? "plain")
      );
    });
    const lines = Math.max(0, ...cells.map((cell) => cell?.lines?.length ?? 0));
    y += height + lines * LINE + GAP;
  }
  if (bar) {
    marks.push(...barOf(left, y));
    write(`−${bar.range}`, left, y + 22, "quiet", SMALL);
    write(`+${bar.range}`, left + 120 - textWidth(`+${bar.range}`, SMALL), y + 22, "quiet", SMALL);
    write(bar.label, left + 130, y + 8, "quiet", SMALL);
    y += 30;
  }
  const words = [...caption ? [caption] : [], ...link ? [link] : []].join("\n");
  for (const line of words ? wrapText(words, SMALL, width - 2 * MARGIN) : []) {
    y += LINE;
    write(line, MARGIN, y, "plain", SMALL);
  }
  const right = left + Math.max(
    columns * (side + GAP) - GAP,
    bar ? 130 + textWidth(bar.label, SMALL) : 0,
  );
  return { width: words ? width : right + MARGIN, height: Math.ceil(y + MARGIN), marks };
}

function heightOf({ picture: { width, height } }: FigureCell, side: number): number {
  return side * height / width;
}

function barOf(left: number, top: number): BoxMark[] {
  const width = 120 / STEPS;
  return Array.from({ length: STEPS }, (_, i) => ({
    kind: "box" as const,
    x: left + i * width,
    y: top,
    // A hair wider, so that no paper shines through between two.
    width: width + 0.3,
    height: 10,
    color: colorAt(DIVERGING, i / (STEPS - 1)),
  }));
}
