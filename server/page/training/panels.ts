/** Which figures of a training belong into one chart, and what they are called there. */

import { inWords } from "../shared/words.ts";
import { type Curve, smoothed } from "./curve.ts";

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly curve: Curve;
  /** Which of the colors; a faint line is the one that another smooths. */
  readonly tone: "main" | "second" | "third";
  readonly faint?: boolean;
  /** Few points, each worth a mark. */
  readonly marked?: boolean;
}

/** A chart. */
export interface Panel {
  readonly title: string;
  readonly about?: string;
  readonly lines: readonly Line[];
}

const TONES = ["main", "second", "third"] as const;

/** A line per time, of figures called by it. */
function byTime(curves: Readonly<Record<string, Curve>>, before: string): Line[] {
  return Object.entries(curves).filter(([name]) => name.startsWith(before)).map((
    [name, curve],
    i,
  ) => ({
    name: `t = ${name.slice(before.length)}`,
    curve,
    tone: TONES[i % TONES.length],
    marked: true,
  }));
}

/** The charts of a training's curves; a figure that nobody foresaw gets one of its own. */
export function panelsOf(curves: Readonly<Record<string, Curve>>): Panel[] {
  const { loss, smoothLoss, validationLoss } = curves;
  const lossLines: Line[] = [
    ...(loss ? [{ name: "Each step", curve: loss, tone: "main" as const, faint: true }] : []),
    ...(loss || smoothLoss
      ? [{ name: "Smoothed", curve: smoothLoss ?? smoothed(loss), tone: "main" as const }]
      : []),
    ...(validationLoss
      ? [{
        name: "Validation",
        curve: validationLoss,
        tone: "second" as const,
        marked: true,
      }]
      : []),
  ];
  const panels: Panel[] = [
    { title: "Loss", lines: lossLines },
    {
      title: "Use of z",
      about: "Error with another image’s code over that with the own code. At 1 the code is " +
        "ignored, and edits will show nothing.",
      lines: byTime(curves, "zUse"),
    },
    {
      title: "Error of the predicted image",
      about: "Mean square error of x₀ at three times, on held-out images.",
      lines: byTime(curves, "x0Error"),
    },
  ];
  const known = /^(loss|smoothLoss|validationLoss|zUse\d+|x0Error\d+)$/;
  const others = Object.entries(curves).filter(([name]) => !known.test(name)).map((
    [name, curve],
  ): Panel => ({
    title: inWords(name),
    lines: [{ name: inWords(name), curve, tone: "main", marked: curve.length < 40 }],
  }));
  return [...panels, ...others].filter(({ lines }) => lines.length);
}
