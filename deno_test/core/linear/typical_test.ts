/** Typical scores: means of real images by grade, made monotone, with their inverse and the shares beyond them. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { FormatError, type Labels, type Probe, Random, tensor } from "@countergrade/countergrade";
import {
  linearProbe,
  lineGrading,
  shareBeyond,
  typicalGradeOf,
  typicalScoreAt,
  typicalScores,
  typicalScoresFrom,
} from "@countergrade/countergrade/linear";

/** A probe whose score is the code's only number. */
function identityProbe(type: "ordinal" | "continuous", names: string[]) {
  const one = Float64Array.of(1);
  return linearProbe({
    plugin: "toy",
    scale: { type, names },
    plane: { mean: Float64Array.of(0), sigma: one, normal: one, offset: 0 },
    curve: { slope: 1, intercept: 0 },
    grading: lineGrading(1, 1),
  });
}

const column = (values: readonly number[]) => tensor([values.length, 1], values);
const grades = identityProbe("ordinal", ["a", "b", "c"]);

/** Typical scores of pairs (score, label). */
function measured(pairs: readonly [score: number, label: number][], probe = grades) {
  const labels = pairs.map(([, label]) => label);
  const fitting: Labels = probe.scale.type === "continuous"
    ? Float64Array.from(labels)
    : Int32Array.from(labels);
  return typicalScores(probe, column(pairs.map(([score]) => score)), fitting)!;
}

Deno.test("typical scores are the means of each grade, with straight lines between and beyond", () => {
  const typical = measured([[-3, 0], [-1, 0], [0, 1], [0.5, 1], [0.4, 1], [2, 2], [4, 2]]);
  assertEquals(typical.labels, [0, 1, 2]);
  assertEquals(typical.images, [2, 3, 2]);
  assertAlmostEquals(typicalScoreAt(typical, 0), -2, 1e-6);
  assertAlmostEquals(typicalScoreAt(typical, 1), 0.3, 1e-6);
  assertAlmostEquals(typicalScoreAt(typical, 1.5), 1.65, 1e-6);
  // The slope of the regression through (0, −2), (1, 0.3), (2, 3) is 2.5 σ per grade.
  assertAlmostEquals(typicalScoreAt(typical, 3), 5.5, 1e-6);
  assertAlmostEquals(typicalScoreAt(typical, -1), -4.5, 1e-6);
});

Deno.test("the grade of a typical score is the inverse, beyond the ends too", () => {
  const typical = measured([[-3, 0], [-1, 0], [0, 1], [0.6, 1], [2, 2], [4, 2]]);
  for (const grade of [-1, 0, 0.3, 1, 1.7, 2, 3.5]) {
    assertAlmostEquals(typicalGradeOf(typical, typicalScoreAt(typical, grade)), grade, 1e-6);
  }
});

Deno.test("grades out of order share a score, weighed by their images, whose grade is their middle", () => {
  const typical = measured([[-1, 0], [2, 1], [2, 1], [2, 1], [1, 2]]);
  assertEquals(typical.scores, [-1, 1.75, 1.75]);
  assertEquals(typicalGradeOf(typical, 1.75), 1.5);
  assertEquals(typicalScoreAt(typical, 1), typicalScoreAt(typical, 2));
});

Deno.test("labels that nobody has, and missing ones, are left out; the range is that of the farthest labels", () => {
  const typical = measured([[-2, 0], [0, 0], [3, 2], [4, 2], [100, -1]]);
  assertEquals(typical.labels, [0, 2]);
  assertAlmostEquals(typicalScoreAt(typical, 1), 1.25, 1e-6);
  const [[low, high]] = typical.ranges;
  assertAlmostEquals(low, -2 + 0.01 * 2, 1e-6);
  assertAlmostEquals(high, 3 + 0.99 * 1, 1e-6);
  assertEquals(typicalScores(grades, column([1]), Int32Array.of(-1)), undefined);
});

Deno.test("a continuous scale is cut into groups of equally many images", () => {
  const random = new Random(3);
  const pairs = Array.from({ length: 400 }, (): [number, number] => {
    const age = 20 + 60 * random.uniform();
    return [age / 10 - 5, age];
  });
  const typical = measured(pairs, identityProbe("continuous", ["age, years"]));
  assertEquals(typical.images, Array(20).fill(20));
  for (const age of [30, 47, 70]) {
    assertAlmostEquals(typicalScoreAt(typical, age), age / 10 - 5, 0.01);
  }
});

Deno.test("of classes without an order each has its own log-odds, as they are, and a range over all images", () => {
  // The log-odds of class k are k + 1 times the code.
  const kinds: Probe = {
    ...grades,
    scale: { type: "nominal", names: ["a", "b", "c"] },
    classes: {
      logOdds: (codes, index) => Float64Array.from(codes.data, (value) => (index + 1) * value),
      probabilities: () => new Float64Array(),
      gradient: (codes) => codes,
    },
  };
  const codes = column([5, 7, 1, 3, 100]);
  const typical = typicalScores(kinds, codes, Int32Array.of(0, 0, 2, 2, -1))!;
  assertEquals([typical.labels, typical.images], [[0, 2], [2, 2]]);
  // Falling, and not made to rise.
  assertEquals(typical.scores, [6, 6]);
  assertEquals(typical.percentiles.map((row) => [row[0], row[50], row[100]]), [[5, 6, 7], [
    3,
    6,
    9,
  ]]);
  const [a, c] = typical.ranges;
  assertAlmostEquals(a[0], 1 + 0.04 * 2, 1e-9);
  assertAlmostEquals(c[0], 3 * a[0], 1e-9);
  assertAlmostEquals(c[1], 3 * a[1], 1e-9);
  const falling = typicalScores(kinds, column([9, 1]), Int32Array.of(0, 1))!;
  assertEquals(falling.scores, [9, 2]);
});

Deno.test("the share of patients beyond a score falls from all to none, in both directions", () => {
  const random = new Random(5);
  const pairs = Array.from(
    { length: 3000 },
    (_, i): [number, number] => [random.normal() + i % 3, i % 3],
  );
  const typical = measured(pairs);
  assertEquals(shareBeyond(typical, 2, -9, true), 1);
  assertEquals(shareBeyond(typical, 2, 9, true), 0);
  assertEquals(shareBeyond(typical, 0, 9, false), 1);
  // One σ above the mean of a normal distribution lie 15.9 %.
  assertAlmostEquals(shareBeyond(typical, 2, 3, true), 0.159, 0.02);
  assertAlmostEquals(shareBeyond(typical, 0, -1, false), 0.159, 0.02);
  const between = shareBeyond(typical, 1.5, 2.5, true);
  assert(
    between > shareBeyond(typical, 1, 2.5, true) && between < shareBeyond(typical, 2, 2.5, true),
  );
});

Deno.test("stored typical scores are read again; what is damaged is refused", () => {
  const typical = measured([[-2, 0], [0, 1], [3, 2]]);
  assertEquals(typicalScoresFrom(JSON.parse(JSON.stringify(typical))), typical);
  for (
    const damage of [
      undefined,
      { ...typical, version: 2 },
      { ...typical, scores: [1, 2] },
      { ...typical, percentiles: [[1], [2], [3]] },
      { ...typical, ranges: [[1, NaN]] },
    ]
  ) {
    assertThrows(() => typicalScoresFrom(damage), FormatError, "typical scores");
  }
});
