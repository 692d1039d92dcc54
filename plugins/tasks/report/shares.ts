/** Shares of something, counted in bins, and how sure they are. */

import * as Plot from "@observablehq/plot";
import { dots, line } from "./marks.ts";

/** A share of `count` things. */
export interface Share {
  readonly x: number;
  readonly share: number;
  readonly count: number;
}

/** A line with dots; bars are the 95 % intervals. */
export function shareMarks(shares: readonly Share[]): Plot.Markish[] {
  const points = shares.map(({ x, share }) => [x, share] as const);
  const bars = shares.map(({ x, share, count }) => ({ x, ...shareInterval(share, count) }));
  const looks = { className: "first", stroke: "currentColor", strokeWidth: 1.5 };
  return [
    line(points, "first"),
    Plot.ruleX(bars, { x: "x", y1: "from", y2: "to", ...looks }),
    dots(points, "first"),
  ];
}

/** How many lie behind each of some points, in few words: "60 to 62 frames per point". */
export function perPoint(what: string, counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  if (counts.length < 2 || low === high) return `${counts[0] ?? 0} ${what} per point`;
  if (high - low <= 2) return `${low} to ${high} ${what} per point`;
  return `${what} per point: ${counts.join(", ")}`;
}

/**
 * The 95 % interval of a share of `n` (Wilson 1927, Probable inference, the law of succession, and statistical inference).
 */
export function shareInterval(share: number, n: number): { from: number; to: number } {
  const z = 1.959964;
  const middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { from: Math.max(0, middle - half), to: Math.min(1, middle + half) };
}
