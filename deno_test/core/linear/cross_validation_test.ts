/** Folds, and choosing by them. */

import { Random } from "@countergrade/countergrade";
import { selectPenalty, strata, stratifiedFolds } from "@countergrade/countergrade/linear";
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
