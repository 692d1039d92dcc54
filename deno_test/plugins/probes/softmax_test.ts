/** The softmax over linear logits: sums that do not overflow, and slopes that differences confirm. */

import { Random, tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  logits,
  logSum,
  oddsOf,
  slopeLength,
  slopesOf,
  type Softmax,
} from "../../../plugins/probes/softmax.ts";

const random = new Random("softmax");
const [d, m, n] = [4, 3, 5];
const row = (length: number) => Array.from(random.normals(length));
/** Classes 0, 2 and 5; nobody has the others. */
const softmax: Softmax = {
  present: [0, 2, 5],
  weights: Array.from({ length: m }, () => row(d)),
  intercepts: row(m),
  mean: Float64Array.from(row(d)),
  sigma: Float64Array.of(0.5, 1, 2, 3),
};
const codes = tensor([n, d], row(n * d));

Deno.test("logits are those of standardized codes", () => {
  const told = logits(softmax, codes);
  assertEquals(told.length, n * m);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < m; k++) {
      const expected = softmax.weights[k].reduce(
        (sum, w, j) => sum + w * (codes.data[i * d + j] - softmax.mean[j]) / softmax.sigma[j],
        softmax.intercepts[k],
      );
      assertAlmostEquals(told[i * m + k], expected, 1e-9);
    }
  }
  assertThrows(() => logits(softmax, tensor([1, 3], [1, 2, 3])), TypeError, "classify codes");
});

Deno.test("the log of a sum of exponentials neither overflows nor counts what is left out", () => {
  assertAlmostEquals(logSum(Float64Array.of(Math.log(2), Math.log(3), 0)), Math.log(6), 1e-12);
  assertAlmostEquals(logSum(Float64Array.of(Math.log(2), Math.log(3), 0), 1), Math.log(3), 1e-12);
  assertAlmostEquals(logSum(Float64Array.of(900, 0, 1), 0), Math.log(1 + Math.E), 1e-12);
  assertAlmostEquals(logSum(Float64Array.of(1000, 1000)), 1000 + Math.log(2), 1e-9);
  assertAlmostEquals(logSum(Float64Array.of(-1000, -1000)), -1000 + Math.log(2), 1e-9);
});

Deno.test("log-odds are those of a class against all others together; of a class that nobody has −∞", () => {
  const told = logits(softmax, codes);
  for (const [k, label] of softmax.present.entries()) {
    oddsOf(softmax, told, label).forEach((odds, i) => {
      const weights = Array.from(told.subarray(i * m, (i + 1) * m), Math.exp);
      const p = weights[k] / weights.reduce((a, b) => a + b);
      assertAlmostEquals(odds, Math.log(p / (1 - p)), 1e-9);
    });
  }
  assertEquals([...oddsOf(softmax, told, 1)], Array(n).fill(-Infinity));
});

Deno.test("slopes are those that finite differences find, and their mean length follows from the weights", () => {
  for (const label of softmax.present) {
    const slopes = slopesOf(softmax, codes, label);
    assertEquals(slopes.shape, [n, d]);
    const oddsAt = (data: number[]) =>
      oddsOf(softmax, logits(softmax, tensor([1, d], data)), label)[0];
    let length = 0;
    for (let i = 0; i < n; i++) {
      const code = Array.from(codes.data.subarray(i * d, (i + 1) * d));
      let square = 0;
      for (let j = 0; j < d; j++) {
        // A step of float32, in units of σ.
        const step = (sign: number) => code.with(j, code[j] + sign * softmax.sigma[j] / 64);
        const difference = (oddsAt(step(1)) - oddsAt(step(-1))) * 32;
        assertAlmostEquals(slopes.data[i * d + j], difference, 2e-3);
        square += slopes.data[i * d + j] ** 2;
      }
      length += Math.sqrt(square) / n;
    }
    assertAlmostEquals(slopeLength(softmax, logits(softmax, codes), label), length, 1e-5);
    assert(length > 0.1);
  }
  assertEquals(slopesOf(softmax, codes, 1).data, new Float32Array(n * d));
  assertEquals(slopeLength(softmax, logits(softmax, codes), 1), 0);
});
