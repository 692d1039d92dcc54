/** What every probe checks before it fits. */

import { InputError, Random, tensor } from "@countergrade/countergrade";
import { rowWeights, trainingSet } from "@countergrade/countergrade/linear";
import { assertEquals, assertThrows } from "@std/assert";

const codes = tensor([4, 1], [1, 2, 3, 4]);
const context = {
  scale: { type: "ordinal" as const, names: ["a", "b", "c"] },
  threshold: 1,
  random: new Random(1),
};

Deno.test("trainingSet() splits the labels at the threshold", () => {
  const labels = Int32Array.of(0, 1, 2, 0);
  assertEquals([...trainingSet(codes, labels, context).sides], [-1, 1, 1, -1]);
  assertEquals([...trainingSet(codes, labels, { ...context, threshold: 2 }).sides], [
    -1,
    -1,
    1,
    -1,
  ]);
});

Deno.test("trainingSet() says what is wrong with labels and threshold", () => {
  const refuses = (labels: number[], words: string, threshold = 1) =>
    assertThrows(
      () => trainingSet(codes, Int32Array.from(labels), { ...context, threshold }),
      InputError,
      words,
    );
  refuses([0, 1, 2], "expected 4 labels");
  refuses([0, 1, 2, 3], "from 0 to 2, got 3");
  refuses([0, 1, 2, -1], "got -1");
  refuses([0, 0, 0, 0], "0 of 4");
  refuses([1, 1, 2, 1], "4 of 4");
  refuses([0, 1, 2, 0], "threshold from 1 to 2, got 3", 3);
  refuses([0, 1, 2, 0], "got 0.5", 0.5);
});

Deno.test("rowWeights() gives each class the same sum when balanced, and the mean 1", () => {
  assertEquals([...rowWeights([0, 0, 0, 2], "balanced")], [2 / 3, 2 / 3, 2 / 3, 2]);
  assertEquals([...rowWeights([0, 0, 2], "none")], [1, 1, 1]);
});
