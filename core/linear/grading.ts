/** From the score to the grade and back: the calibration of a linear probe. */

import { InputError } from "../errors.ts";
import { fitLine } from "./regression.ts";

/** A strictly rising function from score (σ) to grade, with its inverse. */
export interface Grading {
  /** The grade, a real number on the label scale, of a score. */
  grade(score: number): number;
  /** The inverse of `grade`. */
  scoreAt(grade: number): number;
  /** The label decided on; absent where the label is the rounded grade. */
  label?(score: number): number;
  /** What {@linkcode gradingFrom} needs. */
  readonly parameters: Readonly<Record<string, number[]>>;
}

/** grade = slope · score + intercept: the linear regression of the paper (Atad et al.). */
export function lineGrading(slope: number, intercept: number): Grading {
  return {
    grade: (score) => slope * score + intercept,
    scoreAt: (grade) => (grade - intercept) / slope,
    parameters: { gradeLine: [slope, intercept] },
  };
}

/**
 * Fits the regression of the grade on the score.
 *
 * @throws {InputError} When the grade does not rise with the score, so that no score belongs to a grade.
 */
export function fitLineGrading(scores: Float64Array, labels: ArrayLike<number>): Grading {
  const { slope, intercept } = fitLine(scores, labels);
  if (!(slope > 0)) {
    throw new InputError(
      `Cannot fit a probe: expected the grade to rise with the score, its slope is ${slope} grades per σ`,
    );
  }
  return lineGrading(slope, intercept);
}

