/** A work in parts: each is a job of its own, which whoever is free takes, and what comes of it a checkpoint. */

import { readCheckpoint } from "./checkpoint.ts";
import { CountergradeError, InputError } from "../errors.ts";
import { type ClaimedJob, isFinished, type Job, type JobError } from "./job.ts";
import { jobKey } from "./keys.ts";
import type { JobPart } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/** How often it is looked whether others are done, where nothing is left to do here, in ms. */
const POLL = 100;

/** Whose work it is, and how its parts are done here. */
export interface InParts {
  readonly workspace: Workspace;
  /** The job that has it. */
  readonly job: ClaimedJob;
  readonly signal: AbortSignal;
  /** Hears of damage. */
  readonly warn: (message: string) => void;
  /** Runs a part that this owner has claimed, to its end. */
  readonly run: (part: ClaimedJob) => Promise<void>;
  /** Hears of each part that is done. */
  readonly onDone: (at: number) => void;
}

/** The names of the checkpoints of parts: a job that shares its checkpoint shares theirs. */
export function partsOf({ checkpoint, seed }: Job, parts: readonly unknown[]): JobPart[] {
  return parts.map((part) => ({ part, checkpoint: jobKey(checkpoint, part, seed) }));
}

/**
 * What each part came to, in order. Parts that are lost, cancelled or damaged are offered again.
 *
 * @throws {CountergradeError} What a part failed with.
 */
export async function doInParts(
  parts: readonly JobPart[],
  { workspace, job, signal, warn, run, onDone }: InParts,
): Promise<Uint8Array[]> {
  const { store: { jobs, queue }, owner } = workspace;
  const done: Uint8Array[] = [];
  const offer = (which: readonly JobPart[]) => queue.split(job, which);
  /** Whether a part is done, and what came of it as it was. */
  const isDone = async (at: number) => {
    const bytes = await readCheckpoint(workspace, parts[at].checkpoint, warn);
    if (!bytes) return false;
    done[at] = bytes;
    onDone(at);
    return true;
  };
  const ofParts = { parent: job.id, first: 1_000 } as const;
  const places = new Map(parts.map(({ checkpoint }, at) => [checkpoint, at]));
  const seen = new Set((await jobs.list(ofParts)).items.filter(isFinished).map(({ id }) => id));
  for (const at of parts.keys()) await isDone(at);
  await offer(parts.filter((_, at) => !done[at]));
  while (Object.keys(done).length < parts.length) {
    signal.throwIfAborted();
    const mine = await queue.claim(owner, { parent: job.id });
    if (mine) await run(mine);
    else await new Promise((resolve) => setTimeout(resolve, POLL));
    for (const { id, state, checkpoint, error } of (await jobs.list(ofParts)).items) {
      const at = places.get(checkpoint);
      if (at === undefined || !isFinished({ state }) || seen.has(id)) continue;
      seen.add(id);
      if (state === "failed") throw errorOf(error!);
      const missing = !done[at] && (state === "cancelled" || !await isDone(at));
      if (missing && !signal.aborted) await offer([parts[at]]);
    }
  }
  return done;
}

/** A stored error, to be thrown again. */
function errorOf({ code, message, path }: JobError): Error {
  if (code === "INTERNAL") return new Error("A part of the work failed, see its own log");
  return path ? new InputError(message, path) : new CountergradeError(code, message);
}
