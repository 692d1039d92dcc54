/** A path as one picture to read: the image and its frames side by side, below each what was asked for and what was seen. */

import { type Images, type PathRecord, row } from "@countergrade/countergrade";
import type { Verdict } from "../judges/witness.ts";
import { escaped } from "../report/escaped.ts";
import { pngData } from "../report/png_data.ts";
import type { FrameFigures } from "./frames.ts";
import { targetText } from "./targets.ts";

/** What a strip tells below its pictures. */
export interface StripCaptions {
  /** What the probe reads in the image. */
  readonly grade: number;
  readonly frames: readonly FrameFigures[];
  /** What the judge says about the image, where there is one. */
  readonly original?: Verdict;
  /** The share of cases in which the bands hold, where there are some. */
  readonly coverage?: number;
}

/** The least width of a picture: captions need it, px. */
const LEAST = 120;
const GAP = 8;
const LINE = 15;
const MARGIN = 10;

/** Colors with a contrast of at least 4.5 on their paper. */
const STYLE = [
  "text{font:12px system-ui,sans-serif;fill:#1f2328}.asked{font-weight:600}.paper{fill:#fff}",
  "image{image-rendering:pixelated}",
  "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}}",
].join("");

/** The strip as an SVG with its pictures inside. */
export function stripSvg({ original, frames }: PathRecord, captions: StripCaptions): string {
  const [, , h, w] = original.shape;
  const size = { width: Math.max(LEAST, w), height: Math.round(h * Math.max(LEAST, w) / w) };
  const columns = [
    { picture: original, lines: ["the image", ...readings(captions.grade, captions.original)] },
    ...captions.frames.map((frame, i) => ({
      picture: row(frames, i),
      lines: [
        targetText(frame.target as Parameters<typeof targetText>[0]),
        ...readings(frame.imageGrade, frame.judge),
        ...frame.band === undefined ? [] : [bandLine(frame.band, captions.coverage ?? NaN)],
      ],
    })),
  ];
  const most = Math.max(...columns.map(({ lines }) => lines.length));
  const width = 2 * MARGIN + columns.length * (size.width + GAP) - GAP;
  const height = 2 * MARGIN + size.height + most * LINE + GAP / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(`An image at ${captions.frames.length} targets`)}</title>`,
    `<style>${STYLE}</style><rect class="paper" width="100%" height="100%"/>`,
    ...columns.map(({ picture, lines }, i) =>
      column(picture, lines, MARGIN + i * (size.width + GAP), size)
    ),
    "</svg>\n",
  ].join("\n");
}

function column(
  picture: Images,
  lines: readonly string[],
  x: number,
  { width, height }: { width: number; height: number },
): string {
  const texts = lines.map((line, i) =>
    `<text${i === 0 ? ' class="asked"' : ""} x="${x}" y="${MARGIN + height + (i + 1) * LINE}">${
      escaped(line)
    }</text>`
  );
  return `<image x="${x}" y="${MARGIN}" width="${width}" height="${height}" href="${
    pngData(picture)
  }"/>${texts.join("")}`;
}

/** What probe and judge see, a line each. */
function readings(grade: number, verdict: Verdict | undefined): string[] {
  const judge = verdict?.grade !== undefined
    ? `judge: ${decimal(verdict.grade)}`
    : verdict?.probability !== undefined
    ? `judge: ${Math.round(100 * verdict.probability)} %`
    : undefined;
  return [`probe: ${decimal(grade)}`, ...judge ? [judge] : []];
}

function bandLine(width: number, coverage: number): string {
  return `± ${decimal(width)} in ${Math.round(100 * coverage)} of 100`;
}

function decimal(value: number): string {
  return value.toFixed(1).replace("-", "−");
}
