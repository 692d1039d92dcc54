/** Following one path: it starts, its events come in, and after a broken connection they continue where they stopped. */

/// <reference lib="dom" />

import { runJob } from "../../jobs/follow.ts";
import { queueText, WAITS } from "../../jobs/queue_text.ts";
import { CONTINUE, type Frame, type Path, type PathEvent, START } from "../operations.ts";

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
  /** Whether it was refused since the image is not of the kind that the model learned from. */
  readonly isForeign?: boolean;
}

export const WAITING: PathState = {
  status: "waiting",
  step: 0,
  total: 0,
  message: WAITS,
  frames: [],
  warnings: [],
};

/** The state after an event. */
export function afterEvent(state: PathState, event: PathEvent): PathState {
  switch (event.__typename) {
    case "Started":
      return { ...WAITING, status: "running", message: "Starting" };
    case "Queued":
      return { ...state, message: queueText(event) };
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
        warnings: path ? otherWarnings(path) : state.warnings,
        path,
      };
    }
    case "Failed":
      return {
        ...state,
        status: "failed",
        error: event.error.message,
        isForeign: event.error.path?.[0] === "foreign",
      };
    case "Cancelled":
      return { ...state, status: "failed", error: "The job was cancelled" };
    default:
      return state;
  }
}

/** Without those of unreached targets, which are told where their frames would be. */
function otherWarnings({ warnings, unreached }: Path): string[] {
  const told = (warning: string) => unreached?.some(({ reason }) => warning.endsWith(reason));
  return warnings.filter((warning) => !told(warning));
}

/** Starts a path and tells its states until it ends or `signal` is aborted; then the job is left. */
export async function followPath(
  input: object,
  tell: (state: PathState) => void,
  signal: AbortSignal,
): Promise<void> {
  let state = WAITING;
  const update = (next: PathState) => {
    state = next;
    if (!signal.aborted) tell(state);
  };
  const follower = {
    signal,
    tell: (events: readonly PathEvent[]) => update(events.reduce(afterEvent, state)),
    broke: () => update({ ...state, status: "disconnected", message: "Waiting for the server" }),
    connected() {
      if (state.status !== "disconnected") return;
      const { status, message } = state.total
        ? { status: "running" as const, message: "" }
        : WAITING;
      update({ ...state, status, message });
    },
  };
  try {
    await runJob(START, { input }, follower, CONTINUE);
  } catch (error) {
    update({ ...state, status: "failed", error: (error as Error).message });
  }
}
