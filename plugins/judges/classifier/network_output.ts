/** What the numbers of a classifier mean: grades, and probabilities of classes. */

import { FormatError, type Judged, type Tensor } from "@countergrade/countergrade";
import type { z } from "zod";
import type { OutputSchema } from "./usage.ts";

/** How far the sum of probabilities may be from 1. */
const SUM_TOLERANCE = 1e-2;

/** See {@linkcode OutputSchema}. */
export type Output = z.infer<typeof OutputSchema>;

/**
 * How many classes `outputs` numbers per image tell apart; none of a grade.
 *
 * @throws {FormatError} When there are more numbers than a grade, or none.
 */
export function classesOf(output: Output, outputs: number): number | undefined {
  if (output === "grade" && outputs === 1) return undefined;
  if (output === "grade" || outputs < 1) {
    throw new FormatError(
      `Cannot use the judge: expected ${
        output === "grade" ? "one number" : "numbers"
      } per image as its ${output}, it gives ${outputs}`,
    );
  }
  return output === "ordinal" || outputs === 1 ? outputs + 1 : outputs;
}

/**
 * Reads what a network gave, `[n, m]` with m = `outputs`; axes of length 1 behind do not matter.
 *
 * @throws {FormatError} When it has another shape, numbers that are not finite, or probabilities that are none.
 */
export function judgedFrom(output: Output, outputs: number, given: Tensor, n: number): Judged {
  const [rows] = given.shape;
  if (rows !== n || given.data.length !== n * outputs) {
    throw new FormatError(
      `The judge gave shape [${given.shape.join(", ")}], expected [${n}, ${outputs}]`,
    );
  }
  const odd = given.data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new FormatError(`The judge gave ${given.data[odd]} at ${odd}, expected finite numbers`);
  }
  const numbers = Float64Array.from(given.data);
  const classes = classesOf(output, outputs);
  if (classes === undefined) return { grades: numbers };
  const probabilities = new Float64Array(n * classes);
  const grades = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = numbers.subarray(i * outputs, (i + 1) * outputs);
    const p = Float64Array.from(READERS[output as keyof typeof READERS](row, i));
    probabilities.set(p, i * classes);
    grades[i] = p.reduce((sum, value, k) => sum + k * value, 0);
  }
  return { grades, probabilities };
}

const READERS = {
  logits: (row: Float64Array) => row.length === 1 ? yesOrNo(row[0]) : softmax(row),
  ordinal: cumulative,
  probabilities: distribution,
} satisfies Record<
  Exclude<Output, "grade">,
  (row: Float64Array, image: number) => ArrayLike<number>
>;

/** 1/(1 + e^−x); both sides of a logit come from it, so that neither loses its last digits. */
function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function yesOrNo(logit: number): number[] {
  return [sigmoid(-logit), sigmoid(logit)];
}

function softmax(logits: Float64Array): Float64Array {
  const most = Math.max(...logits);
  const parts = logits.map((value) => Math.exp(value - most));
  const sum = parts.reduce((total, value) => total + value, 0);
  return parts.map((value) => value / sum);
}

/**
 * Cumulative logits: P(y > j) = σ(l_j), so p_k = P(y > k − 1) − P(y > k). Where a network lets them cross, the excess of the later
 * one is taken off.
 */
function cumulative(logits: Float64Array): number[] {
  const beyond = [1, ...logits.map(sigmoid), 0];
  for (let j = 1; j < beyond.length; j++) beyond[j] = Math.min(beyond[j], beyond[j - 1]);
  return beyond.slice(1).map((value, k) => beyond[k] - value);
}

function distribution(row: Float64Array, image: number): Float64Array {
  const all = row.length === 1 ? Float64Array.of(1 - row[0], row[0]) : row;
  const sum = all.reduce((total, value) => total + value, 0);
  if (all.every((p) => p >= -1e-6) && Math.abs(sum - 1) <= SUM_TOLERANCE) {
    const least = all.map((p) => Math.max(0, p));
    const total = least.reduce((whole, value) => whole + value, 0);
    return least.map((p) => p / total);
  }
  throw new FormatError(
    `The judge gave ${[...row].join(", ")} for image ${image}, expected probabilities with the ` +
      "sum 1: are they logits?",
  );
}
