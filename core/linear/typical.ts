/** Typical scores: where real patients of each grade lie, which is where a counterfactual of that grade should arrive. */

import { FormatError } from "../errors.ts";
import { fitLine } from "./regression.ts";
import { isotonicBlocks } from "./grading.ts";
import type { Labels, LabelScale } from "../labels.ts";
import type { Probe } from "../probe.ts";
import { percentile } from "./statistics.ts";
import type { Codes } from "../tensor.ts";

/**
 * The scores that training images with each label have. A probe's `scoreAt` inverts E[grade | score], whose slope shrinks with the
 * strength of the probe: it asks for scores that no patient has. These are E[score | grade].
 */
export interface TypicalScores {
  /** Of this layout. */
  readonly version: 1;
  /**
   * Labels `[k]`, rising: the grades that have images, the classes of a nominal scale, or the mean labels of as many groups of a
   * continuous one.
   */
  readonly labels: readonly number[];
  /**
   * The mean score `[k]` of the images with each label, in σ; made monotone in the label where the scale has an order. On a nominal
   * scale the mean log-odds of each class among its own images.
   */
  readonly scores: readonly number[];
  /** Percentiles 0, 1, … 100 of the scores of each label's images, `[k, 101]`, in σ or log-odds. */
  readonly percentiles: readonly (readonly number[])[];
  /** Images with each label `[k]`. */
  readonly images: readonly number[];
  /**
   * The least 1st and the greatest 99th percentile of the scores of a label's images: once where the scale has an order, else for the
   * log-odds of each class `[k]` over all images. Nobody is far beyond them. Not those of all images together: where the severe are
   * rare, a third of them would lie beyond.
   */
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** Groups of equally many images that a continuous scale is cut into. */
const GROUPS = 20;
/** Groups have at least this many images. */
const LEAST = 10;
/** Percent of a label's images at either end that count as "what patients have" no more. */
const TAIL = 1;

/**
 * Measures the typical scores of a probe on the codes `[n, d]` that it was fitted to, with their labels `[n]`. Labels that are none of
 * the scale count for the range alone.
 *
 * @returns Undefined where no row has a label.
 * @example
 * ```ts
 * import { toyCodes } from "@countergrade/countergrade/testing";
 * import { typicalScoreAt, typicalScores } from "./typical.ts";
 * import { assert } from "@std/assert";
 *
 * const { probe, codes, labels } = toyCodes();
 * const typical = typicalScores(probe, codes, labels)!;
 * assert(typicalScoreAt(typical, 0) < typicalScoreAt(typical, 2));
 * ```
 */
export function typicalScores(
  probe: Probe,
  codes: Codes,
  labels: Labels,
): TypicalScores | undefined {
  const { scale, classes } = probe;
  if (scale.type === "nominal" && classes) {
    const odds = scale.names.map((_, index) => classes.logOdds(codes, index));
    const groups = labelGroups(labels, scale);
    return described(
      groups,
      groups.map(({ label, rows }) => rows.map((i) => odds[label][i])),
      groups.map(({ label }) => tails(odds[label])),
    );
  }
  const scores = probe.score(codes);
  const groups = scale.type === "continuous" ? equalGroups(labels) : labelGroups(labels, scale);
  const parts = groups.map(({ rows }) => rows.map((i) => scores[i]));
  const ends = parts.map(tails);
  return described(groups, parts, [[
    Math.min(...ends.map(([low]) => low)),
    Math.max(...ends.map(([, high]) => high)),
  ]]);
}

interface Group {
  readonly label: number;
  readonly rows: readonly number[];
}

/** The rows of every label that has some. */
function labelGroups(labels: Labels, { names }: LabelScale): Group[] {
  return names.map((_, label) => ({
    label,
    rows: Array.from(labels.keys()).filter((i) => labels[i] === label),
  })).filter(({ rows }) => rows.length > 0);
}

/** Rows in order of their labels, cut into groups of about the same size. */
function equalGroups(labels: Labels): Group[] {
  const order = Array.from(labels.keys()).filter((i) => Number.isFinite(labels[i]))
    .sort((a, b) => labels[a] - labels[b]);
  const count = Math.max(1, Math.min(GROUPS, Math.floor(order.length / LEAST)));
  return Array.from({ length: count }, (_, g) => {
    const rows = order.slice(
      Math.round(g * order.length / count),
      Math.round((g + 1) * order.length / count),
    );
    return { label: rows.reduce((sum, i) => sum + labels[i], 0) / rows.length, rows };
  }).filter(({ rows }) => rows.length > 0);
}

function described(
  groups: readonly Group[],
  scores: readonly (readonly number[])[],
  ranges: TypicalScores["ranges"],
): TypicalScores | undefined {
  if (groups.length === 0) return undefined;
  const means = scores.map((values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  );
  return {
    version: 1,
    labels: groups.map(({ label }) => label),
    scores: ranges.length === 1 ? monotone(groups, means) : means,
    percentiles: scores.map((values) =>
      Array.from({ length: 101 }, (_, percent) => percentile(values, percent))
    ),
    images: groups.map(({ rows }) => rows.length),
    ranges,
  };
}

/** The rising sequence nearest to the means in squares, every group weighing as much as it has images. */
function monotone(groups: readonly Group[], means: readonly number[]): number[] {
  const places: number[] = [];
  const values: number[] = [];
  groups.forEach(({ rows }, g) => {
    for (const _ of rows) {
      places.push(g);
      values.push(means[g]);
    }
  });
  const blocks = isotonicBlocks(places, values);
  return groups.map((_, g) => blocks.find(({ to }) => g <= to)!.grade);
}

function tails(scores: ArrayLike<number>): [number, number] {
  return [percentile(scores, TAIL), percentile(scores, 100 - TAIL)];
}

/**
 * The typical score of a grade, in σ: straight between the labels, and beyond the first and the last as steep as the regression of
 * the typical scores on their labels.
 */
export function typicalScoreAt({ labels, scores }: TypicalScores, grade: number): number {
  const last = labels.length - 1;
  if (grade <= labels[0]) return scores[0] + endSlope({ labels, scores }) * (grade - labels[0]);
  if (grade >= labels[last]) {
    return scores[last] + endSlope({ labels, scores }) * (grade - labels[last]);
  }
  const k = labels.findIndex((label) => label >= grade);
  const share = (grade - labels[k - 1]) / (labels[k] - labels[k - 1]);
  return scores[k - 1] + share * (scores[k] - scores[k - 1]);
}

/**
 * The grade whose patients typically have this score: the inverse of {@linkcode typicalScoreAt}. Where several grades share a score it
 * is the middle of them.
 */
export function typicalGradeOf({ labels, scores }: TypicalScores, score: number): number {
  const last = labels.length - 1;
  const slope = endSlope({ labels, scores });
  if (score < scores[0]) return labels[0] + (slope > 0 ? (score - scores[0]) / slope : 0);
  if (score > scores[last]) return labels[last] + (slope > 0 ? (score - scores[last]) / slope : 0);
  const first = scores.findIndex((value) => value >= score);
  if (scores[first] === score) {
    return (labels[first] + labels[scores.findLastIndex((value) => value <= score)]) / 2;
  }
  const share = (score - scores[first - 1]) / (scores[first] - scores[first - 1]);
  return labels[first - 1] + share * (labels[first] - labels[first - 1]);
}

/** σ per grade; 0 where all labels share one score. */
function endSlope({ labels, scores }: Pick<TypicalScores, "labels" | "scores">): number {
  return labels.length < 2 ? 0 : fitLine(Float64Array.from(labels), scores).slope;
}

/**
 * The share (0–1) of the real patients of a grade whose score lies beyond `score`: above it, or below it where `up` is false. Straight
 * between the shares of neighboring labels.
 */
export function shareBeyond(
  { labels, percentiles }: TypicalScores,
  grade: number,
  score: number,
  up: boolean,
): number {
  const shareOf = (k: number) => {
    const at = percentiles[k];
    const below = at.filter((value) => value < score).length;
    // Between two percentiles the share goes on as a straight line.
    const [from, to] = [at[below - 1], at[below]];
    const percent = below === 0
      ? 0
      : below === at.length
      ? 100
      : below - 1 + (score - from) / (to - from);
    return (up ? 100 - percent : percent) / 100;
  };
  const above = labels.findIndex((label) => label >= grade);
  if (above === 0) return shareOf(0);
  if (above < 0) return shareOf(labels.length - 1);
  const part = (grade - labels[above - 1]) / (labels[above] - labels[above - 1]);
  return (1 - part) * shareOf(above - 1) + part * shareOf(above);
}

/** Typical scores as they were stored. @throws {FormatError} When a part is missing or has another length. */
export function typicalScoresFrom(value: unknown): TypicalScores {
  const typical = value as TypicalScores | undefined;
  const k = typical?.labels?.length;
  const numbers = (list: unknown, length?: number) =>
    Array.isArray(list) && (length === undefined || list.length === length) &&
    list.every((one) => Number.isFinite(one));
  const fits = typical?.version === 1 && k! > 0 && numbers(typical.labels) &&
    numbers(typical.scores, k) && numbers(typical.images, k) &&
    Array.isArray(typical.percentiles) && typical.percentiles.length === k &&
    typical.percentiles.every((row) => numbers(row, 101)) &&
    Array.isArray(typical.ranges) && [1, k].includes(typical.ranges.length) &&
    typical.ranges.every((range) => numbers(range, 2));
  if (fits) return typical;
  throw new FormatError(
    "Cannot read typical scores: expected version 1 with labels, scores, percentiles, images and ranges",
  );
}
