/** What was measured in the frames, as a picture beside what the probe says about them. */

import type { Measurement } from "@countergrade/countergrade";
import {
  type Axis,
  chart,
  gradeAxis,
  type Mark,
  numberAxis,
  type Panel,
  rangeOf,
} from "../report/chart_svg.ts";
import { meansBy } from "./svg.ts";
import type { MeasuredFrame } from "./measurements.ts";

/** Two panels: what was measured against the requested grade, and against the grade of the re-encoded image. */
export function measurementPlot(
  { name, unit, grade }: Measurement,
  frames: readonly MeasuredFrame[],
): string {
  const measured = frames.map((frame) => grade ? frame.grade : frame.value);
  const targets = frames.map(({ targetGrade }) => targetGrade);
  const shown = frames.map(({ imageGrade }) => imageGrade);
  const y: Axis = grade
    ? gradeAxis(`grade by ${name}`, [...measured, ...targets])
    : numberAxis(`${name}, ${unit}`, measured);
  const panel = (title: string, label: string, values: readonly number[]): Panel => {
    const ends = rangeOf(values);
    return {
      title,
      x: gradeAxis(label, values),
      y,
      marks: [
        ...values.map((value, i): Mark => ({
          dot: [value, measured[i]],
          tone: "first",
          faint: true,
        })),
        ...grade ? [{ line: ends.map((end) => [end, end]), tone: "guide" } as Mark] : [],
      ],
    };
  };
  const asked = panel("Measured against requested", "requested grade", targets);
  return chart(`${name} measured in ${frames.length} frames`, [
    {
      ...asked,
      marks: [...asked.marks, { line: meansBy(targets, measured), tone: "second" }],
      notes: [`${frames.length} frames; red: mean${grade ? ", dashed: equal" : ""}`],
    },
    panel("Measured against re-encoded", "grade of the rendered image, encoded again", shown),
  ]);
}
