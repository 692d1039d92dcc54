/** Figures, intervals and baselines of a probe, against scikit-learn (versions and maker are named in the fixture). */

import {
  CancelledError,
  type LabelScale,
  type Probe,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { linearProbe, lineGrading } from "@countergrade/countergrade/linear";
import {
  kendallTau,
  reliabilityBins,
  reviewProbe,
  severeOf,
  spearman,
} from "@countergrade/countergrade/review";
import { binsFor, calibrationError } from "../../../core/review/calibration.ts";
import { figuresOf, type JudgedRows, type ProbeReport } from "../../../core/review/probe_report.ts";
import { bestConstant, constantRows } from "../../../core/review/probe_review.ts";
import { confusionMatrix } from "../../../core/review/report.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fixture from "./report_fixture.json" with { type: "json" };

const { threshold } = fixture;
const scale: LabelScale = { type: "ordinal", names: ["0", "1", "2", "3"] };
const question = { scale, threshold };
type Expected = Omit<(typeof fixture.sets)[number]["figures"], "spearman" | "kendallTau">;

function assertFigures(rows: JudgedRows, expected: Expected, bins: number): void {
  const figures = figuresOf(rows);
  for (const [name, value] of Object.entries(figures)) {
    const wanted = expected[name as keyof ProbeReport];
    if (wanted === null) assertEquals(value, NaN, name);
    else assertAlmostEquals(value, wanted, 1e-9, name);
  }
  assertEquals(confusionMatrix(rows.labels, rows.told, 4), expected.confusion);
  const curve = reliabilityBins(rows.severe, rows.probabilities, bins);
  assertEquals(curve.map(({ count }) => count), expected.reliability.map(({ count }) => count));
  curve.forEach(({ predicted, observed }, i) => {
    assertAlmostEquals(predicted, expected.reliability[i].predicted, 1e-9);
    assertAlmostEquals(observed, expected.reliability[i].observed, 1e-9);
  });
}

for (const { name, labels, trainLabels, bins, figures, baseline, ...rows } of fixture.sets) {
  Deno.test(`figures and baseline agree with scikit-learn: ${name}`, () => {
    const severe = severeOf(labels, question);
    const sides = rows.scores.map((score) => score > 0 ? 1 : 0);
    assertEquals(binsFor(labels.length), bins);
    assertFigures({ ...rows, scale, labels, severe, sides }, figures, bins);
    assertFigures(constantRows(labels, trainLabels, question), baseline, bins);
    assertAlmostEquals(spearman(labels, rows.scores), figures.spearman!, 1e-9);
    assertAlmostEquals(kendallTau(labels, rows.scores), figures.kendallTau!, 1e-9);
  });
}

/** A probe whose score is the code, one grade per σ around 1.5. */
const probe: Probe = linearProbe({
  plugin: "logistic",
  scale,
  plane: {
    mean: Float64Array.of(0),
    sigma: Float64Array.of(1),
    normal: Float64Array.of(1),
    offset: 0,
  },
  curve: { slope: 2.5, intercept: 0 },
  grading: lineGrading(0.7, 1.5),
});

function review(labels: readonly number[], scores: readonly number[], seed = 1, more = {}) {
  return reviewProbe(probe, tensor([scores.length, 1], scores), labels, {
    threshold,
    random: new Random(seed),
    ...more,
  });
}

const [balanced, , few] = fixture.sets;

Deno.test("a review has the figures of its rows, in whatever order they come, with intervals around them", async () => {
  const { labels, scores, figures: expected } = balanced;
  const { images, figures, confusion, binaryConfusion, reliability } = await review(labels, scores);
  assertEquals(images, 200);
  for (const { name, value, low, high } of figures) {
    assertAlmostEquals(value, expected[name]!, 1e-6, name);
    assert(low < high && high - low < 0.35, `${name}: ${low} to ${high}`);
    // Chance adds to the calibration error, resampling adds once more.
    assert(
      low <= value && value <= high,
      `${name}: ${low} to ${high}`,
    );
  }
  assertEquals(confusion, expected.confusion);
  assertEquals(binaryConfusion.flat().reduce((a, b) => a + b), 200);
  assertEquals(binaryConfusion[0][0] + binaryConfusion[1][1], 200 * expected.accuracy);
  assertEquals(reliability.reduce((sum, { count }) => sum + count, 0), 200);
  const shuffled = new Random(3).permutation(200);
  const again = await review(
    Array.from(shuffled, (i) => labels[i]),
    Array.from(shuffled, (i) => scores[i]),
  );
  assertEquals(again.confusion, confusion);
});

Deno.test("the interval of the accuracy is as wide as that of a share; the seed decides the rest", async () => {
  const { labels, scores } = balanced;
  const { figures: [accuracy] } = await review(labels, scores);
  const half = 1.96 * Math.sqrt(accuracy.value * (1 - accuracy.value) / 200);
  assertAlmostEquals(accuracy.low, accuracy.value - half, 0.15 * half);
  assertAlmostEquals(accuracy.high, accuracy.value + half, 0.15 * half);
  assertEquals((await review(labels, scores)).figures[0], accuracy);
  assert(
    (await review(labels, scores, 2)).figures[3].low !==
      (await review(labels, scores)).figures[3].low,
  );
});

Deno.test("the baseline is what the training labels would answer; of no labels, those of the review", async () => {
  const { labels, scores } = balanced;
  const of = async (more = {}) =>
    (await review(labels, scores, 1, { resamples: 10, ...more })).figures;
  for (const { name, baseline } of await of({ trainLabels: balanced.trainLabels })) {
    const usual = balanced.baseline[name]!;
    const better = ["mae", "brier", "calibrationError"].includes(name) ? -1 : 1;
    assert(better * (baseline - usual) > -1e-9, `${name}: ${baseline}, usually ${usual}`);
    if (["mae", "brier", "auc", "accuracy"].includes(name)) {
      assertAlmostEquals(baseline, usual, 1e-9, name);
    }
  }
  const mild = await of({ trainLabels: [0, 0, 1, -1] });
  const own = await of();
  assertEquals(
    mild.find(({ name }) => name === "mae")!.baseline,
    labels.reduce((a, b) => a + b) / 200,
  );
  assert(own.find(({ name }) => name === "mae")!.baseline < 1.1);
  for (const figures of [mild, own]) {
    assertAlmostEquals(figures.find(({ name }) => name === "qwk")!.baseline, 0, 1e-9);
    assertEquals(figures.find(({ name }) => name === "auc")!.baseline, 0.5);
  }
});

Deno.test("of two medians the trivial answer is the lower, of two equal sides the mild one", () => {
  const { told, sides, probabilities } = constantRows([1, 2], [0, 3, 0, 3], question);
  assertEquals(Array.from(told), [0, 0]);
  assertEquals(Array.from(sides), [0, 0]);
  assertEquals(Array.from(probabilities), [0.5, 0.5]);
  assertEquals(Array.from(constantRows([1], [0, 3, 3], question).sides), [1]);
});

Deno.test("of two constant answers the better counts, figure by figure", () => {
  // Three of ten are severe: always "severe" finds them all, always "mild" is more often right.
  const labels = [0, 0, 0, 0, 0, 0, 1, 2, 3, 3];
  const best = bestConstant(labels, labels, { scale, threshold: 2 });
  assertAlmostEquals(best.f1, 2 * 0.3 / 1.3, 1e-12);
  assertAlmostEquals(best.accuracy, 0.7, 1e-12);
  assertAlmostEquals(best.mae, 0.9, 1e-12);
  // The median of the training labels is 1, the most frequent of them 3: each is better at something.
  const [train, truth] = [[0, 0, 1, 1, 1, 3, 3, 3, 3], [1, 1, 1, 3]];
  const mixed = bestConstant(truth, train, { scale, threshold: 2 });
  assertAlmostEquals(mixed.mae, 0.5, 1e-12);
  assertEquals([mixed.accuracy, mixed.auc], [0.75, 0.5]);
});

Deno.test("on a nominal scale the question is one class, and no grade is near another", async () => {
  const nominal: Probe = { ...probe, scale: { ...scale, type: "nominal" } };
  const labels = [0, 2, 3, 2, 1, 2];
  const { figures, confusion, binaryConfusion } = await reviewProbe(
    nominal,
    tensor([6, 1], [-1, 1, 1, 1, -1, -1]),
    labels,
    { threshold, random: new Random(1), resamples: 10, trainLabels: [3, 3, 0, 2] },
  );
  const of = (name: string) => figures.find((figure) => figure.name === name)!;
  assertAlmostEquals(of("accuracy").value, 4 / 6, 1e-12);
  assertEquals([of("mae").value, of("qwk").value], [NaN, NaN]);
  assert(of("macroF1").value > 0);
  assertAlmostEquals(of("macroF1").baseline, 2 / 7 / 4, 1e-12);
  assertEquals(binaryConfusion, [[2, 1], [1, 2]]);
  assertEquals(confusion.flat().reduce((a, b) => a + b), 6);
});

Deno.test("labels that are numbers have an error and a question, but no classes", async () => {
  const age: Probe = { ...probe, scale: { type: "continuous", names: ["age, years"] } };
  const { images, figures, confusion, binaryConfusion } = await reviewProbe(
    age,
    tensor([4, 1], [-1, 0, 1, 2]),
    [0.3, 1.5, 2.7, NaN],
    { threshold: 1.6, random: new Random(1), resamples: 10 },
  );
  const of = (name: string) => figures.find((figure) => figure.name === name)!;
  assertEquals([images, confusion], [3, []]);
  assertAlmostEquals(of("mae").value, (0.5 + 0 + 0.5) / 3, 1e-6);
  assertAlmostEquals(of("mae").baseline, (1.2 + 0 + 1.2) / 3, 1e-6);
  assertEquals([of("macroF1").value, of("qwk").value], [NaN, NaN]);
  assertEquals(binaryConfusion, [[2, 0], [0, 1]]);
});

Deno.test("missing labels do not count; without any there is nothing to review", async () => {
  const { labels, scores } = few;
  const missing = [...labels, -1, 9, -1];
  const some = await review(missing, [...scores, 0.4, 0.4, -3], 1, { resamples: 10 });
  assertEquals(some.images, 23);
  assertAlmostEquals(some.figures[4].value, few.figures.mae, 1e-6);
  await assertRejects(() => review([-1, -1], [1, 2]), RangeError, "labeled");
});

Deno.test("one image, one side: figures without meaning are NaN, the others have their value", async () => {
  const one = await review([3], [0.2], 1, { resamples: 20 });
  const of = (name: string) => one.figures.find((figure) => figure.name === name)!;
  assertEquals([of("accuracy").value, of("accuracy").low, of("accuracy").high], [1, 1, 1]);
  assertEquals([of("auc").value, of("auc").low, of("auc").high, of("auc").baseline], [
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
  assertAlmostEquals(of("mae").value, 3 - 1.64, 1e-6);
  assertEquals(one.reliability.length, 1);
});

Deno.test("resamples of one side do not count for the AUC", async () => {
  // A resample lacks the severe image with probability (1 − 1/10)¹⁰ = 35 %.
  const scores = Array.from({ length: 10 }, (_, i) => i / 10 - 0.5);
  const rare = await review([0, 0, 0, 0, 0, 0, 0, 3, 0, 0], scores);
  const { low, value, high } = rare.figures.find(({ name }) => name === "auc")!;
  assert(0 <= low && low < value && value <= high && high <= 1, `${low} ${value} ${high}`);
});

Deno.test("a review stops when it is cancelled", async () => {
  const gone = AbortSignal.abort();
  await assertRejects(() => review([0, 3], [0.1, 0.5], 1, { signal: gone }), CancelledError);
});

Deno.test("equal probabilities are never parted, and no rows have no calibration", () => {
  assertEquals(reliabilityBins([0, 1, 1], [0.5, 0.5, 0.5], 3), [
    { predicted: 0.5, observed: 2 / 3, count: 3 },
  ]);
  assertEquals(calibrationError([], []), NaN);
});
