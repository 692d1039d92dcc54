/** The figures of an evaluation, against scikit-learn 1.2.1 and scipy 1.10 on 40 random rows. */

import { Random } from "@countergrade/countergrade";
import { fitLine } from "@countergrade/countergrade/linear";
import {
  accuracy,
  balancedAccuracy,
  f1,
  kendallTau,
  macroF1,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rocAuc,
  spearman,
} from "@countergrade/countergrade/review";
import { midRanks } from "../../../core/review/rank.ts";
import { assertAlmostEquals, assertEquals } from "@std/assert";

// deno-fmt-ignore
const truth = [3, 2, 3, 1, 2, 2, 0, 1, 0, 0, 3, 2, 3, 0, 2, 0, 3, 0, 3, 1, 1, 3, 0, 3, 0, 1, 3, 1, 3, 2, 0, 2, 1, 2, 2, 1, 1, 2, 1, 1];
// deno-fmt-ignore
const told = [3, 2, 3, 0, 3, 2, 1, 0, 0, 0, 3, 1, 3, 1, 1, 1, 3, 1, 3, 1, 0, 2, 0, 3, 1, 0, 3, 2, 3, 2, 0, 2, 0, 3, 3, 2, 1, 3, 0, 1];
// deno-fmt-ignore
const scores = [4.1, 0.4, 2.7, 0.8, 1.8, 2.4, -0.7, 1.0, -0.9, -0.7, 2.8, 2.6, 1.5, -0.9, 2.6, -0.8, 3.2, 0.5, 4.7, -0.9, 0.5, 2.6, 0.3, 3.3, -0.9, 1.4, 2.5, 0.0, 4.7, 1.9, -0.4, 1.9, 0.5, 1.1, 1.7, 0.2, 2.0, 2.7, 1.5, 0.9];
const severe = (labels: number[]) => labels.map((label) => label >= 2 ? 1 : 0);

Deno.test("figures of labels agree with scikit-learn", () => {
  assertAlmostEquals(accuracy(truth, told), 0.5, 1e-12);
  assertAlmostEquals(f1(severe(truth), severe(told)), 0.9, 1e-12);
  assertAlmostEquals(balancedAccuracy(truth, told), 0.5042929292929292, 1e-12);
  assertAlmostEquals(macroF1(truth, told), 0.48999096205988113, 1e-12);
  assertAlmostEquals(quadraticWeightedKappa(truth, told), 0.8074145402022147, 1e-12);
});

Deno.test("figures of scores agree with scikit-learn and scipy, ties included", () => {
  assertAlmostEquals(rocAuc(severe(truth), scores), 0.9562499999999999, 1e-12);
  assertAlmostEquals(spearman(truth, scores), 0.8781651735155066, 1e-12);
  assertAlmostEquals(kendallTau(truth, scores), 0.7573459037689833, 1e-12);
  assertAlmostEquals(meanAbsoluteError(truth, scores), 0.66, 1e-12);
});

Deno.test("midRanks() shares ranks among equals", () => {
  assertEquals([...midRanks([10, 30, 10, 20])], [1.5, 4, 1.5, 3]);
});

Deno.test("figures that have no meaning are NaN; a wrong constant answer has no agreement", () => {
  assertEquals(rocAuc([1, 1], [1, 2]), NaN);
  assertEquals(spearman([1, 1], [1, 2]), NaN);
  assertEquals(kendallTau([1], [1]), NaN);
  assertEquals(quadraticWeightedKappa([2, 2], [2, 2]), 1);
  assertAlmostEquals(quadraticWeightedKappa([0, 1, 2], [1, 1, 1]), 0, 1e-12);
  assertEquals(f1([0, 0], [0, 0]), 0);
});

Deno.test("fitLine() finds a line, and is flat where x does not vary", () => {
  const { slope, intercept } = fitLine([0, 1, 2], [1, 3, 5]);
  assertAlmostEquals(slope, 2, 1e-12);
  assertAlmostEquals(intercept, 1, 1e-12);
  assertEquals(fitLine([4, 4], [1, 3]), { slope: 0, intercept: 2 });
});

Deno.test("kendallTau() counts agreeing less disagreeing pairs, whatever is tied", () => {
  const random = new Random(7);
  for (let n = 1; n <= 30; n++) {
    const [x, y] = [0, 1].map(() => Array.from({ length: n }, () => random.integer(6)));
    let agree = 0, untiedX = 0, untiedY = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
        agree += a * b;
        untiedX += a * a;
        untiedY += b * b;
      }
    }
    const expected = untiedX && untiedY ? agree / Math.sqrt(untiedX * untiedY) : NaN;
    if (Number.isNaN(expected)) assertEquals(kendallTau(x, y), NaN);
    else assertAlmostEquals(kendallTau(x, y), expected, 1e-12);
  }
});
