/** Axes of charts: which values are marked, and how far they reach. */

import { assert, assertEquals } from "@std/assert";
import { gradeAxis, numberAxis } from "../../../../plugins/tasks/report/axes.ts";
import { chart } from "../../../../plugins/tasks/report/chart.ts";
import { line } from "../../../../plugins/tasks/report/marks.ts";

Deno.test("whole grades are marked, with short names", () => {
  const { ticks, tickFormat } = gradeAxis("grade", [0, 2], ["none", "a very long name", "2"]);
  assertEquals(ticks.map(tickFormat), ["0 none", "1", "2"]);
  assertEquals(gradeAxis("age", [0, 100]).ticks.length, 10);
});

Deno.test("numbers have round marks, and a single one has room around it", () => {
  const marks = (values: number[]) => {
    const y = gradeAxis("grade", [0]);
    const svg = chart("", [
      { heading: "", x: numberAxis("σ", values), y, marks: [line([[values[0], 0]], "first")] },
    ]);
    const [, axis] = /aria-label="x-axis tick label">(.*?)<\/g>/.exec(svg)!;
    return [...axis.matchAll(/>([^<]+)</g)].map(([, text]) => Number(text.replace("−", "-")));
  };
  assertEquals(marks([0, 3]), [0, 0.5, 1, 1.5, 2, 2.5, 3]);
  assertEquals(marks([-0.02, 0.1]), [-0.02, 0, 0.02, 0.04, 0.06, 0.08, 0.1]);
  const [low, high] = numberAxis("σ", [7, 7]).domain as number[];
  assert(low < 7 && high > 7 && marks([7, 7]).includes(7));
});
