/** Moments and spans in words. */

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]] as const;

/** How long ago a moment was, as "3 min. ago". */
export function ago(moment: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(moment)) / 1000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
  for (const [unit, size] of UNITS) {
    if (seconds >= size) return words.format(-Math.floor(seconds / size), unit);
  }
  return seconds < 10 ? "just now" : `${Math.floor(seconds)} s ago`;
}

/** A span, as "1 h 05 min", "2 min 07 s" or "3.4 s". */
export function span(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(seconds % 3600 / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** How long a job has run so far, or until its end; undefined before it starts. */
export function runTime(
  { startedAt, finishedAt }: { startedAt: string | null; finishedAt: string | null },
  now = Date.now(),
): string | undefined {
  if (!startedAt) return undefined;
  const end = finishedAt ? Date.parse(finishedAt) : now;
  return span(Math.max(0, end - Date.parse(startedAt)) / 1000);
}

/** The moment itself, for a title. */
export function clock(moment: string): string {
  return new Date(moment).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** When a day like `2026-01-31` begins where the reader is, or one so many days later; null where there is none. */
export function dayStart(day: string, later = 0): string | null {
  const [year, month, date] = day.split("-").map(Number);
  return day ? new Date(year, month - 1, date + later).toISOString() : null;
}
