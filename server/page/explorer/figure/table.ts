/** All figures of paths as a table: a row per picture, for spreadsheets and statistics. */

import type { Frame } from "../operations.ts";
import type { PathSlot } from "../path/slot.ts";

/** The columns that come from a frame. */
const COLUMNS: readonly [name: string, of: (frame: Frame) => unknown][] = [
  ["asked_grade", ({ target }) => target?.grade],
  ["asked_score_sigma", ({ target }) => target?.score],
  ["asked_class", ({ target }) => target?.class],
  ["target_grade", ({ targetGrade }) => targetGrade],
  ["held_back", ({ limited }) => limited],
  ["patients_beyond_share", ({ beyond }) => beyond],
  ["code_grade", ({ latentGrade }) => latentGrade],
  ["code_probability", ({ latentProbability }) => latentProbability],
  ["picture_grade", ({ imageGrade }) => imageGrade],
  ["picture_read_alone", ({ imageRead }) => imageRead],
  ["picture_probability", ({ imageProbability }) => imageProbability],
  ["judge_grade", ({ judge }) => judge?.grade],
  ["judge_probability", ({ judge }) => judge?.probability],
  ["judge_band", ({ band }) => band],
  ["edit_length_sigma", ({ lengthSigma }) => lengthSigma],
  ["percentile_of_training", ({ percentile }) => percentile],
  ["met", ({ met }) => met],
  ["attempts", ({ attempts }) => attempts],
  ["change_outside_region", ({ seen }) => seen?.outsideChange],
  ["arrived_share", ({ seen }) => seen?.arrived],
];

/** The table as CSV (RFC 4180). */
export function tableOf(slots: readonly PathSlot[]): string {
  const measured = new Set(
    slots.flatMap((slot) => slot.stops.value.flatMap(({ frame }) => frame.measured ?? []))
      .map(({ name }) => name),
  );
  const head = [
    "image",
    "label",
    "original_read",
    "model",
    "place",
    ...COLUMNS.map(([name]) => name),
    ...measured,
  ];
  const rows = slots.flatMap((slot) =>
    slot.stops.value.map(({ place, frame }) => [
      slot.subject.value?.name,
      slot.subject.value?.label,
      slot.path.value.path?.latent?.grade,
      slot.modelId.value,
      place,
      ...COLUMNS.map(([, of]) => of(frame)),
      ...[...measured].map((name) => frame.measured?.find((one) => one.name === name)?.value),
    ])
  );
  return [head, ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

/** A value as it stands in a table; what a spreadsheet would run as a formula is told as text. */
function field(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  const text = String(value);
  const safe = /^[=+@\t\r]|^-\D/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
