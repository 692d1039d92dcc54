/** Charts as texts: what is drawn where, and in which words. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { flipChart } from "../../../../plugins/tasks/evaluation/charts.ts";
import { measurementChart } from "../../../../plugins/tasks/evaluation/measurement_chart.ts";
import { reliabilityChart } from "../../../../plugins/tasks/probes/reliability_chart.ts";
import { shareAxis } from "../../../../plugins/tasks/report/axes.ts";
import { chart, type Panel } from "../../../../plugins/tasks/report/chart.ts";
import { line } from "../../../../plugins/tasks/report/marks.ts";
import { shareMarks } from "../../../../plugins/tasks/report/shares.ts";

const panel: Panel = {
  heading: "A < B",
  x: shareAxis("share & more"),
  y: shareAxis("share"),
  marks: [
    line([[0, 0], [1, 1]], "guide"),
    ...shareMarks([{ x: 0.5, share: 0.25, count: 12 }]),
  ],
  notes: ["a note of 0.1234567"],
};

/** The numbers of an attribute, in order. */
function numbers(svg: string, attribute: string): number[] {
  return [...svg.matchAll(new RegExp(` ${attribute}="(-?[\\d.]+)"`, "g"))].map(([, n]) =>
    Number(n)
  );
}

Deno.test("a chart escapes its texts, and has colors for light and dark", () => {
  const svg = chart("<t>", [panel, panel]);
  assert(svg.includes("A &lt; B") && svg.includes("share &amp; more") && svg.includes("&lt;t&gt;"));
  assert(svg.includes("prefers-color-scheme:dark"));
  assertEquals(svg.match(/a note of 0.1234567/g)?.length, 2);
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
  const [, alone] = /viewBox="0 0 (\d+) /.exec(chart("", [panel]))!.map(Number);
  assert(width === 2 * alone && height > 300);
  for (
    const [name, limit] of [["cy", height], ["x", width], ["cx", width], ["y1", height]] as const
  ) {
    const places = numbers(svg, name);
    assert(places.length >= 2, name);
    for (const place of places) assert(place >= 0 && place <= limit, `${name} ${place}`);
  }
});

Deno.test("panels stand side by side, and have no style sheet of their own", () => {
  const svg = chart("", [panel, panel]);
  const places = [...svg.matchAll(/<svg [^>]*>/g)].slice(1).map(([tag]) => numbers(tag, "x")[0]);
  assertEquals(places, [0, 440]);
  assertEquals(svg.match(/<style/g)?.length, 1);
});

Deno.test("a dot lies on the line that it belongs to, its bar around it", () => {
  const svg = chart("", [panel]);
  const [, path] = /aria-label="line"[^>]*><path d="M([^"]*)"/.exec(svg)!;
  const [x0, y0, x1, y1] = path.split(/[L,]/).map(Number);
  const [dot] = svg.match(/<circle [^>]*>/)!;
  assertAlmostEquals(numbers(dot, "cx")[0], (x0 + x1) / 2, 0.02);
  assertAlmostEquals(numbers(dot, "cy")[0], y0 + (y1 - y0) / 4, 0.02);
  const [, bar] = /aria-label="rule"[^>]*>(<line [^>]*>)/.exec(svg)!;
  assertEquals(numbers(bar, "x1"), numbers(dot, "cx"));
  assert(numbers(bar, "y1")[0] > numbers(dot, "cy")[0], bar);
  assert(numbers(bar, "y2")[0] < numbers(dot, "cy")[0], bar);
});

Deno.test("plots of little or nothing have no holes in their numbers", () => {
  const review = { images: 1, figures: [], confusion: [], binaryConfusion: [] };
  const frame = {
    value: 0.3,
    grade: 1.5,
    targetGrade: 1,
    targetScore: 0,
    imageGrade: 1.2,
    imageScore: 0.1,
  };
  const of = { name: "height", unit: "px", description: "", measure: () => new Float64Array() };
  const bin = { step: 1, flipped: 1, frames: 1 };
  for (
    const svg of [
      flipChart({ byScore: [bin], byLength: [] }),
      reliabilityChart({ ...review, reliability: [{ predicted: 1, observed: 0, count: 1 }] }),
      measurementChart(of, [frame]),
      measurementChart({ ...of, grade: (value) => 5 * value }, [frame]),
    ]
  ) {
    assert(!/NaN|undefined|Infinity/.test(svg), svg);
  }
  assert(measurementChart(of, [frame]).includes("height, px"));
});