/** Scores and the mean label of rows that belong together. */
export interface IsotonicBlock {
  /** The mean score, σ. */
  readonly score: number;
  /** The mean label: the grade of all rows of the block. */
  readonly grade: number;
  /** The lowest and the highest score. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/**
 * The rising step function nearest to the labels in squares, by pooling adjacent violators (Ayer et al. 1955): rows of equal
 * scores are one block from the start, and neighbors merge until grades rise strictly.
 *
 * @example
 * ```ts
 * import { isotonicBlocks } from "./grading.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const blocks = isotonicBlocks([1, 2, 3, 4], [0, 2, 1, 3]);
 * assertEquals(blocks.map(({ grade }) => grade), [0, 1.5, 3]);
 * ```
 */
export function isotonicBlocks(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): IsotonicBlock[] {
  const order = Array.from({ length: scores.length }, (_, i) => i)
    .sort((a, b) => scores[a] - scores[b]);
  const blocks: { scores: number; labels: number; from: number; to: number; rows: number }[] = [];
  for (const i of order) {
    const last = blocks.at(-1);
    if (last && last.to === scores[i]) {
      [last.scores, last.labels, last.rows] = [
        last.scores + scores[i],
        last.labels + labels[i],
        last.rows + 1,
      ];
    } else {
      // The block before has all its rows now, so it may be compared with those before it.
      pool(blocks);
      blocks.push({
        scores: scores[i],
        labels: labels[i],
        from: scores[i],
        to: scores[i],
        rows: 1,
      });
    }
  }
  pool(blocks);
  return blocks.map(({ scores, labels, rows, from, to }) => ({
    score: scores / rows,
    grade: labels / rows,
    from,
    to,
    rows,
  }));
}

/** Merges the last blocks while the grade of the last is not above that of the one before. */
function pool(
  blocks: { scores: number; labels: number; from: number; to: number; rows: number }[],
): void {
  while (blocks.length > 1) {
    const [before, last] = blocks.slice(-2);
    if (last.labels * before.rows > before.labels * last.rows) return;
    before.scores += last.scores;
    before.labels += last.labels;
    before.rows += last.rows;
    before.to = last.to;
    blocks.pop();
  }
}

/**
 * Straight lines between the points (score, grade), which rise strictly in both; beyond the first and the last point the grade
 * goes on with `slope`, in grades per σ.
 */
function isotonicGrading(
  scores: readonly number[],
  grades: readonly number[],
  slope: number,
): Grading {
  const along = (x: readonly number[], y: readonly number[], rise: number) => (value: number) => {
    const last = x.length - 1;
    if (value <= x[0]) return y[0] + rise * (value - x[0]);
    if (value >= x[last]) return y[last] + rise * (value - x[last]);
    const k = x.findIndex((end) => end >= value);
    return y[k - 1] + (y[k] - y[k - 1]) * (value - x[k - 1]) / (x[k] - x[k - 1]);
  };
  return {
    grade: along(scores, grades, slope),
    scoreAt: along(grades, scores, 1 / slope),
    parameters: { gradeScores: [...scores], gradeValues: [...grades], gradeSlope: [slope] },
  };
}

/**
 * Fits {@linkcode isotonicGrading}: the points are the blocks of {@linkcode isotonicBlocks} at their mean scores, the slope beyond
 * them is that of the regression line.
 *
 * @throws {InputError} When the grade does not rise with the score.
 */
export function fitIsotonicGrading(scores: Float64Array, labels: ArrayLike<number>): Grading {
  const { slope } = fitLine(scores, labels);
  const blocks = isotonicBlocks(scores, labels);
  if (!(slope > 0) || blocks.length < 2) {
    throw new InputError(
      `Cannot fit a probe: expected the grade to rise with the score, its slope is ${slope} grades per σ`,
    );
  }
  return isotonicGrading(
    blocks.map(({ score }) => score),
    blocks.map(({ grade }) => grade),
    slope,
  );
}

/** How the grade follows from the score, for probes that leave the choice. */
export const GRADINGS = {
  linear: fitLineGrading,
  isotonic: fitIsotonicGrading,
} satisfies Record<string, (scores: Float64Array, labels: ArrayLike<number>) => Grading>;

/**
 * The probability of an end class at which the grade is that class: tails of the grouped median reach 0 and K − 1 at
 * infinity only, so from one logit before this point they go on as straight lines.
 */
const END_PROBABILITY = 0.9;
const TANGENT = Math.log(END_PROBABILITY / (1 - END_PROBABILITY)) - 1;

/**
 * The grouped median of a cumulative-link model: P(label ≤ k) = σ(steepness · (thresholdₖ − score)), where class k fills
 * the grades from k − ½ to k + ½ evenly and the grade is the point with half of the probability on either side. So the
 * grade at threshold k is k + ½, and rounding the grade gives the median class.
 *
 * @param thresholds Rising, in σ; one fewer than there are classes.
 * @param steepness Logits per σ, positive.
 */
export function medianGrading(thresholds: readonly number[], steepness: number): Grading {
  const last = thresholds.length; // the highest class
  /** P(label ≤ k) */
  const below = (k: number, score: number) =>
    k < 0 ? 0 : k >= last ? 1 : 1 / (1 + Math.exp(-steepness * (thresholds[k] - score)));
  const label = (score: number) => {
    let k = 0;
    while (k < last && score > thresholds[k]) k++;
    return k;
  };
  /** How far the grade still is from the end class, `t` logits beyond the last threshold. */
  const remainder = (t: number) =>
    t <= TANGENT ? Math.exp(-t) / 2 : Math.exp(-TANGENT) / 2 * (1 - (t - TANGENT));
  const remainderInverse = (r: number) =>
    r >= remainder(TANGENT) ? -Math.log(2 * r) : TANGENT + 1 - 2 * r * Math.exp(TANGENT);
  return {
    label,
    grade(score) {
      const k = label(score);
      if (k === 0) return remainder(steepness * (thresholds[0] - score));
      if (k === last) return last - remainder(steepness * (score - thresholds[last - 1]));
      const [from, to] = [below(k - 1, score), below(k, score)];
      return k - 0.5 + (0.5 - from) / (to - from);
    },
    scoreAt(grade) {
      if (grade <= 0.5) return thresholds[0] - remainderInverse(grade) / steepness;
      if (grade >= last - 0.5) {
        return thresholds[last - 1] + remainderInverse(last - grade) / steepness;
      }
      const k = Math.round(grade);
      const share = grade - k + 0.5;
      let [low, high] = [thresholds[k - 1], thresholds[k]];
      for (let i = 0; i < 100; i++) {
        const middle = (low + high) / 2;
        // The share of probability below `grade` falls as the score rises.
        const under = (1 - share) * below(k - 1, middle) + share * below(k, middle);
        if (under > 0.5) low = middle;
        else high = middle;
      }
      return (low + high) / 2;
    },
    parameters: { thresholds: [...thresholds], steepness: [steepness] },
  };
}

/** The grading that `parameters` describe, or undefined when they describe none. */
export function gradingFrom(
  parameters: Readonly<Record<string, number | number[] | number[][]>>,
): Grading | undefined {
  const { gradeLine, thresholds, steepness, gradeScores, gradeValues, gradeSlope } =
    parameters as Record<string, number[] | undefined>;
  if (gradeLine?.length === 2) return lineGrading(gradeLine[0], gradeLine[1]);
  if (
    gradeScores?.length && gradeValues?.length === gradeScores.length && gradeSlope?.length === 1
  ) {
    return isotonicGrading(gradeScores, gradeValues, gradeSlope[0]);
  }
  if (thresholds?.length && steepness?.length === 1) return medianGrading(thresholds, steepness[0]);
}
