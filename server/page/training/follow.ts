/** Following a training: its own events, and those of the runs that it goes on from. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { request } from "../shared/client.ts";
import { followJob } from "../jobs/follow.ts";
import { type Job, JOBS, type Jobs } from "../jobs/operations.ts";
import { troubleOf } from "../shared/query.ts";
import { afterEvents, continued, type Training, UNKNOWN } from "./state.ts";

/** The training of a job, as far as it is known, and whether that is all so far. `onEnd` is called when the job has ended. */
export function useTraining(job: Job, onEnd: () => void): { training: Training; whole: boolean } {
  const [own, setOwn] = useState<Training>(UNKNOWN);
  const [whole, setWhole] = useState(false);
  const [earlier, setEarlier] = useState<Training>(UNKNOWN);
  const first = own.first ?? 1;
  useEffect(() => {
    setOwn(UNKNOWN);
    setWhole(false);
    const leaving = new AbortController();
    const tell = (events: Parameters<typeof afterEvents>[1]) =>
      setOwn((before) => afterEvents(before, events));
    const end = () => {
      if (leaving.signal.aborted) return;
      setWhole(true);
      onEnd();
    };
    const fail = (error: unknown) =>
      setOwn((before) => ({ ...before, warnings: [troubleOf(error)] }));
    followJob(job.id, { tell, signal: leaving.signal }).then(end, fail);
    return () => leaving.abort();
  }, [job.id]);
  useEffect(() => {
    setEarlier(UNKNOWN);
    if (first <= 1) return;
    const leaving = new AbortController();
    historyOf(job, first, leaving.signal).then(
      (found) => leaving.signal.aborted || setEarlier(found),
      () => {},
    );
    return () => leaving.abort();
  }, [job.id, first]);
  return { training: own.first === undefined ? own : continued(earlier, own), whole };
}

/** What happened before a step in earlier runs with the same options and seed, as far back as one started from nothing. */
async function historyOf(job: Job, first: number, signal: AbortSignal): Promise<Training> {
  const { jobs } = await request<Jobs>(JOBS, { task: job.task, first: 100 });
  const key = keyOf(job);
  const runs = jobs.nodes.filter((other) =>
    keyOf(other) === key && other.createdAt < job.createdAt && other.startedAt
  );
  let history = UNKNOWN;
  for (const run of runs) {
    let training = UNKNOWN;
    const tell = (events: Parameters<typeof afterEvents>[1]) =>
      training = afterEvents(training, events);
    await followJob(run.id, { tell, signal });
    if (training.first === undefined || training.first >= first) continue;
    history = history === UNKNOWN ? training : continued(training, history);
    first = training.first;
    if (first <= 1) break;
  }
  return history;
}

/** What makes two jobs runs of the same training. */
function keyOf({ task, options, seed }: Job): string {
  return JSON.stringify([task, options, seed]);
}
