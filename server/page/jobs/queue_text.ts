/** Where a job stands in the queue, in words. */

import { span } from "./times.ts";

/** Told while a job waits, and again when that changes. */
export interface QueueNews {
  /** Among all that wait, from 1. */
  readonly position: number;
  /** The running ones first. */
  readonly ahead: readonly { readonly task: string }[];
  /** In s; unknown for tasks that have not run before. */
  readonly secondsLeft: number | null;
}

/** Said before anything is known. */
export const WAITS = "Waits for its turn";

/** "Waits for its turn: number 2 in the queue, behind trainEncoder, about 4 min 10 s". */
export function queueText({ position, ahead, secondsLeft }: QueueNews): string {
  const [first] = ahead;
  const words = [
    position > 1 ? `number ${position} in the queue` : "next in the queue",
    first ? `behind ${first.task}` : "",
    secondsLeft !== null && secondsLeft > 0 ? `about ${span(secondsLeft)}` : "",
  ];
  return `${WAITS}: ${words.filter(Boolean).join(", ")}`;
}
