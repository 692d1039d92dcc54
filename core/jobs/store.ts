/** What the store keeps: artifacts, jobs, their events. And the queue that hands jobs to whoever computes. */

import { sha256 } from "./blobs.ts";
import type { ErrorCode } from "../errors.ts";
import type { Artifact, JobEventBody, Provenance } from "../job_context.ts";

/** An answer now or later: a local store answers now, a remote one later. */
export type Awaitable<T> = T | Promise<T>;

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
  /** Where it stands. */
  readonly state: JobState;
  /** What the task returned, once it is done. */
  readonly result?: unknown;
  /** Why it failed. */
  readonly error?: JobError;
  /** How often it was started since its last checkpoint. */
  readonly attempts: number;
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

/** How a job ends. */
export type Outcome =
  | { state: "done"; result: unknown }
  | { state: "failed"; error: JobError }
  | { state: "cancelled" };

/** What a job's watchers see: what the task tells, and how the job goes. */
export type JobNews =
  | JobEventBody
  /** The first event, and one more for each later attempt. */
  | { type: "started"; attempt: number }
  | { type: "done"; result: unknown }
  | { type: "failed"; error: JobError }
  | { type: "cancelled" };

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

/** Which part of a list is wanted. */
export interface PageQuery {
  /** 1–1,000; default 50. */
  readonly first?: number;
  /** Continue behind the item of this id, in the order of the list. */
  readonly after?: string;
  /** End ahead of the item of this id. */
  readonly before?: string;
  /** Whether to read the list from its end, last item first. */
  readonly backwards?: boolean;
  /** Order of creation; default `newest` first. */
  readonly order?: "newest" | "oldest";
}

/** A part of a list. */
export interface Page<Item> {
  /** In the order that was asked for. */
  readonly items: readonly Item[];
  /** Whether more items follow. */
  readonly more: boolean;
}

/** In the place of a client: whoever asks. */
export const EVERYBODY = "*";

/** For whom an artifact is stored that is no result of a job: the clients of a job, or one client. */
export type Readers = { readonly ofJob: string } | { readonly client: string };

/** Which items of a list are meant; what is not given is any. */
export interface ListFilter {
  /** Only what this client may see. */
  readonly viewer?: string;
  /** Only what belongs to this data set. */
  readonly dataset?: string;
  /** Only with this text in what is shown of it, in any case. */
  readonly text?: string;
  /** Only from then on, ISO 8601 in UTC. */
  readonly since?: string;
  /** Only before then. */
  readonly until?: string;
}

/** Which artifacts are meant; what is not given is any. */
export interface ArtifactFilter extends ListFilter {
  /** As `encoder`. */
  readonly kind?: string;
  /** Only what belongs to this encoder. */
  readonly encoder?: string;
  /** Only what belongs to this probe. */
  readonly probe?: string;
}

/** The stored results. */
export interface ArtifactStore {
  /** Stores an artifact as the work of `job`; when its id is known, the first one stays and is returned. */
  put(artifact: Artifact, job?: string, readers?: Readers): Awaitable<Artifact>;
  /** The artifact of an id, if there is one. */
  get(id: string): Awaitable<Artifact | undefined>;
  /** A part of all artifacts, or of those of one kind. */
  list(query?: PageQuery & ArtifactFilter): Awaitable<Page<Artifact>>;
  /** How many a list has in all. */
  count(filter?: ArtifactFilter): Awaitable<number>;
  /** Gives an artifact another title. */
  rename(id: string, title: string): Awaitable<void>;
  /** What was made from an artifact: ids of those that name it among their inputs. */
  madeFrom(id: string): Awaitable<readonly string[]>;
  /**
   * Forgets artifacts, all or none. Jobs that stored one keep what they told; as they cannot give their result any more, the same task
   * is computed anew. Returns the blobs that nothing else names.
   */
  remove(ids: readonly string[]): Awaitable<readonly string[]>;
}

/** What a new job needs. */
export type NewJob = Pick<Job, "task" | "options" | "seed" | "key" | "client">;

/** Which jobs are meant; what is not given is any. */
export interface JobFilter extends ListFilter {
  /** The name of the task. */
  readonly task?: string;
  /** Where they stand. */
  readonly state?: JobState;
}

/** The jobs, to look at. */
export interface JobStore {
  /** The job of an id, if there is one. */
  get(id: string): Awaitable<Job | undefined>;
  /** A part of all jobs, or of those of one task or in one state. */
  list(query?: PageQuery & JobFilter): Awaitable<Page<Job>>;
  /** How many a list has in all. */
  count(filter?: JobFilter): Awaitable<number>;
  /** How many jobs there are in each state. */
  counts(): Awaitable<Record<JobState, number>>;
  /** The newest job of a key that is done. */
  finished(key: string): Awaitable<Job | undefined>;
}

