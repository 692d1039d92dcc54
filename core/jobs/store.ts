/** What the store keeps: artifacts, jobs, their events and checkpoints. And the queue that hands jobs to whoever computes. */

import type { Artifact } from "../job_context.ts";
import type { BlobArchive } from "./blobs.ts";
import type { EventBus } from "./event_bus.ts";
import type {
  ClaimedJob,
  Job,
  JobEvent,
  JobNews,
  JobState,
  Lease,
  Outcome,
  Queued,
} from "./job.ts";

/** An answer now or later: a local store answers now, a remote one later. */
export type Awaitable<T> = T | Promise<T>;

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
export type Readers = { readonly ofJob: Lease } | { readonly client: string };

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
  /**
   * Stores an artifact as the work of `job`; when its id is known, the first one stays and is returned.
   *
   * @throws {LeaseLostError} When the job is no longer its owner's.
   */
  put(artifact: Artifact, job?: Lease, readers?: Readers): Awaitable<Artifact>;
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

/** What a new job is made of. */
export interface NewJob extends Pick<Job, "task" | "options" | "seed" | "key" | "client"> {
  /** What whoever runs it must have: plugins as `plugin:<id>@<version>`, data sets as `dataset:<id>`, `gpu`. */
  readonly needs?: readonly string[];
}

/** Which job is wanted; what is not given is any. */
export interface ClaimOptions {
  /** Only of these tasks. */
  readonly tasks?: readonly string[];
  /** Only this one, even before its time after a crash. */
  readonly id?: string;
  /** Only a part of this one, even before its time after a crash. */
  readonly parent?: string;
  /** Only what needs no more than there is. */
  readonly suits?: (needs: readonly string[]) => boolean;
}

/** A part of a job's work. */
export interface JobPart {
  /** Which part, as plain JSON. */
  readonly part: unknown;
  /** The name of the checkpoint that becomes of it. */
  readonly checkpoint: string;
}

/** Which jobs are meant; what is not given is any. */
export interface JobFilter extends ListFilter {
  /** The name of the task. */
  readonly task?: string;
  /** Where they stand. */
  readonly state?: JobState;
  /** The parts of this one; without it only jobs that are no parts. */
  readonly parent?: string;
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
   * Adds a job, or returns the one of the same key that is queued or running, unless that is being cancelled. `fresh` always adds.
   *
   * @throws {CountergradeError} LIMIT, when `atMost` jobs of its client are queued or running already.
   */
  add(job: NewJob, options?: { fresh?: boolean; atMost?: number }): Awaitable<Job>;
  /**
   * Takes the oldest queued job and starts its lease. One that crashed rests for a while; one whose checkpoint another job still
   * writes waits.
   */
  claim(owner: string, options?: ClaimOptions): Awaitable<ClaimedJob | undefined>;
  /**
   * Adds jobs that each do a part of a running one, with its task, options, seed and needs, for those who may see it; those that wait
   * or run already stay. What is left of them is cancelled when the job ends.
   *
   * @throws {LeaseLostError} When the job is no longer its owner's.
   */
  split(lease: Lease, parts: readonly JobPart[]): Awaitable<void>;
  /** Prolongs the leases of an owner's jobs and returns those jobs: what is not among them is lost. */
  heartbeat(owner: string): Awaitable<readonly ClaimedJob[]>;
  /** Ends a job and appends its last event, both or neither. False when the lease on it is lost. */
  finish(lease: Lease, outcome: Outcome): Awaitable<boolean>;
  /**
   * Gives a job back unfinished. After {@linkcode MAX_CRASHES} times a `crash` it fails; an `interruption` (the process ends in
   * good order) does not count. Undefined when the lease on it is lost.
   */
  release(lease: Lease, reason: "crash" | "interruption"): Awaitable<Job | undefined>;
  /**
   * Gives back the jobs whose lease has run out, or whose owner is one of `dead`: they are lost, which {@linkcode MAX_LOST} times is
   * borne with.
   */
  reclaim(dead?: readonly string[]): Awaitable<readonly Job[]>;
  /** The owners of running jobs. */
  owners(): Awaitable<readonly string[]>;
  /** Tells a job that waits where it stands, unless it has been told the same last. */
  tell(id: string, queued: Queued): Awaitable<void>;
  /** Cancels a queued job at once; asks the owner of a running one. No effect on a finished one. */
  cancel(id: string): Awaitable<Job | undefined>;
}

/** The events of all jobs. */
export interface EventStore {
  /**
   * Writes the next events of a job, all or none. Where there are more than `after` already, it is asked for the second time: a
   * connection may break before the answer comes.
   *
   * @throws {LeaseLostError} When the job is no longer its owner's.
   */
  append(
    lease: Lease,
    bodies: readonly JobNews[],
    after?: number,
  ): Awaitable<readonly JobEvent[]>;
  /** Events with a number greater than `after`, in order, at most `limit`. */
  read(job: string, after: number, limit?: number): Awaitable<readonly JobEvent[]>;
  /** How many events there are, which is the number of the last. */
  count(job: string): Awaitable<number>;
  /** The last event of a type. */
  latest(job: string, type: JobNews["type"]): Awaitable<JobEvent | undefined>;
}

/** Which blobs are the checkpoints of jobs: of each name the newest and the one before. */
export interface CheckpointStore {
  /**
   * Makes a blob the newest checkpoint of a job and forgets the crashes before it, and those of the job that it is a part of.
   *
   * @returns The blobs that no checkpoint has any more.
   * @throws {LeaseLostError} When the job is no longer its owner's.
   */
  add(lease: Lease, name: string, blob: string): Awaitable<readonly string[]>;
  /** The newest first. */
  list(name: string): Awaitable<readonly string[]>;
  /** Forgets the checkpoints of a name, unless a job that has not ended goes on from there; returns the blobs that no other has. */
  remove(name: string): Awaitable<readonly string[]>;
}

/** How much was forgotten. */
export interface Forgotten {
  /** Events. */
  readonly events: number;
  /** Checkpoints. */
  readonly checkpoints: number;
  /** Artifacts that are computed again where they are missing. */
  readonly artifacts: number;
}

/** What can be done without. */
export interface KeepStore {
  /**
   * Forgets the events, but the last, of jobs that ended before a time (ISO 8601), noise images that were made before, and the
   * checkpoints of jobs of which none has run since.
   */
  forget(before: string): Awaitable<Forgotten>;
  /**
   * The files that artifacts, results, events and checkpoints name; part by part, with `next` of the part before, until there is
   * none.
   */
  named(after?: string): Awaitable<{ readonly names: readonly string[]; readonly next?: string }>;
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
  /** Whether a client may see a blob: one that was granted, or that an artifact or an event names which the client may see. */
  allowsBlob(blob: string, client: string): Awaitable<boolean>;
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
  /** Where unfinished jobs stand. */
  readonly checkpoints: CheckpointStore;
  /** What can be done without. */
  readonly keeping: KeepStore;
  /** Tells of new events; also, as `queue`, that there are jobs to be taken, and, as `<id> cancel`, that one shall end. */
  readonly bus: EventBus;
  /** Whether other machines use it too: who is alive shows by leases alone. */
  readonly shared?: boolean;
  /** Where files are kept for other machines. */
  readonly archive?: BlobArchive;
  /** Writes everything to its place and closes. */
  close(): Awaitable<void>;
}

/** How often a job may crash without a new checkpoint before it fails. */
export const MAX_CRASHES = 3;
/** How often its worker may be lost meanwhile, which is seldom the job's fault. */
export const MAX_LOST = 12;
