/** What a judge says about the images behind codes, as labels to fit a probe to. */

import {
  batches,
  type Dataset,
  InputError,
  type JobContext,
  type Labels,
  type LabelScale,
} from "@countergrade/countergrade";
import { labelsOn } from "@countergrade/countergrade/review";
import { openWatched } from "../encoders/models.ts";
import { openWitness, type Witness } from "./witness.ts";

/** Images judged at a time. */
const BATCH = 64;

/** Codes whose images shall be judged. */
export interface CodesBehindLabels {
  /** The data set that they are of, and its fingerprint when they were encoded. */
  readonly dataset: string;
  readonly fingerprints: readonly string[];
  readonly scale: LabelScale;
  /** Rows of each split. */
  readonly splits: Readonly<Record<string, number>>;
}

/** How a judge's word becomes a label: the nearest class, or the grade that it expects as a real number. */
export type LabelKind = "rounded" | "expected";

/** A judge's labels of all splits, with what they mean. */
export interface JudgedLabels {
  readonly scale: LabelScale;
  /** The binary question that the judge answers on this scale, where it is one. */
  readonly threshold?: number;
  readonly splits: Readonly<Record<string, Labels>>;
  /** In words, for titles. */
  readonly judge: string;
}

/**
 * Shows a judge the images of all splits.
 *
 * With as many classes as the scale its labels are on that; a yes or no is a scale of its own.
 *
 * @throws {InputError} When the data set is another than that of the codes, or the judge has other classes.
 */
export async function judgedLabels(
  choice: Record<string, unknown>,
  codes: CodesBehindLabels,
  kind: LabelKind,
  threshold: number | undefined,
  job: JobContext,
): Promise<JudgedLabels> {
  const dataset = await openWatched(job, codes.dataset);
  expectSame(dataset, codes);
  const middle = Math.ceil((codes.scale.names.length - 1) / 2);
  const question = { scale: codes.scale, threshold: threshold ?? middle };
  await using witness = await openWitness(choice, question, job);
  const scale = labelScale(witness, kind);
  const total = Object.values(codes.splits).reduce((sum, count) => sum + count, 0);
  const splits: Record<string, Labels> = {};
  let done = 0;
  for (const split of Object.keys(codes.splits)) {
    const told: number[] = [];
    for await (const { images } of batches(dataset, split, BATCH)) {
      told.push(...await wordsOf(witness, images, kind, job.signal));
      done += images.shape[0];
      job.emit({ type: "progress", step: done, total, message: `judging ${split}` });
    }
    splits[split] = labelsOn(scale, told);
  }
  const binary = scale.type === "binary";
  return { scale, ...(binary && { threshold: 1 }), splits, judge: witness.name };
}

/** @throws {InputError} When the data set is another than when its codes were made. */
export function expectSame(dataset: Dataset, { fingerprints, splits }: CodesBehindLabels): void {
  const counts = Object.entries(splits).every(([split, count]) => dataset.splits[split] === count);
  if (counts && fingerprints.includes(dataset.fingerprint)) return;
  throw new InputError(
    `Cannot look at the images behind the codes: "${dataset.id}" has changed since they were encoded`,
    ["codes"],
  );
}

function labelScale({ graded, judge, question, name, threshold }: Witness, kind: LabelKind) {
  const { scale } = question;
  if (scale.type === "nominal" && judge.classes === scale.names.length) return scale;
  if (!graded) {
    const from = scale.names[threshold] ?? String(threshold);
    const names = judge.scale?.names ?? [`below ${from}`, `${from} or worse`];
    return { type: "binary" as const, names };
  }
  if (kind === "rounded" || scale.type === "continuous") return scale;
  return { type: "continuous" as const, names: [`grade by ${name}`] };
}

/** Labels of images on {@linkcode labelScale}. */
async function wordsOf(
  witness: Witness,
  images: Parameters<Witness["look"]>[0],
  kind: LabelKind,
  signal: AbortSignal,
): Promise<number[]> {
  const { grade, label, score } = await witness.look(images, signal);
  if (label) return [...label];
  if (!grade) return Array.from(score, (value) => value > 0 ? 1 : 0);
  const { type, names } = witness.question.scale;
  if (kind === "expected" || type === "continuous") return [...grade];
  // Of two classes the rounded grade and the likelier class are the same.
  return Array.from(grade, (value) => Math.min(names.length - 1, Math.max(0, Math.round(value))));
}
