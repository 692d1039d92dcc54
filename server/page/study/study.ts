/** A blind reader study: which pictures are shown, real, reconstructed and edited ones mixed, and what a reader says of them. */

import { shuffled } from "../shared/shuffled.ts";

/** What a picture is. */
export type Kind = "real" | "reconstructed" | "edited";

/** What is planned to be shown. */
export interface Plan {
  readonly index: number;
  readonly kind: Kind;
  /** Of an edited picture the grade that it is edited to. */
  readonly target?: number;
}

/** A picture to read; nobody is told more than the picture. */
export interface StudyItem extends Plan {
  readonly url: string;
  /** The label of the image, or the grade that was asked for. */
  readonly grade: number;
  /** What the grader reads in it, where it has read it. */
  readonly read?: number | null;
  /** What a judge reads in it, where the study has one: in real and edited pictures. */
  readonly judged?: number | null;
}

/** What a reader says of a picture. */
export interface Reading {
  /** Place of the item in the study. */
  readonly item: number;
  readonly grade: number;
  readonly isReal: boolean;
  /** How long it took. */
  readonly ms: number;
}

const KINDS: readonly Kind[] = ["real", "reconstructed", "edited"];

/**
 * Plans a study: as many of each kind, each image once, in an order that tells nothing. The same seed gives the same plan, so that
 * several readers see the same.
 */
export function planOf(
  { count, images, grades, seed }: { count: number; images: number; grades: number; seed: number },
): Plan[] {
  const random = randomOf(seed);
  const places = shuffled(Array.from({ length: images }, (_, i) => i), random).slice(0, count);
  const plans = places.map((index, i): Plan => {
    const kind = KINDS[i % KINDS.length];
    return kind === "edited"
      ? { index, kind, target: Math.floor(random() * grades) }
      : { index, kind };
  });
  return shuffled(plans, random);
}

/** Numbers from 0 to below 1 that repeat with their seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All answers with what the pictures were, as CSV (RFC 4180). */
export function studyTable(
  reader: string,
  items: readonly StudyItem[],
  readings: readonly Reading[],
): string {
  const head =
    "reader,position,split_index,kind,asked_or_label,grader_reads,judge_reads,reader_grade,reader_real,ms";
  const rows = readings.map(({ item, grade, isReal, ms }) => {
    const { index, kind, grade: truth, read, judged } = items[item];
    return [
      plain(reader),
      item + 1,
      index,
      kind,
      truth,
      ...[read, judged].map((grade) => grade == null ? "" : Number(grade.toFixed(3))),
      grade,
      isReal ? "yes" : "no",
      Math.round(ms),
    ].join(",");
  });
  return [head, ...rows].join("\r\n") + "\r\n";
}

/** A reader's name with nothing in it that a table cannot have. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} ._-]+/gu, " ").trim() || "anonymous";
}
