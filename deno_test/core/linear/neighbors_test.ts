/** Nearest codes against all distances, computed one by one. */

import { InputError, Random, row, rows, takeRows, tensor } from "@countergrade/countergrade";
import { mahalanobisLength, nearestCodes } from "@countergrade/countergrade/linear";
import { whiten } from "../../../core/linear/statistics.ts";
import { toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const { codes, statistics } = toyCodes();
const queries = takeRows(codes, [7, 31, 70]);
queries.data.forEach((value, k) => queries.data[k] = value + 0.1 * Math.sin(k));
const [n, d] = codes.shape;

const step = (q: number, i: number) =>
  row(queries, q).data.map((value, j) => value - codes.data[i * d + j]);
const DISTANCES = {
  mahalanobis: (q: number, i: number) => mahalanobisLength(statistics, step(q, i)),
  standardized: (q: number, i: number) =>
    Math.hypot(...step(q, i).map((v, j) => v / Math.sqrt(statistics.covariance.data[j * (d + 1)]))),
};

Deno.test("nearestCodes() finds what looking at all of them finds, by either distance", () => {
  for (const [distance, apart] of Object.entries(DISTANCES)) {
    const found = nearestCodes(queries, codes, 5, statistics, {
      distance: distance as keyof typeof DISTANCES,
    });
    assertEquals(found.length, 3);
    found.forEach((near, q) => {
      const all = Array.from({ length: n }, (_, i) => i).sort((a, b) => apart(q, a) - apart(q, b));
      assertEquals(near.map(({ index }) => index), all.slice(0, 5));
      near.forEach(({ index, distance }) => assertAlmostEquals(distance, apart(q, index), 1e-4));
    });
  }
  const [a, b] = [
    nearestCodes(queries, codes, 9, statistics),
    nearestCodes(queries, codes, 9, statistics, { distance: "standardized" }),
  ];
  assert(
    JSON.stringify(a.map((all) => all.map(({ index }) => index))) !==
      JSON.stringify(b.map((all) => all.map(({ index }) => index))),
  );
});

Deno.test("a row can be left out for a query, and there are never more than there are codes", () => {
  const own = rows(codes, 4, 5);
  assertEquals(nearestCodes(own, codes, 1, statistics)[0][0].index, 4);
  const [others] = nearestCodes(own, codes, 200, statistics, {
    without: (_, index) => index === 4,
  });
  assertEquals(others.length, n - 1);
  assert(others.every(({ index }) => index !== 4));
  assert(others.every(({ distance }, i) => i === 0 || distance >= others[i - 1].distance));
});

Deno.test("of equal codes the first comes first", () => {
  const twice = takeRows(codes, [3, 8, 3, 8, 3]);
  const [found] = nearestCodes(rows(codes, 3, 4), twice, 3, statistics);
  assertEquals(found.map(({ index }) => index), [0, 2, 4]);
});

Deno.test("no codes have no neighbors; other lengths and NaN are refused", () => {
  assertEquals(nearestCodes(queries, tensor([0, d], []), 3, statistics), [[], [], []]);
  assertThrows(() => nearestCodes(tensor([1, 2], [1, 2]), codes, 1, statistics), TypeError);
  const odd = takeRows(codes, [0, 1, 2]);
  odd.data[d] = NaN;
  assertThrows(() => nearestCodes(queries, odd, 1, statistics), InputError, "code 1");
  assertThrows(() => nearestCodes(odd, codes, 1, statistics), InputError, "code 1");
});

Deno.test("whitened codes have the Mahalanobis distance as their Euclidean one", () => {
  const random = new Random(5);
  const some = tensor([2, d], random.normals(2 * d));
  const white = whiten(statistics, some);
  const between = Math.hypot(...Array.from({ length: d }, (_, j) => white[j] - white[d + j]));
  const direct = mahalanobisLength(
    statistics,
    Float64Array.from({ length: d }, (_, j) => some.data[j] - some.data[d + j]),
  );
  assertAlmostEquals(between, direct, 1e-6);
});
