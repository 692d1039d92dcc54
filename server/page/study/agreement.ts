/** How well a reader agrees with what was asked for, with the labels, and with the grader; and whether generated pictures are told. */

import type { Reading, StudyItem } from "./study.ts";

/** An agreement of grades. */
export interface Agreement {
  /** Quadratic weighted kappa (Cohen 1968); NaN where all grades of one side are alike. */
  readonly kappa: number;
  /** Mean absolute difference, in grades. */
  readonly error: number;
  readonly images: number;
}

/** A pair of grades of one image. */
type Pair = readonly [mine: number, other: number];

/**
 * Agreement of two graders:
 *
 * κ = 1 − Σ w o / Σ w e, w = (i − j)², o the counts of pairs (i, j), e those to expect when both graded by chance.
 */
export function agreementOf(pairs: readonly Pair[]): Agreement {
  const mean = (of: (pair: Pair) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [mine, other] = [mean(([mine]) => mine), mean(([, other]) => other)];
  const observed = mean(([mine, other]) => (mine - other) ** 2);
  // The mean of (i − j)² over all pairings: both variances and the distance of the means.
  const expected = mean((pair) => (pair[0] - mine) ** 2) +
    mean((pair) => (pair[1] - other) ** 2) + (mine - other) ** 2;
  return {
    kappa: expected > 0 ? 1 - observed / expected : NaN,
    error: mean(([mine, other]) => Math.abs(mine - other)),
    images: pairs.length,
  };
}

/** What a reader's grades are held against, and how a judge does beside the reader, on the pictures that it has seen. */
export interface Held {
  readonly reader: Agreement;
  /** NaN without a judge. */
  readonly judge: Agreement;
}

/** What a study says. */
export interface Findings {
  /** With the grade asked for, of edited images. */
  readonly asked: Held;
  /** With the label, of real and reconstructed images. */
  readonly labeled: Held;
  /** With what the grader reads in the same pictures. */
  readonly grader: Held;
  /** With what a judge reads in them, where the study has one. */
  readonly judge: Agreement;
  /** Of generated pictures the share that was called real; of real ones too. */
  readonly generatedCalledReal: number;
  readonly realCalledReal: number;
  /** Per image, in s. */
  readonly seconds: number;
}

/** Sums up the readings of one reader. */
export function findingsOf(
  items: readonly StudyItem[],
  readings: readonly Reading[],
): Findings {
  const read = readings.map((reading) => ({ reading, item: items[reading.item] }));
  type Grade = (item: StudyItem, reading: Reading) => number | null | undefined;
  const agreement = (one: Grade, other: Grade): Agreement =>
    agreementOf(read.flatMap(({ reading, item }) => {
      const pair = [one(item, reading), other(item, reading)];
      return pair.some((grade) => grade == null)
        ? []
        : [[Math.round(pair[0]!), Math.round(pair[1]!)] as const];
    }));
  const reader: Grade = (_item, { grade }) => grade;
  const judge: Grade = ({ judged }) => judged;
  const held = (other: Grade): Held => ({
    reader: agreement(reader, other),
    judge: agreement(judge, other),
  });
  const share = (which: (item: StudyItem) => boolean) => {
    const some = read.filter(({ item }) => which(item));
    return some.filter(({ reading }) => reading.isReal).length / some.length;
  };
  return {
    asked: held(({ kind, grade }) => kind === "edited" ? grade : undefined),
    labeled: held(({ kind, grade }) => kind === "edited" ? undefined : grade),
    grader: held(({ read }) => read),
    judge: agreement(reader, judge),
    generatedCalledReal: share(({ kind }) => kind !== "real"),
    realCalledReal: share(({ kind }) => kind === "real"),
    seconds: readings.reduce((sum, { ms }) => sum + ms, 0) / 1000 / readings.length,
  };
}
