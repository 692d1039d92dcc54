/** Charts as texts: what is drawn where, and in which words. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  chart,
  gradeAxis,
  numberAxis,
  type Panel,
  perPoint,
  shareAxis,
  shareInterval,
} from "../../../../plugins/tasks/report/chart_svg.ts";
import { flipPlot } from "../../../../plugins/tasks/evaluation/svg.ts";
import { measurementPlot } from "../../../../plugins/tasks/evaluation/measurement_svg.ts";
import { reliabilityPlot } from "../../../../plugins/tasks/probes/reliability_svg.ts";

const panel: Panel = {
  title: "A < B",
  x: shareAxis("share & more"),
  y: shareAxis("share"),
  marks: [
    { line: [[0, 0], [1, 1]], tone: "guide" },
    { dot: [0.5, 0.25], tone: "first", from: 0.1, to: 0.4 },
  ],
  notes: ["a note"],
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
  assertEquals(svg.match(/a note/g)?.length, 2);
  const [width, height] = [numbers(svg, "width")[0], numbers(svg, "height")[0]];
  assert(width === 2 * numbers(chart("", [panel]), "width")[0] && height > 300);
  for (
    const [name, limit] of [["y", height], ["cy", height], ["x", width], ["cx", width]] as const
  ) {
    for (const place of numbers(svg, name)) {
      assert(
        place >= 0 && place <= limit,
        `${name} ${place}`,
      );
    }
  }
});

Deno.test("a dot lies on the line that it belongs to, its bar around it", () => {
  const svg = chart("", [panel]);
  const [[, line]] = [...svg.matchAll(/points="([^"]*)"/g)];
  const [[x0, y0], [x1, y1]] = line.split(" ").map((pair) => pair.split(",").map(Number));
  assertAlmostEquals(numbers(svg, "cx")[0], (x0 + x1) / 2, 0.11);
  assertAlmostEquals(numbers(svg, "cy")[0], y0 + (y1 - y0) / 4, 0.11);
  const bar = /<path d="M([\d.]+) ([\d.]+)V([\d.]+)"/.exec(svg)!.slice(1).map(Number);
  assertEquals(bar[0], numbers(svg, "cx")[0]);
  assert(bar[1] > numbers(svg, "cy")[0] && numbers(svg, "cy")[0] > bar[2]);
});

Deno.test("axes: whole grades with short names, round numbers, room around a single value", () => {
  const grades = gradeAxis("grade", [0, 2], ["none", "a very long name", "2"]);
  assertEquals(grades.ticks.map(({ text }) => text), ["0 none", "1", "2"]);
  assertEquals(gradeAxis("age", [0, 100]).ticks.length, 10);
  assertEquals(numberAxis("σ", [0, 3]).ticks.map(({ at }) => at), [0, 0.5, 1, 1.5, 2, 2.5, 3]);
  assertEquals(numberAxis("σ", [-0.02, 0.1]).ticks.map(({ text }) => text), [
    "-0.02",
    "0",
    "0.02",
    "0.04",
    "0.06",
    "0.08",
    "0.1",
  ]);
  const { low, high, ticks } = numberAxis("σ", [7, 7]);
  assert(low < 7 && high > 7 && ticks.some(({ at }) => at === 7));
});

Deno.test("shareInterval() is Wilson's: 2 of 10 lie between 0.0567 and 0.5098", () => {
  const { from, to } = shareInterval(0.2, 10);
  assertAlmostEquals(from, 0.05668, 1e-4);
  assertAlmostEquals(to, 0.50984, 1e-4);
  assertAlmostEquals(shareInterval(0, 3).from, 0, 1e-12);
  assertEquals(shareInterval(1, 3).to, 1);
});

Deno.test("counts are told one by one only where they differ", () => {
  assertEquals(perPoint("frames", [5]), "5 frames per point");
  assertEquals(perPoint("frames", [5, 5]), "5 frames per point");
  assertEquals(perPoint("frames", [5, 7, 6]), "5 to 7 frames per point");
  assertEquals(perPoint("frames", [5, 9]), "frames per point: 5, 9");
  assertEquals(perPoint("frames", []), "0 frames per point");
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
      flipPlot({ byScore: [bin], byLength: [] }),
      reliabilityPlot({ ...review, reliability: [{ predicted: 1, observed: 0, count: 1 }] }),
      measurementPlot(of, [frame]),
      measurementPlot({ ...of, grade: (value) => 5 * value }, [frame]),
    ]
  ) {
    assert(!/NaN|undefined|Infinity/.test(svg), svg);
  }
  assert(measurementPlot(of, [frame]).includes("height, px"));
});
