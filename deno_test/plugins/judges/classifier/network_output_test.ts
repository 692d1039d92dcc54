/** What the numbers of a classifier mean. */

import { FormatError, tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  classesOf,
  judgedFrom,
  type Output,
} from "../../../../plugins/judges/classifier/network_output.ts";

const read = (output: Output, ...numbers: number[]) =>
  judgedFrom(output, numbers.length, tensor([1, numbers.length], numbers), 1);

Deno.test("every kind of output becomes probabilities with the sum 1, and the grade that they expect", () => {
  const finite = fc.float({ min: -50, max: 50, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1, maxLength: 6 }),
      fc.constantFrom<Output>("logits", "ordinal"),
      (numbers, output) => {
        const { grades: [grade], probabilities } = read(output, ...numbers);
        const classes = classesOf(output, numbers.length)!;
        assertEquals(probabilities!.length, classes);
        assert(probabilities!.every((p) => p >= 0 && p <= 1));
        assertAlmostEquals(probabilities!.reduce((sum, p) => sum + p, 0), 1, 1e-12);
        assertAlmostEquals(grade, probabilities!.reduce((sum, p, k) => sum + k * p, 0), 1e-12);
      },
    ),
  );
});

Deno.test("one logit is that of yes, and keeps its digits far from the boundary", () => {
  const { probabilities: [no, yes] = [], grades } = read("logits", 40);
  assertAlmostEquals(Math.log(yes / no), 40, 1e-6);
  assertEquals(grades[0], yes);
  assertAlmostEquals(read("logits", -3).grades[0], 1 / (1 + Math.exp(3)), 1e-12);
});

Deno.test("cumulative logits are differences of P(label > k), also where they cross", () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const { probabilities } = read("ordinal", 2, -1);
  [1 - sigmoid(2), sigmoid(2) - sigmoid(-1), sigmoid(-1)]
    .forEach((p, k) => assertAlmostEquals(probabilities![k], p, 1e-12));
  assertEquals(read("ordinal", -1, 2).probabilities![1], 0);
});

Deno.test("probabilities are taken as they are, and a grade too", () => {
  const { probabilities, grades } = read("probabilities", 0.25, 0.25, 0.5);
  assertEquals([...probabilities!], [0.25, 0.25, 0.5]);
  assertEquals(grades[0], 1.25);
  assertEquals([...read("probabilities", 0.25).probabilities!], [0.75, 0.25]);
  assertEquals(read("grade", 2.5), { grades: Float64Array.of(2.5) });
});

Deno.test("numbers that cannot be what they are said to be are refused, with what was expected", () => {
  const cases: [() => unknown, string][] = [
    [() => read("probabilities", 3, -1), "expected probabilities with the sum 1: are they logits?"],
    [() => read("probabilities", 0.2, 0.2), "gave 0.2"],
    [() => read("logits", 1, NaN), "gave NaN at 1, expected finite numbers"],
    [
      () => judgedFrom("logits", 5, tensor([2, 3], new Float32Array(6)), 2),
      "gave shape [2, 3], expected [2, 5]",
    ],
    [
      () => judgedFrom("logits", 3, tensor([3, 3], new Float32Array(9)), 2),
      "gave shape [3, 3], expected [2, 3]",
    ],
    [() => classesOf("grade", 2), "expected one number per image as its grade, it gives 2"],
    [() => classesOf("logits", 0), "it gives 0"],
  ];
  for (const [run, words] of cases) assertThrows(run, FormatError, words);
});
