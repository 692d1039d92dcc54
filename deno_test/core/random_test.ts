/** Random numbers: what they are distributed like, and that streams of one seed are strangers to each other. */

import { Random } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's correlation. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [mean(a), mean(b)];
  const moment = (x: ArrayLike<number>, mx: number, y: ArrayLike<number>, my: number) =>
    mean(Array.from(x, (value, i) => (value - mx) * (y[i] - my)));
  return moment(a, ma, b, mb) / Math.sqrt(moment(a, ma, a, ma) * moment(b, mb, b, mb));
}

Deno.test("every permutation of four comes as often as any other", () => {
  const random = new Random(7);
  const counts = new Map<string, number>();
  const rounds = 24_000;
  for (let i = 0; i < rounds; i++) {
    const order = random.permutation(4).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  // χ² of 23 degrees of freedom: beyond 50 once in a thousand seeds.
  const expected = rounds / 24;
  const square = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  assert(square < 50, `χ² ${square}: ${[...counts]}`);
});

Deno.test("a permutation holds each number once, of none and one too", () => {
  const random = new Random(3);
  assertEquals([random.permutation(0).length, [...random.permutation(1)]], [0, [0]]);
  assertEquals([...random.permutation(100).toSorted()], Array.from({ length: 100 }, (_, i) => i));
});

Deno.test("whole numbers are even over their range, the last one included and no further", () => {
  const random = new Random(5);
  const counts = new Uint32Array(7);
  for (let i = 0; i < 14_000; i++) counts[random.integer(6)]++;
  assertEquals(counts[6], 0);
  const square = counts.subarray(0, 6).reduce((sum, n) => sum + (n - 14_000 / 6) ** 2 / 2333, 0);
  assert(square < 21, `χ² ${square}: ${counts}`);
});

Deno.test("uniform numbers lie in [0, 1) with mean ½ and variance 1/12, and tell nothing of the next", () => {
  const random = new Random(11);
  const values = Float64Array.from({ length: 40_000 }, () => random.uniform());
  assert(values.every((value) => value >= 0 && value < 1));
  assertAlmostEquals(mean(values), 0.5, 0.01);
  assertAlmostEquals(mean(values.map((value) => (value - 0.5) ** 2)), 1 / 12, 0.002);
  assertAlmostEquals(correlation(values.subarray(1), values.subarray(0, -1)), 0, 0.02);
});

Deno.test("normal numbers have mean 0, variance 1, no skew and the tails of a normal distribution", () => {
  const random = new Random(13);
  const values = Float64Array.from({ length: 40_000 }, () => random.normal());
  const moment = (k: number) => mean(values.map((value) => value ** k));
  assertAlmostEquals(moment(1), 0, 0.02);
  assertAlmostEquals(moment(2), 1, 0.03);
  assertAlmostEquals(moment(3), 0, 0.06);
  assertAlmostEquals(moment(4), 3, 0.2);
  assertAlmostEquals(mean(values.map((value) => Math.abs(value) > 2 ? 1 : 0)), 0.0455, 0.004);
  // They are made in pairs: neither the pair nor the next one is of a kind.
  const [even, odd] = [0, 1].map((start) => values.filter((_, i) => i % 2 === start));
  assertAlmostEquals(correlation(even, odd), 0, 0.03);
  assertAlmostEquals(correlation(even.map((v) => v ** 2), odd.map((v) => v ** 2)), 0, 0.03);
  assertAlmostEquals(correlation(even.subarray(1), odd.subarray(0, -1)), 0, 0.03);
});

Deno.test("the same seed gives the same numbers, another seed and every fork others", () => {
  const first = (random: Random) => [random.uniform(), random.uniform(), random.normal()].join();
  assertEquals(first(new Random("a")), first(new Random("a")));
  const streams = [
    new Random("a"),
    new Random("b"),
    new Random(1),
    new Random(2),
    new Random("a").fork("a"),
    new Random("a").fork("b"),
    new Random("a").fork("a", "b"),
    new Random("a").fork("ab"),
    new Random("a").fork("b", "a"),
    new Random("a").fork("a").fork("c"),
    new Random("a").fork(1),
    new Random("a").fork(1, 2),
    new Random("a").fork(12),
  ];
  assertEquals(new Set(streams.map(first)).size, streams.length);
});

Deno.test("the numbers of a seed never change: stored seeds repeat stored results", () => {
  const numbers = (seed: number | string) => {
    const random = new Random(seed);
    return {
      uniform: [random.uniform(), random.uniform(), random.uniform()],
      normal: [random.normal(), random.normal(), random.normal()],
      permutation: [...random.permutation(8)],
      integer: random.integer(1000),
      fork: [random.fork("x", 2).uniform(), random.fork("x", 2).fork(0).normal()],
    };
  };
  assertEquals(numbers(1), {
    uniform: [0.28992944839410484, 0.6610396071337163, 0.2974522344302386],
    normal: [-0.6107864934187496, -1.2517286185269296, -0.6323723381554563],
    permutation: [3, 4, 0, 1, 6, 7, 2, 5],
    integer: 567,
    fork: [0.4457550656516105, 0.16853351429544142],
  });
  assertEquals(numbers("a seed"), {
    uniform: [0.8358580337371677, 0.9431042948272079, 0.31348140467889607],
    normal: [-0.27471195576114815, -0.16230408699275942, 1.0660027421810108],
    permutation: [7, 2, 0, 6, 3, 4, 1, 5],
    integer: 30,
    fork: [0.6495792742352933, 0.22487796301149135],
  });
  const long = new Random("1");
  const last = Array.from({ length: 1000 }, () => long.uniform()).at(-1);
  assertEquals(last, 0.8095501251518726);
});

Deno.test("a fork does not depend on what was drawn before, and takes nothing from its stream", () => {
  const [used, unused] = [new Random(4), new Random(4)];
  used.normals(5);
  assertEquals(used.fork("x").normals(4), unused.fork("x").normals(4));
  const quiet = new Random(4);
  quiet.fork("x").normals(9);
  assertEquals(quiet.normals(4), new Random(4).normals(4));
});

Deno.test("streams of neighboring seeds tell nothing of each other", () => {
  for (const [a, b] of [[0, 1], [1, 2], [100, 101]]) {
    const [left, right] = [a, b].map((seed) => new Random(seed).normals(10_000));
    assertAlmostEquals(correlation(left, right), 0, 0.04);
  }
});
