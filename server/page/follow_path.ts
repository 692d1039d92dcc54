/** Following one path: it starts, its events come in, and after a broken connection they continue where they stopped. */

/// <reference lib="dom" />

import { request, ServerError, subscribe } from "./client.ts";
import { reachable } from "./connection.ts";
import { CANCEL_JOB } from "./jobs_operations.ts";
import { CONTINUE, type Frame, type Path, type PathEvent, START } from "./operations.ts";

/** Where a path stands. */
export interface PathState {
  readonly status: "waiting" | "running" | "done" | "failed" | "disconnected";
  readonly step: number;
  readonly total: number;
  readonly message: string;
  /** All frames side by side, while they are sampled. */
  readonly preview?: string;
  readonly frames: readonly Frame[];
  readonly warnings: readonly string[];
  readonly path?: Path;
  readonly error?: string;
}

export const WAITING: PathState = {
  status: "waiting",
  step: 0,
  total: 0,
  message: "Waiting for its turn",
  frames: [],
  warnings: [],
};

/** The least pause after a connection broke, in ms. */
const PAUSE = 300;

/** The state after an event. */
export function afterEvent(state: PathState, event: PathEvent): PathState {
  switch (event.__typename) {
    case "Started":
      return { ...WAITING, status: "running", message: "Starting" };
    case "Progress":
      return {
        ...state,
        status: "running",
        step: event.step,
        total: event.total,
        message: event.message ?? "",
      };
    case "Preview":
      return { ...state, status: "running", preview: event.image.url };
    case "PathFrame": {
      const others = state.frames.filter(({ index }) => index !== event.frame.index);
      const frames = [...others, event.frame].sort((a, b) => a.index - b.index);
      return { ...state, status: "running", frames };
    }
    case "Warning":
      return { ...state, warnings: [...state.warnings, event.warning] };
    case "Done": {
      const path = event.job.artifacts.find((each) => each.__typename === "CounterfactualPath");
      return {
        ...state,
        status: "done",
        frames: path?.frames ?? state.frames,
        warnings: path?.warnings ?? state.warnings,
        path,
      };
    }
    case "Failed":
      return { ...state, status: "failed", error: event.error.message };
    case "Cancelled":
      return { ...state, status: "failed", error: "The job was cancelled" };
    default:
      return state;
  }
}

/**
 * Jobs that were left for another path, and are cancelled. Whoever returns to the first path at once joins its job before
 * that; then it is started anew.
 */
const givenUp = new Set<string>();

/** Starts a path and tells its states until it ends or `signal` is aborted; then the job is cancelled. */
export async function followPath(
  input: object,
  tell: (state: PathState) => void,
  signal: AbortSignal,
): Promise<void> {
  let state = WAITING;
  let job: string | undefined;
  let after = 0;
  const update = (next: PathState) => {
    state = next;
    if (!signal.aborted) tell(state);
  };
  while (!signal.aborted && !hasEnded(state)) {
    try {
      // First the job, then its events: a job that still waits for its turn has none, but can be cancelled.
      job ??= await start(input);
      const variables = { id: job, after };
      for await (const { event } of subscribe<{ event: PathEvent }>(CONTINUE, variables, signal)) {
        after = event.number;
        if (event.__typename === "Cancelled" && givenUp.has(job)) {
          job = undefined;
          after = 0;
          break;
        }
        update(afterEvent(state, event));
      }
      if (!job) continue;
      if (hasEnded(state)) return;
    } catch (error) {
      if (error instanceof ServerError) {
        return update({ ...state, status: "failed", error: error.message });
      }
    }
    if (signal.aborted) break;
    update({ ...state, status: "disconnected", message: "Waiting for the server" });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    await reachable();
  }
  if (!job || hasEnded(state)) return;
  givenUp.add(job);
  await request(CANCEL_JOB, { id: job }).catch(() => {});
}

async function start(input: object): Promise<string> {
  const { job } = await request<{ job: { id?: string; message?: string } }>(START, { input });
  if (job.id === undefined) throw new ServerError(job.message);
  return job.id;
}

function hasEnded({ status }: PathState): boolean {
  return status === "done" || status === "failed";
}
