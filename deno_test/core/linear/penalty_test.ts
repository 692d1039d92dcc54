/** Choosing a penalty: no row that is held out is learned from. Labels of pure noise would tell. */

import { Random, tensor } from "@countergrade/countergrade";
import {
  CodeMatrix,
  fitPenalized,
  heldOutScores,
  type LinearLoss,
  PenalizedFitter,
  type PenalizedProblem,
  standardization,
} from "@countergrade/countergrade/linear";
import { defaultPenalties, totalVariance } from "../../../core/linear/penalty.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";

const [n, d, FOLDS] = [60, 60, 5];
const random = new Random("noise");
const codes = tensor([n, d], random.normals(n * d));
/** Labels that the codes say nothing about. */
const classes = Int32Array.from(random.permutation(n), (place) => place % 2);
const y = Float64Array.from(classes, (label) => 2 * label - 1);

/** Of rows that do not count alike. */
const weights = Float64Array.from({ length: n }, (_, i) => i % 2 ? 0.5 : 1.5);

/** ½·Σ vᵢ·(fᵢ − yᵢ)². */
const squares = (weights: Float64Array): LinearLoss => ({
  outputs: 1,
  extras: 1,
  curvature: 1,
  block: () => (start, end, [f], [g]) => {
    let loss = 0;
    for (let i = start; i < end; i++) {
      const away = f[i - start] - y[i];
      loss += weights[i] * away * away / 2;
      g[i - start] = weights[i] * away;
    }
    return loss;
  },
});

async function withProblem(
  test: (problem: PenalizedProblem, seen: Float64Array[]) => Promise<void>,
  given: Partial<PenalizedProblem> = {},
) {
  const fitter = new PenalizedFitter(new CodeMatrix(codes, standardization(codes)));
  const seen: Float64Array[] = [];
  await test({
    fitter,
    lossOf(weights) {
      seen.push(weights.slice());
      return squares(weights);
    },
    weights: new Float64Array(n).fill(1),
    extras: new Float64Array(1),
    classes,
    given: undefined,
    option: "lambda",
    penaltyOf: (value) => value,
    crossValidation: { folds: FOLDS },
    variance: d,
    ...given,
  }, seen);
}

const context = () => ({ random: new Random(1) });

/** The share of pairs that a score puts in the right order: ½ where it knows nothing. */
function areaUnderCurve(scores: ArrayLike<number>): number {
  let [right, pairs] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (classes[i] <= classes[j]) continue;
      pairs++;
      right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  }
  return right / pairs;
}

Deno.test("each fold is fitted to the other folds and judged by its own rows, every row once", () =>
  withProblem(async (problem, seen) => {
    await fitPenalized(problem, context());
    // Losses are made in pairs, and one at the end for the whole.
    const pairs = Array.from({ length: FOLDS }, (_, k) => [seen[2 * k], seen[2 * k + 1]]);
    assertEquals(seen.length, 2 * FOLDS + 1);
    const held = new Uint8Array(n);
    for (const [train, rest] of pairs) {
      for (let i = 0; i < n; i++) {
        assert(train[i] === 0 !== (rest[i] === 0), `row ${i}: ${train[i]} and ${rest[i]}`);
        held[i] += rest[i] > 0 ? 1 : 0;
      }
      assertAlmostEquals(rest.reduce((sum, weight) => sum + weight, 0), 1, 1e-12);
    }
    assertEquals(held, new Uint8Array(n).fill(1));
    assertAlmostEquals(seen[2 * FOLDS].reduce((sum, weight) => sum + weight, 0), 1, 1e-12);
  }));

Deno.test("noise is best left alone: the strongest penalties are tried first, and one of them is taken", () =>
  withProblem(async (problem) => {
    const { selection, value } = await fitPenalized(problem, context());
    const { values } = selection!;
    assertEquals(values, values.toSorted((a, b) => b - a));
    assertEquals([values[0], selection!.losses.length], [10 * d, values.length]);
    assert(value >= d, `${value} of ${values}`);
  }));

Deno.test("penalties to try are multiples of the variance of the codes as the model sees them", () => {
  const spread = { mean: new Float64Array(2), sigma: Float64Array.of(2, 3) };
  const raw = { mean: new Float64Array(2), sigma: Float64Array.of(1, 1) };
  assertEquals([totalVariance(spread, spread), totalVariance(spread, raw)], [2, 13]);
  const { net, usual } = defaultPenalties(2);
  assertEquals(net.map((penalty) => penalty / 2), [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]);
  assertEquals(usual, 0.6);
});

Deno.test("values of one's own are tried from the strongest penalty on, whatever order they come in", () =>
  withProblem(async (problem) => {
    const { selection } = await fitPenalized(problem, context());
    // C, as scikit-learn has it: the smallest is the strongest.
    assertEquals(selection!.values, [0.001, 0.01, 0.1]);
  }, {
    option: "c",
    penaltyOf: (c) => 1 / c,
    crossValidation: { folds: FOLDS, values: [0.01, 0.1, 0.001] },
  }));

Deno.test("scores of rows that were held out know nothing of labels of pure noise; the fit's own know all", () =>
  withProblem(async (problem) => {
    const held = (await heldOutScores(problem, 1, context()))!;
    const own = await fitPenalized({ ...problem, given: 1 }, context());
    const [fitted] = problem.fitter.matrix.project(own.w);
    assert(areaUnderCurve(fitted) > 0.99, `${areaUnderCurve(fitted)}`);
    const area = areaUnderCurve(held);
    assert(area > 0.3 && area < 0.7, `${area}`);
  }));

Deno.test("held-out scores come from all rows first, then of each fold from all other rows, with their weights", () =>
  withProblem(async (problem, seen) => {
    await heldOutScores({ ...problem, weights: weights.slice() }, 1, context());
    assertEquals(seen.length, 1 + FOLDS);
    assertEquals(seen[0], weights.map((weight) => weight / n));
    const left = new Uint8Array(n);
    for (const train of seen.slice(1)) {
      for (const [i, weight] of train.entries()) {
        if (weight === 0) left[i]++;
        else assertEquals(weight, weights[i] / n);
      }
    }
    assertEquals(left, new Uint8Array(n).fill(1));
  }));

Deno.test("rows that no fold can hold out have the scores of the fit to all rows", () =>
  withProblem(async (problem) => {
    // The only row of its class stays in all folds.
    const single = Int32Array.from(classes, (label, i) => i === 7 ? 2 : label);
    const held = (await heldOutScores({ ...problem, classes: single }, 1, context()))!;
    const own = await fitPenalized({ ...problem, given: 1 }, context());
    const [fitted] = problem.fitter.matrix.project(own.w);
    assertAlmostEquals(held[7], fitted[7], 0.01);
    assertEquals(
      await heldOutScores({ ...problem, classes: new Int32Array(n) }, 1, context()),
      undefined,
    );
  }));
