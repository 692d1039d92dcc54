/** A job, its events, and what whoever runs it must show with everything that it writes. */

import { CancelledError, type ErrorCode } from "../errors.ts";
import type { JobEventBody } from "../job_context.ts";

/** Where a job stands; the last three are final. */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** Why a job failed, fit to be shown to anyone. Bugs are masked as `INTERNAL`. */
export interface JobError {
  /** What a program tells the kinds of errors apart by. */
  readonly code: ErrorCode | "INTERNAL";
  /** What went wrong, and what would help. */
  readonly message: string;
  /** The option at fault, as `["probe", "logistic", "c"]`. */
  readonly path?: readonly (string | number)[];
}

/** One run of a task. Times are ISO 8601. */
export interface Job {
  /** Unique among all jobs of the store. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
  /** The options with all defaults filled in. */
  readonly options: unknown;
  /** The seed of all random numbers, a whole number from 0. */
  readonly seed: number;
  /** The hash of task, options and seed: jobs of one key have one result. See {@linkcode jobKey}. */
  readonly key: string;
  /** The name of its checkpoint. Jobs of one key share it, so that a cancelled or failed one can be taken up again. */
  readonly checkpoint: string;
  /** The job that it does a part of. */
  readonly parent?: string;
  /** Which part, as plain JSON. */
  readonly part?: unknown;
  /** Where it stands. */
  readonly state: JobState;
  /** What the task returned, once it is done. */
  readonly result?: unknown;
  /** Why it failed. */
  readonly error?: JobError;
  /** How often it was taken up: the number of its last attempt. */
  readonly attempt: number;
  /** How many attempts have ended in a crash without having written a checkpoint, since one that has. */
  readonly crashes: number;
  /** How many of its workers were lost meanwhile: killed, or cut off. */
  readonly lost: number;
  /** What whoever runs it must have, see {@linkcode NewJob}. */
  readonly needs: readonly string[];
  /** The process that runs it. */
  readonly owner?: string;
  /** Who asked for it, as a server knows its clients. */
  readonly client?: string;
  /** Whether somebody asked to cancel it while it ran. */
  readonly cancelRequested: boolean;
  /** Ids of the artifacts that it stored. */
  readonly artifacts: readonly string[];
  /** When it was asked for. */
  readonly createdAt: string;
  /** When its last attempt began. */
  readonly startedAt?: string;
  /** When it was done, failed or was cancelled. */
  readonly finishedAt?: string;
}

/**
 * What every write of a running job carries. An attempt that is no longer the job's, since its owner gave no sign for too long,
 * changes nothing any more.
 */
export interface Lease {
  /** The id of the job. */
  readonly id: string;
  /** Who runs it. */
  readonly owner: string;
  /** Which of its attempts. */
  readonly attempt: number;
}

/** A job with the lease on it. */
export type ClaimedJob = Job & Lease;

/** The job has another owner by now, or has ended: this attempt writes nothing more. */
export class LeaseLostError extends CancelledError {
  /** Names the job. */
  constructor({ id, attempt }: Lease) {
    super(`Attempt ${attempt} of ${id} has lost its job: it gave no sign of life for too long`);
  }
}

/** How a job ends. */
export type Outcome =
  | { state: "done"; result: unknown }
  | { state: "failed"; error: JobError }
  | { state: "cancelled" };

/** What a job's watchers see: what the task tells, and how the job goes. */
export type JobNews =
  | JobEventBody
  | Queued
  /** One for each attempt. */
  | { type: "started"; attempt: number }
  | { type: "done"; result: unknown }
  | { type: "failed"; error: JobError }
  | { type: "cancelled" };

/** A job waits; told again when that changes, and never of a job that is taken up soon. */
export interface Queued {
  /** Which event this is. */
  readonly type: "queued";
  /** Its place among all that wait, from 1. */
  readonly position: number;
  /** The tasks that are ahead of it, the running ones first; at most 20. */
  readonly ahead: readonly { readonly task: string; readonly state: "running" | "queued" }[];
  /** Until its turn, in s, by how long the last jobs of these tasks took; absent where one has never run. */
  readonly secondsLeft?: number;
}

/** An event. Numbers count 1, 2, 3, … per job, without gaps. */
export interface JobEvent {
  /** The id of its job. */
  readonly job: string;
  /** Its place among the events of the job, from 1. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** What happened. */
  readonly body: JobNews;
}

/** Whether nothing follows this event. */
export function isFinal({ body }: JobEvent): boolean {
  return body.type === "done" || body.type === "failed" || body.type === "cancelled";
}

/** Whether a job has ended. */
export function isFinished({ state }: Pick<Job, "state">): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** The last event of a job. */
export function newsOf(outcome: Outcome): JobNews {
  switch (outcome.state) {
    case "done":
      return { type: "done", result: outcome.result };
    case "failed":
      return { type: "failed", error: outcome.error };
    case "cancelled":
      return { type: "cancelled" };
  }
}

/** Why a job fails that was begun too often. */
export function gaveUp(attempts: number): JobError {
  return {
    code: "LIMIT",
    message:
      `Gave up after ${attempts} attempts without a new checkpoint: each time the process ended before the job did`,
  };
}
