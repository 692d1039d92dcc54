/** Running a task for whoever looks, until its result is there. */

import { request, ServerError, untilAnswered } from "../shared/client.ts";
import { START_JOB } from "../form/operations.ts";
import { type Follower, runJob } from "./follow.ts";
import { type JobEvent, WHOLE_JOB, type WholeJob } from "./operations.ts";

/**
 * Runs a task, or finds it run; it is left when the signal is aborted.
 *
 * @returns The job with what it has stored; undefined when it was left.
 * @throws {ServerError} When it cannot be started, failed, or was cancelled.
 */
export async function runTask(
  task: string,
  options: object,
  signal: AbortSignal,
  follower: Partial<Follower<JobEvent>> = {},
): Promise<WholeJob | undefined> {
  const input = { task, options, seed: 0, fresh: false };
  const id = await runJob(START_JOB, { input }, { tell() {}, ...follower, signal });
  if (id === undefined) return undefined;
  const { job } = await untilAnswered(() => request<{ job: WholeJob | null }>(WHOLE_JOB, { id }));
  if (job?.state === "CANCELLED") throw new ServerError("The job was cancelled.");
  if (!job || job.error) throw new ServerError(job?.error?.message ?? "The job is gone.");
  return job;
}
