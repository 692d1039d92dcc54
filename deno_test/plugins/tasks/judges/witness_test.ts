/** A judge is held to the scale and the question of whoever asks it. */

import {
  Host,
  InputError,
  type LabelScale,
  NotFoundError,
  tensor,
} from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { judgeVersions, openWitness, verdictOf } from "../../../../plugins/tasks/judges/witness.ts";
import plugin, { toyJudge } from "../../../toy_judge.ts";

await using host = await Host.boot([plugin]);
const kl: LabelScale = { type: "ordinal", names: ["KL 0", "KL 1", "KL 2", "KL 3", "KL 4"] };
const yesNo: LabelScale = { type: "binary", names: ["no", "yes"] };
const kinds: LabelScale = { type: "nominal", names: ["a", "b", "c"] };
const age: LabelScale = { type: "continuous", names: ["age, years"] };

/** Two images: dark, bright. */
const images = tensor([2, 1, 1, 2], [-0.5, -0.5, 0.5, 0.5]);
const ask = async (classes: number, scale: LabelScale, threshold = 2) => {
  await using witness = await openWitness({ brightness: { classes, sharpness: 4, middle: 0 } }, {
    scale,
    threshold,
  }, memoryJob(host));
  return { witness, verdicts: await witness.look(images) };
};

Deno.test("with the classes of the scale it tells grades, and the probability of the severe side", async () => {
  const { witness, verdicts: { grade, probability, score, label } } = await ask(5, kl);
  assert(witness.graded && label === undefined);
  assert(grade![0] < 2 && grade![1] > 2);
  // The middle class is KL 2, which is severe: a dark image is a KL 1.
  assertAlmostEquals(score[1], Math.log(probability![1] / (1 - probability![1])), 1e-9);
  assert(probability![0] < 0.5 && score[0] < 0 && score[1] > 0);
});

Deno.test("a yes or no answers the question of a longer scale, and has no grades there", async () => {
  const { witness, verdicts } = await ask(2, kl);
  assertEquals([witness.graded, witness.threshold], [false, 2]);
  assertEquals([verdicts.grade, verdictOf(verdicts, 1)], [undefined, {
    probability: verdicts.probability![1],
  }]);
  assertAlmostEquals(verdicts.score[1], 2, 1e-9);
  const both = await ask(2, yesNo, 1);
  both.verdicts.grade!.forEach((grade, i) =>
    assertAlmostEquals(grade, both.verdicts.probability![i], 1e-12)
  );
});

Deno.test("a judge of grades alone is on either side of the boundary by half a grade", async () => {
  const { verdicts } = await ask(0, kl, 1);
  assertEquals(verdicts.probability, undefined);
  assertEquals([...verdicts.score], [-1, 0]);
  assertEquals([...(await ask(0, age, 0)).verdicts.score], [-0.5, 0.5]);
});

Deno.test("on a scale without an order it tells the likeliest class", async () => {
  const { witness, verdicts } = await ask(3, kinds, 2);
  assertEquals([witness.graded, verdicts.grade, [...verdicts.label!]], [false, undefined, [0, 2]]);
  assert(verdicts.score[1] > 0 && verdicts.score[0] < 0);
});

Deno.test("other classes than the scale has are refused, with what was expected and what came", async () => {
  const cases: [number, LabelScale, string][] = [
    [7, kl, "expected 5 classes (KL 0, KL 1, KL 2, KL 3, KL 4), or 2, it tells 7 classes"],
    [5, yesNo, "expected 2 classes (no, yes), it tells 5 classes"],
    [5, age, "expected grades, or 2 classes, it tells 5 classes"],
    [0, kinds, "expected 3 classes (a, b, c), or 2, it tells grades"],
  ];
  for (const [classes, scale, words] of cases) {
    await assertRejects(() => ask(classes, scale), InputError, words);
  }
});

Deno.test("the encoder whose pictures are judged is no witness", async () => {
  const through = {
    ...toyJudge,
    name: "through",
    open: async (...args: Parameters<typeof toyJudge.open>) => ({
      ...await toyJudge.open(...args),
      encoder: "encoder-1",
    }),
  };
  await using other = await Host.boot([plugin, {
    id: "through",
    version: "1.0.0",
    apiVersion: "^1",
    setup: async (registry) =>
      registry.add((await import("@countergrade/countergrade")).judges, through as never),
  }]);
  const open = (encoder: string) =>
    openWitness({ through: {} }, { scale: yesNo, threshold: 1, encoder }, memoryJob(other));
  await assertRejects(() => open("encoder-1"), InputError, "it looks through encoder-1");
  await (await open("encoder-2"))[Symbol.asyncDispose]();
});

Deno.test("what a judge's options only name has its version among a task's inputs", async () => {
  assertEquals(await judgeVersions(undefined, host), []);
  assertEquals(await judgeVersions({ brightness: {} }, host), []);
  await assertRejects(() => judgeVersions({ gone: {} }, host), NotFoundError, "brightness");
});
