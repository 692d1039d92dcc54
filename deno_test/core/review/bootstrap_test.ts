/** Bootstrap intervals against what is known of means. */

import { CancelledError, Random } from "@countergrade/countergrade";
import { bootstrapFigures, bootstrapMean } from "@countergrade/countergrade/review";
import { percentile } from "../../../core/linear/statistics.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";

Deno.test("the interval of a mean of normal numbers is as wide as theory says", () => {
  const values = [...new Random(3).normals(400)];
  const { mean, low, high } = bootstrapMean(values, new Random(1), { resamples: 4000 });
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  const half = 1.96 * spread / Math.sqrt(values.length);
  assertAlmostEquals(low, mean - half, 0.1 * half);
  assertAlmostEquals(high, mean + half, 0.1 * half);
});

Deno.test("a lower level is a narrower interval", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  const wide = bootstrapMean(values, new Random(1));
  const narrow = bootstrapMean(values, new Random(1), { level: 0.5 });
  assert(wide.low < narrow.low && narrow.high < wide.high);
});

Deno.test("the same seed gives the same interval, another seed another", () => {
  const values = [...new Random(2).normals(30)];
  assertEquals(bootstrapMean(values, new Random(5)), bootstrapMean(values, new Random(5)));
  assert(bootstrapMean(values, new Random(5)).low !== bootstrapMean(values, new Random(6)).low);
});

Deno.test("one value is its own interval, none has no mean", () => {
  assertEquals(bootstrapMean([4], new Random(1)), { mean: 4, low: 4, high: 4 });
  assertThrows(() => bootstrapMean([], new Random(1)), RangeError, "at least one");
});

Deno.test("bootstrapFigures() of a mean is bootstrapMean(), up to chance", async () => {
  const values = [...new Random(3).normals(200)];
  const mean = (indices: Int32Array) => indices.reduce((sum, i) => sum + values[i], 0) / 200;
  const { low, high } = bootstrapMean(values, new Random(1), { resamples: 2000 });
  const { m } = await bootstrapFigures(200, (indices) => ({ m: mean(indices) }), new Random(2), {
    resamples: 2000,
  });
  assertAlmostEquals(m.low, low, 0.1 * (high - low));
  assertAlmostEquals(m.high, high, 0.1 * (high - low));
});

Deno.test("a figure that fewer than half of the resamples can tell has no interval", async () => {
  const told = async (every: number) => {
    let count = 0;
    const figures = () => ({ rare: count++ % every === 0 ? 7 : NaN, always: 1 });
    return await bootstrapFigures(3, figures, new Random(1), { resamples: 60 });
  };
  assertEquals((await told(2)).rare, { low: 7, high: 7 });
  assertEquals(await told(3), { rare: { low: NaN, high: NaN }, always: { low: 1, high: 1 } });
  await assertRejects(() => bootstrapFigures(0, () => ({}), new Random(1)), RangeError, "no");
});

Deno.test("bootstrapFigures() hears of a cancel within a few resamples, of dear rows at once", async () => {
  // Every second row takes more work than there is between two breaths.
  for (const work of [undefined, 2e8]) {
    const controller = new AbortController();
    let count = 0;
    const figures = () => {
      if (++count === 30) setTimeout(() => controller.abort());
      return { one: 1 };
    };
    const { signal } = controller;
    await assertRejects(
      () => bootstrapFigures(2, figures, new Random(1), { work, signal }),
      CancelledError,
    );
    assert(count < (work ? 35 : 100), `${count}`);
  }
});

Deno.test("the mean of a resample is that of as many values as there are", () => {
  for (const n of [2, 3, 7]) {
    assertEquals(bootstrapMean(Array(n).fill(5), new Random(1)), { mean: 5, low: 5, high: 5 });
  }
});

Deno.test("an interval leaves out the same share at both ends, 2.5 % of 1000 resamples unless told otherwise", async () => {
  const values = [...new Random(8).normals(9)];
  const random = new Random(1);
  const means = Array.from({ length: 1000 }, () => {
    let sum = 0;
    for (let i = 0; i < 9; i++) sum += values[random.integer(9)];
    return sum / 9;
  });
  for (const [level, tail] of [[undefined, 2.5], [0.95, 2.5], [0.5, 25]] as const) {
    const { low, high } = bootstrapMean(values, new Random(1), { level });
    assertAlmostEquals(low, percentile(means, tail), 1e-9);
    assertAlmostEquals(high, percentile(means, 100 - tail), 1e-9);
  }
  let told = 0;
  const { count } = await bootstrapFigures(1, () => ({ count: told++ }), new Random(1));
  assertEquals(told, 1000);
  assertAlmostEquals(count.low, 0.025 * 999, 1e-9);
  assertAlmostEquals(count.high, 0.975 * 999, 1e-9);
});

Deno.test("the rows of a resample rise, some come more than once, and all have the same chance", async () => {
  const [n, resamples] = [5, 2000];
  const counts = new Uint32Array(n);
  const figures = (indices: Int32Array) => {
    assertEquals([indices.length, [...indices]], [n, [...indices].toSorted((a, b) => a - b)]);
    for (const i of indices) counts[i]++;
    return { distinct: new Set(indices).size };
  };
  const { distinct } = await bootstrapFigures(n, figures, new Random(4), { resamples, level: 0 });
  counts.forEach((count) => assertAlmostEquals(count, resamples, 0.07 * resamples));
  // The median of how many are distinct; 5·(1 − 0.8⁵) = 3.4 on average.
  assertEquals(distinct, { low: 3, high: 3 });
});
