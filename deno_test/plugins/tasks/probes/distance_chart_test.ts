/** The chart of distance against grade. */

import { assert, assertEquals } from "@std/assert";
import {
  distanceChart,
  distanceTable,
  scoredImages,
} from "../../../../plugins/tasks/probes/distance_chart.ts";

const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
const labels = [0, 0, 1, 1, 2, 2, -1];
const scores = [-1.2, -0.8, 0.1, -0.1, 0.8, 1.2, 9];

Deno.test("images without a label are left out, and the table has a line for each of the others", () => {
  const images = scoredImages(labels, scores, scale);
  assertEquals(images.length, 6);
  assertEquals(distanceTable(images).split("\n").slice(0, 3), ["label,score", "0,-1.2", "0,-0.8"]);
});

Deno.test("the chart tells the slope per grade and has means, band and boundary", () => {
  const chart = distanceChart(scoredImages(labels, scores, scale), scale);
  assert(chart.includes("6 images; r 0.98, 1.00 σ per grade"), chart.slice(0, 200));
  for (const part of ['class="second"', 'class="guide"', 'class="first"']) {
    assert(chart.includes(part), part);
  }
});

Deno.test("a continuous scale and labels that are all the same are drawn too", () => {
  const age = { type: "continuous" as const, names: ["age"] };
  const drawn = distanceChart(scoredImages([30.5, 42, 57, 61], [-1, 0, 0.5, 1], age), age);
  assert(drawn.includes("σ per unit"));
  const flat = distanceChart(scoredImages([1, 1], [0.2, 0.4], scale), scale);
  assert(!flat.includes("NaN"), "nothing leads to nowhere");
});
