/** Making a latent map: the task runs, or has run before, and its file is read. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { request, ServerError } from "./client.ts";
import { followJob } from "./jobs_follow.ts";
import { reachable } from "./connection.ts";
import { CANCEL_JOB, START_JOB, WHOLE_JOB, type WholeJob } from "./jobs_operations.ts";
import type { LatentMap } from "./map_operations.ts";
import { troubleOf } from "./query.ts";

/** What is asked for; the options of the task `mapLatents`. */
export interface MapOptions {
  readonly probe: string;
  readonly split: string;
  readonly method: string;
  readonly limit: number;
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

/** Jobs that were left for another choice, and are cancelled. Whoever returns at once joins one before that: it is started anew. */
const givenUp = new Set<string>();

/** The map of a choice. A choice that is left while its map is made is cancelled. */
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
  let job: string | undefined;
  let ended = false;
  while (!signal.aborted) {
    try {
      job ??= await start(options);
      await followJob(job, 0, (events) => {
        const progress = events.findLast((event) => event.__typename === "Progress");
        if (progress) tell({ progress, disconnected: false });
      }, signal);
      if (signal.aborted) break;
      const result = await resultOf(job);
      if (result === "cancelled" && givenUp.has(job)) {
        job = undefined;
        continue;
      }
      ended = true;
      const news = result === "cancelled" ? { error: "The job was cancelled." } : result;
      tell({ ...news, progress: undefined, disconnected: false });
      break;
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof ServerError) return tell({ error: error.message, progress: undefined });
      tell({ disconnected: true });
      await reachable();
    }
  }
  if (!job || ended) return;
  givenUp.add(job);
  await request(CANCEL_JOB, { id: job }).catch(() => {});
}

async function start(options: MapOptions): Promise<string> {
  const { started } = await request<{ started: { id?: string; message?: string } }>(START_JOB, {
    task: "mapLatents",
    options,
    seed: 0,
    fresh: false,
  });
  if (started.id === undefined) throw new ServerError(started.message);
  return started.id;
}

async function resultOf(id: string): Promise<Partial<MapState> | "cancelled"> {
  const { job } = await request<{ job: WholeJob | null }>(WHOLE_JOB, { id });
  if (job?.state === "CANCELLED") return "cancelled";
  const file = job?.artifacts.flatMap(({ files }) => files).find(({ name }) => name === "map.json");
  if (!file) return { error: job?.error?.message ?? "The job has stored no map." };
  const response = await fetch(file.url);
  if (!response.ok) return { error: troubleOf(new Error(String(response.status))) };
  return { map: await response.json(), current: true, error: undefined };
}
