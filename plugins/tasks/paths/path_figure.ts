/** A path as a figure: the image and its frames with what was asked for and seen, what changed, and how it was made. */

import { type PathRecord, takeRows } from "@countergrade/countergrade";
import {
  type Figure,
  type FigureCell,
  type FigureLine,
  figureSvg,
} from "@countergrade/countergrade/figures";
import { toneDifference } from "@countergrade/countergrade/images";
import type { Verdict } from "../judges/witness.ts";
import { figurePicture } from "../report/figure_picture.ts";
import type { FrameFigures } from "./frames.ts";
import { targetText } from "./targets.ts";

/** What a figure tells beside its pictures. */
export interface PathCaptions {
  /** Of the path. */
  readonly title: string;
  /** What the probe reads in the image. */
  readonly grade: number;
  readonly frames: readonly FrameFigures[];
  /** What the judge says about the image, where there is one. */
  readonly original?: Verdict;
  /** The share of cases in which the bands hold, where there are some. */
  readonly coverage?: number;
  /** Difference of intensity that has the full color. */
  readonly range: number;
  /** How it was made: "pattern on knee64, dpm-solver". */
  readonly making: string;
}

/** Pictures beside the original, at most: of more, some are left out evenly. */
const MOST = 8;

/** The figure as SVG, with its pictures inside. */
export function pathFigure(record: PathRecord, captions: PathCaptions): string {
  return figureSvg(figureOf(record, captions));
}

function figureOf(record: PathRecord, captions: PathCaptions): Figure {
  const { range, coverage, title, making } = captions;
  const count = captions.frames.length;
  const shown = count <= MOST
    ? captions.frames
    : Array.from({ length: MOST }, (_, i) =>
      captions.frames[Math.round(i * (count - 1) / (MOST - 1))]);
  const base = takeRows(record.reconstruction, new Int32Array(count));
  const changes = toneDifference(base, record.frames, { range });
  const original: FigureCell = {
    picture: figurePicture(record.original, 0),
    lines: [
      { text: "the image", tone: "strong" },
      ...readings(captions.grade, captions.original),
    ],
  };
  return {
    title,
    rows: [
      {
        cells: [
          original,
          ...shown.map((frame): FigureCell => ({
            picture: figurePicture(record.frames, captions.frames.indexOf(frame)),
            lines: linesOf(frame),
          })),
        ],
      },
      {
        name: "Difference\nto the\nreconstruction",
        cells: [
          undefined,
          ...shown.map((frame): FigureCell => ({
            picture: figurePicture(changes, captions.frames.indexOf(frame)),
          })),
        ],
      },
    ],
    bar: {
      range,
      label: "intensity of the frame − that of the reconstruction; pictures go from −1 to 1",
    },
    caption: [
      `${title}. Frames are generated; each was encoded again and read by the probe.`,
      making,
      ...shown.some(({ band }) => band !== undefined)
        ? [
          `± as far as a judge reads such frames in ${Math.round(100 * (coverage ?? NaN))} of 100.`,
        ]
        : [],
      "For research, not for diagnosis.",
    ].join(" "),
  };
}

function linesOf(frame: FrameFigures): FigureLine[] {
  const band = frame.band === undefined ? "" : ` ± ${decimal(frame.band)}`;
  const [probe, ...judge] = readings(frame.imageGrade, frame.judge);
  return [
    {
      text: targetText(frame.target as Parameters<typeof targetText>[0]),
      tone: "strong",
    },
    frame.met === false ? { ...probe, tone: "wrong" } : probe,
    ...judge.map(({ text }) => ({ text: text + band })),
    ...band && judge.length === 0 ? [{ text: `judges:${band}` }] : [],
  ];
}

/** What probe and judge see, a line each. */
function readings(grade: number, verdict: Verdict | undefined): FigureLine[] {
  const judge = verdict?.grade !== undefined
    ? `judge: ${decimal(verdict.grade)}`
    : verdict?.probability !== undefined
    ? `judge: ${Math.round(100 * verdict.probability)} %`
    : undefined;
  return [{ text: `probe: ${decimal(grade)}` }, ...judge ? [{ text: judge }] : []];
}

function decimal(value: number): string {
  return value.toFixed(1).replace("-", "−");
}
