/** The picture of a path: its frames with their grades, and what changed. */

import type { Dataset } from "@countergrade/countergrade";
import { ofPng } from "@countergrade/countergrade/images";
import { type FigureLine, type FigurePicture, figureSvg } from "@countergrade/countergrade/figures";
import type { ShownFrame, ShownPath } from "./shown_path.ts";

/** A grade that is missed by more than this is written in red. */
export const MISSED = 0.5;

/**
 * Draws a path as SVG: the image as the model rebuilds it, the frames, and their differences from it.
 *
 * @param eyes In whose a frame can miss its grade.
 */
export function sheet(
  path: ShownPath,
  dataset: Dataset,
  eyes: "image" | "judge" = "image",
): string {
  const { names } = dataset.scale;
  const [, , height, width] = ofPng(path.rebuilt).shape;
  const picture = (png: Uint8Array): FigurePicture => ({
    href: `data:image/png;base64,${png.toBase64()}`,
    width,
    height,
  });
  const measurement = dataset.measurements?.[0];
  return figureSvg({
    title: `Image ${path.index} of ${dataset.id}, labeled ${names[path.label]}`,
    rows: [
      {
        cells: [
          {
            picture: picture(path.rebuilt),
            lines: [
              { text: "rebuilt", tone: "strong" },
              { text: `labeled ${shortName(names[path.label])}` },
              ...judgeLine(path.rebuiltJudge),
            ],
          },
          ...path.frames.map((frame, i) => ({
            picture: picture(path.pictures[i]),
            lines: linesOf(frame, names, eyes, measurement && shortName(measurement.name)),
          })),
        ],
      },
      {
        name: "Change",
        cells: [undefined, ...path.changes.map((png) => ({ picture: picture(png) }))],
      },
    ],
    bar: { range: path.range, label: "intensity of the frame − that of the rebuilt image" },
  });
}

function linesOf(
  frame: ShownFrame,
  names: readonly string[],
  eyes: "image" | "judge",
  measured?: string,
): FigureLine[] {
  const missed = Math.abs(frame[eyes]! - frame.asked) > MISSED;
  const wrong = (who: string) => missed && who === eyes ? { tone: "wrong" as const } : {};
  return [
    { text: shortName(names[frame.asked]), tone: "strong" },
    { text: `probe: ${decimal(frame.image, 1)}`, ...wrong("image") },
    ...judgeLine(frame.judge).map((line) => ({ ...line, ...wrong("judge") })),
    ...frame.beyond === undefined
      ? []
      : [{ text: `beyond: ${Math.round(100 * frame.beyond)} %`, tone: "quiet" as const }],
    ...measured === undefined || frame.measured === undefined ? [] : [{
      text: `${measured}: ${frame.measured === null ? "–" : decimal(frame.measured, 3)}`,
      tone: "quiet" as const,
    }],
  ];
}

function judgeLine(grade: number | undefined): FigureLine[] {
  return grade === undefined ? [] : [{ text: `judge: ${decimal(grade, 1)}` }];
}

/** Without what stands in brackets; `jointSpaceWidth` as "joint space". */
function shortName(name: string): string {
  return name.replace(/\s*\(.*\)/, "").replace(/Width$/, "")
    .replace(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=[0.]+$)/, "").replace("-", "−");
}
