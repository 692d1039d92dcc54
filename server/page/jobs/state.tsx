/** Where a job stands: a word in a color, and how far it is. */

import type { Job, JobState } from "./operations.ts";

const WORDS: Record<JobState, string> = {
  QUEUED: "waiting",
  RUNNING: "running",
  DONE: "done",
  FAILED: "failed",
  CANCELLED: "cancelled",
};

/** The word. */
export function State({ state }: { state: JobState }) {
  return <span class="state" data-state={state.toLowerCase()}>{WORDS[state]}</span>;
}

/** A bar, with the share in words. */
export function JobProgress({ progress }: { progress: Job["progress"] }) {
  if (!progress) return <progress class="bare" aria-label="Progress" />;
  const { step, total } = progress;
  return (
    <progress class="bare" aria-label="Progress" value={step} max={total}>
      {Math.round(100 * step / total)} %
    </progress>
  );
}

/** Whether nothing more will happen to it. */
export function hasEnded(state: JobState): boolean {
  return state !== "QUEUED" && state !== "RUNNING";
}
