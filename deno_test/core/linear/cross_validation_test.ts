/** Folds, and choosing by them. */

import { Random } from "@countergrade/countergrade";
import {
  crossValidationOptions,
  selectPenalty,
  strata,
  stratifiedFolds,
} from "@countergrade/countergrade/linear";
import { assert, assertEquals } from "@std/assert";

Deno.test("stratifiedFolds() deals every class out evenly, the same for the same seed", () => {
  const classes = Int32Array.from({ length: 47 }, (_, i) => i < 30 ? 0 : i < 40 ? 1 : 2);
  const folds = stratifiedFolds(classes, 5, new Random(3))!;
  for (const k of [0, 1, 2]) {
    const counts = [0, 1, 2, 3, 4].map((fold) =>
      folds.filter((part, i) => part === fold && classes[i] === k).length
    );
    assert(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
  }
  assertEquals(stratifiedFolds(classes, 5, new Random(3)), folds);
  assert(stratifiedFolds(classes, 5, new Random(4))!.some((part, i) => part !== folds[i]));
});

Deno.test("stratifiedFolds() never holds out the only row of a class, and gives up without two classes", () => {
  assertEquals(stratifiedFolds([0, 0, 0, 1], 2, new Random(1))![3], -1);
  assertEquals(stratifiedFolds([1, 1, 1], 2, new Random(1)), undefined);
  assertEquals(stratifiedFolds([0, 1, 2], 2, new Random(1)), undefined);
});

Deno.test("strata() puts neighbors together", () => {
  assertEquals([...strata([5.5, 1, 3, 2], 2)], [1, 0, 1, 0]);
  assertEquals([...strata([-1, 10, 9, 2, -3], 2)], [0, 2, 1, 1, 0]);
  assertEquals([...strata([], 2)], []);
});

const valley = (best: number) => (value: number) =>
  Promise.resolve([(Math.log(value) - Math.log(best)) ** 2, 1]);

Deno.test("selectPenalty() takes the best of the values that it is given, and tries them all", async () => {
  const { option, value, values, losses } = await selectPenalty("c", [1, 10, 100], valley(20));
  assertEquals([option, value, values, losses.length], ["c", 10, [1, 10, 100], 3]);
});

Deno.test("selectPenalty() goes on over one bump, and stops after two values in a row that are worse than the best", async () => {
  const losses = new Map([[1000, 1], [100, 1.1], [10, 0.5], [1, 0.6], [0.1, 0.7], [0.01, 0.1]]);
  const tried: number[] = [];
  const { values, value } = await selectPenalty("lambda", [...losses.keys()], (value) => {
    tried.push(value);
    return Promise.resolve([losses.get(value)!]);
  }, true);
  assertEquals(tried, [1000, 100, 10, 1, 0.1]);
  assertEquals(values, tried);
  assert(value > 1 && value < 100, `${value}`);
});

Deno.test("the lowest point between three values is the parabola's on a logarithmic axis, to three digits; an end stays", async () => {
  const refined = async (losses: readonly number[], values = [100, 10, 1]) => {
    const of = (value: number) => Promise.resolve([losses[values.indexOf(value)]]);
    return (await selectPenalty("lambda", values, of, true)).value;
  };
  assertEquals(await refined([2, 1, 2]), 10);
  // Losses 3, 1, 2 at log₁₀ = 2, 1, 0: the parabola 1.5·t² + 0.5·t + 1 around 1 is lowest at t = −1/6.
  assertEquals(await refined([3, 1, 2]), Number((10 ** (1 - 1 / 6)).toPrecision(3)));
  assertEquals(await refined([2, 1, 3]), Number((10 ** (1 + 1 / 6)).toPrecision(3)));
  // Unevenly spaced: 4, 1, 9 at t = 2, 0, −3 have their lowest point at 0.
  assertEquals(await refined([4, 0, 9], [100, 1, 0.001]), 1);
  assertEquals(await refined([1, 2, 3]), 100);
  assertEquals(await refined([3, 2, 1]), 1);
  assertEquals(await refined([1, 1, 1]), 100);
});

Deno.test("cross-validation has five folds unless asked otherwise, 2 to 20, and up to 50 positive values", () => {
  const parsed = (given: unknown) => crossValidationOptions.safeParse(given);
  assertEquals(parsed(undefined).data, { folds: 5 });
  assertEquals(parsed({}).data, { folds: 5 });
  const many = (n: number) => ({ values: Array<number>(n).fill(1) });
  for (const good of [{ folds: 2 }, { folds: 20 }, many(1), many(50)]) {
    assert(parsed(good).success, JSON.stringify(good));
  }
  const wrong = [{ folds: 1 }, { folds: 21 }, { folds: 2.5 }, many(0), many(51), { values: [0] }];
  for (const bad of [...wrong, { values: [-1] }, { fold: 3 }]) {
    assert(!parsed(bad).success, JSON.stringify(bad));
  }
});

Deno.test("selectPenalty() takes the strongest of equal ones", async () => {
  const same = () => Promise.resolve([0.5, 0.5]);
  assertEquals((await selectPenalty("lambda", [100, 10, 1], same)).value, 100);
  assertEquals((await selectPenalty("lambda", [100, 10, 1], same, true)).value, 100);
});

Deno.test("selectPenalty() goes on between the values of a net, and stops when it only gets worse", async () => {
  const net = [1000, 100, 10, 1, 0.1, 0.01];
  const { value, values } = await selectPenalty("lambda", net, valley(20), true);
  assertEquals([value, values], [20, [1000, 100, 10, 1, 0.1].slice(0, values.length)]);
  assert(values.length < net.length);
  assertEquals((await selectPenalty("lambda", net, valley(5000), true)).value, 1000);
});
