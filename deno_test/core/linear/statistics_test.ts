/** Standardization, and the distribution of codes. */

import { type Codes, InputError, Random, tensor } from "@countergrade/countergrade";
import {
  codeStatistics,
  mahalanobis,
  mahalanobisLength,
  percentile,
  percentileOf,
  standardization,
} from "@countergrade/countergrade/linear";
import { marginal, whiten } from "../../../core/linear/statistics.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import toy from "../../plugins/probes/toy60.json" with { type: "json" };

const codes = tensor([60, 5], toy.codes.flat());

/** A chain of correlated dimensions of growing scale. */
function chain(n: number, d: number): Codes {
  const random = new Random(4);
  const data = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    let last = random.normal();
    for (let j = 0; j < d; j++) {
      last = 0.8 * last + 0.6 * random.normal();
      data[i * d + j] = 3 + (j + 1) * last;
    }
  }
  return tensor([n, d], data);
}

Deno.test("standardization() guards constant dimensions, and refuses constant or broken codes", () => {
  const { mean, sigma } = standardization(tensor([2, 2], [1, 7, 3, 7]));
  assertEquals([[...mean], [...sigma]], [[2, 7], [1, 1]]);
  assertThrows(() => standardization(tensor([2, 2], [1, 7, 1, 7])), InputError, "the same");
  assertThrows(() => standardization(tensor([2, 1], [1, NaN])), InputError, "row 1");
  assertThrows(() => standardization(tensor([0, 3], [])), InputError, "at least one");
  assertThrows(() => standardization(tensor([4], [1, 2, 3, 4])), TypeError);
});

Deno.test("codeStatistics() shrinks as scikit-learn's Ledoit–Wolf on standardized codes", () => {
  const { covariance } = codeStatistics(codes);
  assertAlmostEquals(covariance.data[1], toy.ledoitWolf.covariance01, 1e-6);
  assertEquals(covariance.data[1], covariance.data[5]);
});

Deno.test("codeStatistics() keeps the measured variances on the diagonal", () => {
  const { covariance, mean } = codeStatistics(codes);
  const { sigma, mean: expected } = standardization(codes);
  for (let j = 0; j < 5; j++) {
    assertAlmostEquals(covariance.data[j * 6], sigma[j] ** 2, 1e-5 * sigma[j] ** 2);
    assertAlmostEquals(mean.data[j], expected[j], 1e-6);
  }
});

Deno.test("codeStatistics() recovers the covariance of many codes, in blocks of any rest", () => {
  const { covariance } = codeStatistics(chain(5003, 7));
  for (let i = 0; i < 7; i++) {
    for (let j = 0; j < 7; j++) {
      const expected = (i + 1) * (j + 1) * 0.8 ** Math.abs(i - j);
      assertAlmostEquals(covariance.data[i * 7 + j], expected, 0.06 * (i + 1) * (j + 1));
    }
  }
});

Deno.test("mahalanobis() of training codes averages √d, and distances are sorted", () => {
  const many = chain(2000, 10);
  const statistics = codeStatistics(many);
  const squares = mahalanobis(statistics, many).map((distance) => distance ** 2);
  assertAlmostEquals(squares.reduce((sum, value) => sum + value, 0) / 2000, 10, 0.3);
  const { data } = statistics.distances;
  assert(data.every((value, i) => i === 0 || value >= data[i - 1]));
});

Deno.test("whitened training codes have mean 0, and each is as long as its Mahalanobis distance", () => {
  const many = chain(500, 4);
  const statistics = codeStatistics(many);
  const white = whiten(statistics, many);
  const mean = [0, 1, 2, 3].map((j) => {
    let sum = 0;
    for (let i = 0; i < 500; i++) sum += white[i * 4 + j] / 500;
    return sum;
  });
  for (const value of mean) assertAlmostEquals(value, 0, 1e-5);
  mahalanobis(statistics, many).forEach((distance, i) =>
    assertAlmostEquals(Math.hypot(...white.subarray(i * 4, i * 4 + 4)), distance, 1e-9)
  );
});

Deno.test("one or a few dimensions have the mean and covariance of their own", () => {
  const statistics = codeStatistics(chain(50, 5));
  const { mean, covariance, distances } = marginal(statistics, 1, 4);
  assertEquals([mean.shape, covariance.shape], [[3], [3, 3]]);
  assertEquals([...mean.data], [...statistics.mean.data.slice(1, 4)]);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      assertEquals(covariance.data[3 * i + j], statistics.covariance.data[5 * (i + 1) + j + 1]);
    }
  }
  assertEquals(distances, statistics.distances);
});

Deno.test("codeStatistics() of fewer codes than dimensions can still be inverted", () => {
  const statistics = codeStatistics(chain(12, 40));
  const step = new Float64Array(40).fill(1);
  assert(mahalanobisLength(statistics, step) > 0);
  assert(statistics.distances.data.every(Number.isFinite));
});

Deno.test("codeStatistics() of columns that only chance relates keeps nothing of their relation", () => {
  // Rows of a Hadamard matrix are orthogonal; a touch of noise relates them by far less than eight rows can tell.
  const [n, d] = [8, 7];
  const random = new Random(2);
  const bits = (x: number) => [0, 1, 2].filter((bit) => x & (1 << bit)).length;
  const data = Float32Array.from({ length: n * d }, (_, k) => {
    const [row, column] = [Math.floor(k / d), k % d + 1];
    return (bits(row & column) % 2 ? -1 : 1) * (column + 1) + 0.05 * random.normal();
  });
  const { covariance } = codeStatistics(tensor([n, d], data));
  const { sigma } = standardization(tensor([n, d], data));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const value = covariance.data[i * d + j];
      if (i === j) assertAlmostEquals(value, sigma[i] ** 2, 1e-4 * value);
      else assertEquals(Math.abs(value), 0, `${i}, ${j}`);
    }
  }
});

Deno.test("percentileOf() and percentile() know the ends and the middle", () => {
  const sorted = [1, 2, 3, 4];
  assertEquals([0, 1, 2.5, 4, 9].map((value) => percentileOf(sorted, value)), [
    0,
    25,
    50,
    100,
    100,
  ]);
  assertEquals([0, 50, 100].map((percent) => percentile([4, 1, 3, 2], percent)), [1, 2.5, 4]);
});
