/** Submitting, watching and cancelling jobs: what the API and the CLI talk to. */

import { CountergradeError, InputError, NotFoundError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { parseOptions } from "../host/plugin_options.ts";
import { type TaskPlugin, tasks } from "../task.ts";
import {
  type ArtifactFilter,
  EVERYBODY,
  type JobFilter,
  type Page,
  type PageQuery,
} from "./store.ts";
import type { Job, JobEvent } from "./job.ts";
import { artifactId, jobKey } from "./keys.ts";
import { needsOf } from "./needs.ts";
import type { Artifact } from "../job_context.ts";
import { optionsOf } from "./task_options.ts";
import { watchEvents } from "./watch.ts";
import type { Workspace } from "./workspace.ts";

/** How a task is submitted. */
export interface SubmitOptions {
  /** The seed of all randomness; default 0. */
  readonly seed?: number;
  /** Compute again, even when the result is stored. */
  readonly fresh?: boolean;
  /** Who asks for it. */
  readonly client?: string;
  /** How many jobs of that client may be queued or running. */
  readonly atMost?: number;
  /** Looks at the options, complete and of the right form, before the task does. */
  readonly check?: (task: TaskPlugin, options: unknown) => Promise<void>;
  /** Finds what an id among the options names, as the client may see it; default: all there is. */
  readonly stored?: (id: string) => Promise<Artifact | undefined>;
}

/** The jobs and artifacts of a workspace, as users see them. It runs nothing: see {@linkcode JobRunner}. */
export class Jobs {
  /** Whose tasks are run. */
  readonly host: Host;
  /** Where jobs and their results are kept. */
  readonly workspace: Workspace;
  readonly #local: boolean;

  /** With `local`, tasks that need files of this machine are offered too. */
  constructor(host: Host, workspace: Workspace, { local = false }: { local?: boolean } = {}) {
    this.host = host;
    this.workspace = workspace;
    this.#local = local;
  }

  /** The tasks on offer. */
  get tasks(): TaskPlugin[] {
    return this.host.members(tasks).filter((task) => this.#local || !task.local);
  }

  /**
   * Queues a task. The same task, options and seed give the job that is already on its way, or whose result is stored;
   * `fresh` computes anew, from the start. Tasks on local files always do: their files may have changed.
   *
   * @throws {NotFoundError} When there is no such task.
   * @throws {InputError} When the options do not fit, or cannot work as far as that is known, naming the first that is wrong.
   * @throws {CountergradeError} LIMIT, when a new job would be more than `atMost` of its client.
   */
  async submit(
    name: string,
    options: unknown,
    { seed = 0, fresh = false, client, atMost, check, stored: find }: SubmitOptions = {},
  ): Promise<Job> {
    const task = this.tasks.find((task) => task.name === name);
    if (!task) throw new NotFoundError("task", name, this.tasks.map((task) => task.name));
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new InputError(`Cannot use seed ${seed}: expected a whole number from 0`, ["seed"]);
    }
    const parsed = parseOptions(optionsOf(task, this.host), options, `the options of ${name}`);
    await check?.(task, parsed);
    const { artifacts } = this.workspace.store;
    await task.check?.(parsed, this.host, find ?? (async (id) => await artifacts.get(id)));
    const inputs = await task.inputs?.(parsed, this.host);
    const key = jobKey(name, parsed, seed, inputs);
    const anew = fresh || task.local === true;
    const stored = anew ? undefined : await this.#stored(key);
    if (stored) {
      await this.workspace.store.access.grant(stored.id, client ?? EVERYBODY);
      return stored;
    }
    const needs = await needsOf(this.host, name, parsed);
    const job = { task: name, options: parsed, seed, key, client, needs };
    return await this.workspace.store.queue.add(job, { fresh: anew, atMost });
  }

  /** The finished job of a key, if all that it stored is still there, as it was. */
  async #stored(key: string): Promise<Job | undefined> {
    const { store, blobs } = this.workspace;
    const job = await store.jobs.finished(key);
    for (const id of job?.artifacts ?? []) {
      const artifact = await store.artifacts.get(id);
      for (const blob of Object.values(artifact?.files ?? {})) {
        if (!await blobs.isIntact(blob)) return undefined;
      }
    }
    return job;
  }

  /** The job of an id. @throws {NotFoundError} */
  async job(id: string): Promise<Job> {
    const job = await this.workspace.store.jobs.get(id);
    if (!job) throw new NotFoundError("job", id);
    return job;
  }

  /** Jobs, the newest first unless asked otherwise. */
  async list(query?: PageQuery & JobFilter): Promise<Page<Job>> {
    return await this.workspace.store.jobs.list(query);
  }

  /**
   * Cancels a job: a queued one at once, a running one at its next step. No effect on a finished one.
   *
   * @throws {NotFoundError}
   */
  async cancel(id: string): Promise<Job> {
    const job = await this.workspace.store.queue.cancel(id);
    if (!job) throw new NotFoundError("job", id);
    return job;
  }

  /**
   * The events of a job after number `after`, first the stored ones, then new ones, each once and in order. Ends after
   * `done`, `failed` or `cancelled`, or when `signal` is aborted. Slow readers are spared what later events have replaced, see
   * {@linkcode watchEvents}.
   *
   * @throws {NotFoundError} At the first step, when there is no such job.
   */
  watch(id: string, after = 0, signal?: AbortSignal): AsyncIterableIterator<JobEvent, undefined> {
    const { store, bus } = this.workspace;
    return watchEvents(store, bus, id, after, signal);
  }

  /** The artifact of an id. @throws {NotFoundError} When there is none, or it is of another kind. */
  async artifact(id: string, kind?: string): Promise<Artifact> {
    const artifact = await this.workspace.store.artifacts.get(id);
    if (!artifact || (kind !== undefined && artifact.kind !== kind)) {
      throw new NotFoundError(kind ?? "artifact", id);
    }
    return artifact;
  }

  /**
   * Gives an artifact another title; its id stays.
   *
   * @throws {NotFoundError}
   * @throws {InputError} When the title is empty or longer than 200 characters.
   */
  async rename(id: string, title: string): Promise<Artifact> {
    await this.artifact(id);
    const length = title.trim().length;
    if (length < 1 || length > 200) {
      throw new InputError(`Cannot rename ${id}: expected 1 to 200 characters, got ${length}`, [
        "title",
      ]);
    }
    await this.workspace.store.artifacts.rename(id, title.trim());
    return await this.artifact(id);
  }

  /**
   * Deletes an artifact with its files, and what follows from it by itself: see {@linkcode JobContext.derived}. Jobs that stored it
   * remain, and are computed anew when they are asked for again.
   *
   * @throws {NotFoundError}
   * @throws {CountergradeError} CONFLICT, naming what else was made from it.
   */
  async remove(id: string): Promise<void> {
    await this.artifact(id);
    const { store, blobs } = this.workspace;
    const all = [id];
    for (const id of all) {
      for (const next of await store.artifacts.madeFrom(id)) {
        if (!all.includes(next)) all.push(next);
      }
    }
    const others: string[] = [];
    for (const other of all.slice(1)) {
      const { kind, files, provenance } = await this.artifact(other);
      // What follows by itself is named after its key instead of its content.
      if (other === artifactId(kind, files, provenance)) others.push(other);
    }
    if (others.length > 0) {
      const named = others.slice(0, 5).join(", ") + (others.length > 5 ? ", …" : "");
      const what = `Cannot delete ${id}: ${others.length} others were made from it (${named})`;
      throw new CountergradeError("CONFLICT", `${what}. Delete those first`);
    }
    for (const blob of await store.artifacts.remove(all)) await blobs.remove(blob);
  }

  /** Artifacts, the newest first unless asked otherwise. */
  async artifacts(query?: PageQuery & ArtifactFilter): Promise<Page<Artifact>> {
    return await this.workspace.store.artifacts.list(query);
  }
}
