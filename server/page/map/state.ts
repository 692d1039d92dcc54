/** Making a latent map: the task runs, or has run before, and its file is read. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { request, untilAnswered } from "../shared/client.ts";
import { runJob } from "../jobs/follow.ts";
import { type JobEvent, WHOLE_JOB, type WholeJob } from "../jobs/operations.ts";
import { START_JOB } from "../form/operations.ts";
import type { LatentMap } from "./operations.ts";

/** What is asked for; the options of the task `mapLatents`. */
export interface MapOptions {
  readonly probe: string;
  readonly split: string;
  readonly method: string;
  readonly limit: number;
  /** A further label or an attribute; without it the grade. */
  readonly color?: string;
  readonly path?: string;
}

/** Where a map stands. */
export interface MapState {
  /** The latest map; that of the choice before stays until there is another. */
  readonly map?: LatentMap;
  /** Whether the map is that of the present choice. */
  readonly current: boolean;
  readonly progress?: { step: number; total: number; message: string | null };
  readonly error?: string;
  readonly disconnected?: boolean;
}

/** The map of a choice. A map that is left while it is made is cancelled, unless somebody else wants it. */
export function useLatentMap(options: MapOptions | undefined): MapState & { again(): void } {
  const [state, setState] = useState<MapState>({ current: false });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!options) return;
    const leaving = new AbortController();
    setState(({ map }) => ({ map, current: false }));
    make(options, leaving.signal, (news) => {
      if (!leaving.signal.aborted) setState((before) => ({ ...before, ...news }));
    });
    return () => leaving.abort();
  }, [JSON.stringify(options), turn]);
  return { ...state, again: () => setTurn((before) => before + 1) };
}

async function make(
  options: MapOptions,
  signal: AbortSignal,
  tell: (news: Partial<MapState>) => void,
): Promise<void> {
  const input = { task: "mapLatents", options, seed: 0, fresh: false };
  const follower = {
    signal,
    tell(events: readonly JobEvent[]) {
      const progress = events.findLast((event) => event.__typename === "Progress");
      if (progress) tell({ progress, disconnected: false });
    },
    broke: () => tell({ disconnected: true }),
    connected: () => tell({ disconnected: false }),
  };
  try {
    const job = await runJob(START_JOB, { input }, follower);
    if (job === undefined) return;
    const result = await untilAnswered(() => resultOf(job));
    tell({ ...result, progress: undefined, disconnected: false });
  } catch (error) {
    tell({ error: (error as Error).message, progress: undefined });
  }
}

async function resultOf(id: string): Promise<Partial<MapState>> {
  const { job } = await request<{ job: WholeJob | null }>(WHOLE_JOB, { id });
  if (job?.state === "CANCELLED") return { error: "The job was cancelled." };
  const file = job?.artifacts.flatMap(({ files }) => files).find(({ name }) => name === "map.json");
  if (!file) return { error: job?.error?.message ?? "The job has stored no map." };
  const response = await fetch(file.url);
  if (!response.ok) return { error: `Cannot read the map: the server answered ${response.status}` };
  return { map: await response.json(), current: true, error: undefined };
}
