/** What jobs that wait are told: their place, what is ahead, and how long that may take. */

import { isFinished, type Job, type Queued } from "./job.ts";
import type { Store } from "./store.ts";

/** How long a job waits until it is told of it, in ms: most are taken up before. */
const SOON = 1_000;
/** How many jobs that wait are looked at, the next ones. */
const MANY = 200;
/** How many jobs ahead are named. */
const NAMED = 20;
/** How many ended jobs of a task tell how long it takes. */
const LAST = 5;

/**
 * Tells the jobs that wait for more than a second where they stand, where that has changed.
 *
 * @param now The time, in ms.
 */
export async function announceWaiting(
  { jobs, queue }: Pick<Store, "jobs" | "queue">,
  now: number = Date.now(),
): Promise<void> {
  const oldest = { order: "oldest", first: MANY } as const;
  const { items: waiting } = await jobs.list({ ...oldest, state: "queued" });
  if (waiting.length === 0) return;
  const { items: running } = await jobs.list({ ...oldest, state: "running" });
  const typical = new Map<string, Promise<number | undefined>>();
  const secondsOf = (task: string) => {
    if (!typical.has(task)) typical.set(task, usualSeconds(jobs, task));
    return typical.get(task)!;
  };
  let left: number | undefined = 0;
  for (const job of running) left = sum(left, rest(job, await secondsOf(job.task), now));
  for (const [at, { id, task, createdAt }] of waiting.entries()) {
    const ahead = [...running, ...waiting.slice(0, at)];
    if (ahead.length > 0 && now - Date.parse(createdAt) > SOON) {
      const secondsLeft = left === undefined ? undefined : left / Math.max(1, running.length);
      await queue.tell(id, { type: "queued", position: at + 1, ahead: named(ahead), secondsLeft });
    }
    left = sum(left, await secondsOf(task));
  }
}

/** Whether a job has to be told anew; the seconds alone are no reason. */
export function isNews(queued: Queued, told: Queued | undefined): boolean {
  const place = ({ position, ahead }: Queued) =>
    JSON.stringify([position, ahead.map(({ task, state }) => [task, state])]);
  return !told || place(queued) !== place(told);
}

function named(ahead: readonly Job[]): Queued["ahead"] {
  return ahead.slice(0, NAMED).map(({ task, state }) => ({
    task,
    state: state === "running" ? state : "queued",
  }));
}

/** How long the last jobs of a task took, in s. */
async function usualSeconds(jobs: Store["jobs"], task: string): Promise<number | undefined> {
  const { items } = await jobs.list({ task, state: "done", first: LAST });
  const times = items.filter(isFinished).map(({ startedAt, finishedAt }) =>
    (Date.parse(finishedAt!) - Date.parse(startedAt!)) / 1_000
  );
  return times.length ? times.reduce((a, b) => a + b, 0) / times.length : undefined;
}

/** What is left of a running job, in s. */
function rest({ startedAt }: Job, usual: number | undefined, now: number): number | undefined {
  return usual === undefined
    ? undefined
    : Math.max(0, usual - (now - Date.parse(startedAt!)) / 1_000);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