/** The jobs, to work on. Every change by an owner is refused once the job is no longer its own. */
export interface Queue {
  /**
   * Adds a job, or returns the one of the same key that is queued or running. `fresh` always adds.
   *
   * @throws {CountergradeError} LIMIT, when `atMost` jobs of its client are queued or running already.
   */
  add(job: NewJob, options?: { fresh?: boolean; atMost?: number }): Awaitable<Job>;
  /** Takes the oldest queued job, of one of `tasks` or with this `id`, and starts its lease. */
  claim(
    owner: string,
    options?: { tasks?: readonly string[]; id?: string },
  ): Awaitable<Job | undefined>;
  /** Prolongs the leases of an owner's jobs and returns those jobs. */
  heartbeat(owner: string): Awaitable<readonly Job[]>;
  /** Notes that a job has written a checkpoint: earlier attempts no longer count. */
  progressed(id: string, owner: string): Awaitable<void>;
  /** Ends a job and appends its last event, both or neither. False when it was no longer this owner's. */
  finish(id: string, owner: string, outcome: Outcome): Awaitable<boolean>;
  /**
   * Gives a job back unfinished. After a `crash` it is tried {@linkcode MAX_ATTEMPTS} times in all, then fails;
   * after an `interruption` (the process ends in good order) the attempt does not count.
   */
  release(id: string, owner: string, reason: "crash" | "interruption"): Awaitable<Job | undefined>;
  /** Gives back the jobs whose lease has run out, or whose owner is one of `dead`. */
  reclaim(dead?: readonly string[]): Awaitable<readonly Job[]>;
  /** The owners of running jobs. */
  owners(): Awaitable<readonly string[]>;
  /** Cancels a queued job at once; asks the owner of a running one. No effect on a finished one. */
  cancel(id: string): Awaitable<Job | undefined>;
}

/** The events of all jobs. */
export interface EventStore {
  /** Writes the next event of a job. */
  append(job: string, body: JobNews): Awaitable<JobEvent>;
  /** Events with a number greater than `after`, in order, at most `limit`. */
  read(job: string, after: number, limit?: number): Awaitable<readonly JobEvent[]>;
  /** How many events there are, which is the number of the last. */
  count(job: string): Awaitable<number>;
  /** The last event of a type. */
  latest(job: string, type: JobNews["type"]): Awaitable<JobEvent | undefined>;
}

/** A part of a store that answers at once. */
export type Immediate<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...given: infer Given) => infer Answer
    ? (...given: Given) => Awaited<Answer>
    : Part[Name];
};

/** Who may see what: a server asks it where its clients have keys. */
export interface AccessStore {
  /** Lets a client, or {@linkcode EVERYBODY}, see a job with what it has stored, or an artifact. */
  grant(item: string, client: string): Awaitable<void>;
  /** Takes that back of one item. */
  revoke(item: string, client: string): Awaitable<void>;
  /** Who may see an item, by name. */
  clients(item: string): Awaitable<readonly string[]>;
  /** Whether a client may see an item. */
  allows(item: string, client: string): Awaitable<boolean>;
}

/** All that is kept. */
export interface Store {
  /** Who may see it. */
  readonly access: AccessStore;
  /** The stored results. */
  readonly artifacts: ArtifactStore;
  /** The jobs, to look at. */
  readonly jobs: JobStore;
  /** The jobs, to work on. */
  readonly queue: Queue;
  /** The events of all jobs. */
  readonly events: EventStore;
  /** Writes everything to its place and closes. */
  close(): Awaitable<void>;
}

/** How often a job is started without a new checkpoint before it fails. */
export const MAX_ATTEMPTS = 3;

/**
 * JSON with sorted keys: equal values give equal text.
 *
 * @example
 * ```ts
 * import { canonicalJson } from "./store.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] }), '{"a":[{"c":3,"d":2}],"b":1}');
 * ```
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1));
  }) ?? "null";
}

/** What identifies a job's result: the hash of task, options, seed, and the versions of what the options name. */
export function jobKey(
  task: string,
  options: unknown,
  seed: number,
  inputs: readonly string[] = [],
): string {
  return sha256(canonicalJson({ task, options, seed, inputs })).slice(0, 32);
}

/** The id of an artifact that follows from a key: its kind and 16 digits of the key's hash. */
export function derivedId(kind: string, key: unknown): string {
  return `${kind}-${sha256(canonicalJson({ kind, key })).slice(0, 16)}`;
}

/** The id of an artifact: its kind and 16 digits of the hash of its files and provenance. */
export function artifactId(
  kind: string,
  files: Readonly<Record<string, string>>,
  provenance: Provenance,
): string {
  return `${kind}-${sha256(canonicalJson({ kind, files, provenance })).slice(0, 16)}`;
}
