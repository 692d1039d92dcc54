/** From score to grade and back. */

import { InputError } from "@countergrade/countergrade";
import { fitLineGrading, lineGrading, medianGrading } from "@countergrade/countergrade/linear";
import { fitIsotonicGrading, gradingFrom, isotonicBlocks } from "../../../core/linear/grading.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const thresholds = [-0.4, 0, 1.5, 1.6];
const median = medianGrading(thresholds, 1.7);
const path = Array.from({ length: 401 }, (_, k) => (k - 200) / 20);

Deno.test("medianGrading() gives k + ½ at threshold k, and rounds to the median class", () => {
  thresholds.forEach((theta, k) => assertAlmostEquals(median.grade(theta), k + 0.5, 1e-12));
  for (const score of path) {
    if (thresholds.includes(score)) continue;
    const clipped = Math.min(4, Math.max(0, Math.round(median.grade(score))));
    assertEquals(clipped, median.label!(score), `at ${score}`);
  }
});

Deno.test("medianGrading() rises everywhere, without a jump", () => {
  const grades = path.map((score) => median.grade(score));
  for (let k = 1; k < grades.length; k++) {
    assert(grades[k] > grades[k - 1], `${grades[k - 1]} to ${grades[k]} at ${path[k]}`);
  }
  for (const score of [...thresholds, -0.4 - 1.2 / 1.7, 1.6 + 1.2 / 1.7]) {
    assertAlmostEquals(median.grade(score - 1e-7), median.grade(score + 1e-7), 1e-5);
  }
});

Deno.test("scoreAt() of medianGrading() is the inverse of grade(), beyond the scale too", () => {
  for (const score of path) assertAlmostEquals(median.scoreAt(median.grade(score)), score, 1e-9);
});

Deno.test("medianGrading() gives the end grades where their probability is 90 %", () => {
  const logit = Math.log(9);
  assertAlmostEquals(median.scoreAt(0), -0.4 - logit / 1.7, 1e-12);
  assertAlmostEquals(median.scoreAt(4), 1.6 + logit / 1.7, 1e-12);
});

Deno.test("medianGrading() of two classes joins both tails at the threshold", () => {
  const two = medianGrading([0.3], 2);
  assertAlmostEquals(two.grade(0.3), 0.5, 1e-12);
  for (const score of path) assertAlmostEquals(two.scoreAt(two.grade(score)), score, 1e-9);
});

const isotonic = fitIsotonicGrading(
  Float64Array.of(-2, -1, 0, 0, 1, 3),
  Int32Array.of(0, 1, 0, 1, 3, 3),
);

Deno.test("isotonicBlocks() pools equal scores and what falls", () => {
  const blocks = isotonicBlocks([0, 0, 1, 2, 3], [2, 0, 0, 3, 3]);
  assertEquals(blocks.map(({ from, to, rows }) => [from, to, rows]), [[0, 1, 3], [2, 3, 2]]);
  assertEquals(blocks.map(({ score, grade }) => [score, grade]), [[1 / 3, 2 / 3], [2.5, 3]]);
});

Deno.test("isotonicBlocks() has one block of equal scores, wherever they stand and however their labels rise", () => {
  const blocks = isotonicBlocks([3, 0, 1, 3, 2, 3], [3, 0, 1, 4, 2, 5]);
  assertEquals(blocks.map(({ score, grade, rows }) => [score, grade, rows]), [
    [0, 0, 1],
    [1, 1, 1],
    [2, 2, 1],
    [3, 4, 3],
  ]);
});

Deno.test("fitIsotonicGrading() meets the blocks, rises between them and beyond, and has an inverse", () => {
  // −2 → 0; −1, 0, 0 → ⅔ at −⅓; 1, 3 → 3 at 2.
  assertAlmostEquals(isotonic.grade(-2), 0, 1e-12);
  assertAlmostEquals(isotonic.grade(-1 / 3), 2 / 3, 1e-12);
  assertAlmostEquals(isotonic.grade(2), 3, 1e-12);
  for (const score of path) {
    assertAlmostEquals(isotonic.scoreAt(isotonic.grade(score)), score, 1e-9);
    assert(isotonic.grade(score + 0.01) > isotonic.grade(score));
  }
});

Deno.test("fitIsotonicGrading() goes on beyond the data with the slope of the regression line", () => {
  const line = fitLineGrading(Float64Array.of(-2, -1, 0, 0, 1, 3), Int32Array.of(0, 1, 0, 1, 3, 3));
  const slope = line.grade(1) - line.grade(0);
  assertAlmostEquals(isotonic.grade(12) - isotonic.grade(2), 10 * slope, 1e-9);
  assertAlmostEquals(isotonic.grade(-2) - isotonic.grade(-7), 5 * slope, 1e-9);
});

Deno.test("fitIsotonicGrading() refuses grades that fall with the score", () => {
  const scores = Float64Array.of(0, 1, 2);
  assertThrows(() => fitIsotonicGrading(scores, Int32Array.of(2, 1, 0)), InputError, "rise");
});

Deno.test("lines and medians survive their parameters", () => {
  for (const grading of [lineGrading(0.7, 1.1), median, isotonic]) {
    const again = gradingFrom(JSON.parse(JSON.stringify(grading.parameters)))!;
    for (const score of [-2, 0.1, 5]) assertEquals(again.grade(score), grading.grade(score));
  }
  assertEquals(gradingFrom({ mean: [1] }), undefined);
});

Deno.test("fitLineGrading() refuses grades that fall with the score", () => {
  const scores = Float64Array.of(0, 1, 2);
  assertAlmostEquals(fitLineGrading(scores, Int32Array.of(0, 1, 2)).scoreAt(1.5), 1.5, 1e-12);
  assertThrows(() => fitLineGrading(scores, Int32Array.of(2, 1, 0)), InputError, "rise");
});
