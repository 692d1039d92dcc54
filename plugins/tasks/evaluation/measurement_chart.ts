/** What was measured in the frames, as a picture beside what the probe says about them. */

import type { Measurement } from "@countergrade/countergrade";
import { gradeAxis, numberAxis, rangeOf } from "../report/axes.ts";
import { chart, type Panel } from "../report/chart.ts";
import { faintDots, line, type Point } from "../report/marks.ts";
import { meansBy } from "./charts.ts";
import type { MeasuredFrame } from "./measurements.ts";

/** Two panels: what was measured against the requested grade, and against the grade of the re-encoded image. */
export function measurementChart(
  { name, unit, grade }: Measurement,
  frames: readonly MeasuredFrame[],
): string {
  const measured = frames.map((frame) => grade ? frame.grade : frame.value);
  const targets = frames.map(({ targetGrade }) => targetGrade);
  const shown = frames.map(({ imageGrade }) => imageGrade);
  const y = grade
    ? gradeAxis(`grade by ${name}`, [...measured, ...targets])
    : numberAxis(`${name}, ${unit}`, measured);
  const against = (grades: readonly number[]) =>
    grades.map((grade, i): Point => [grade, measured[i]]);
  const panel = (heading: string, label: string, grades: readonly number[]): Panel => ({
    heading,
    x: gradeAxis(label, grades),
    y,
    marks: [
      faintDots(against(grades), "first"),
      ...grade ? [line(rangeOf(grades).map((end) => [end, end]), "guide")] : [],
    ],
  });
  const asked = panel("Measured against requested", "requested grade", targets);
  return chart(`${name} measured in ${frames.length} frames`, [
    {
      ...asked,
      marks: [...asked.marks!, line(meansBy(against(targets)), "second")],
      notes: [`${frames.length} frames; red: mean${grade ? ", dashed: equal" : ""}`],
    },
    panel("Measured against re-encoded", "grade of the rendered image, encoded again", shown),
  ]);
}
