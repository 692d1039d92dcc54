/** The jobs as one caller may use them: so many at a time, and only one's own to cancel. */

import { type Artifact, NotFoundError } from "@countergrade/countergrade";
import {
  type ArtifactFilter,
  EVERYBODY,
  type Job,
  type JobEvent,
  type JobFilter,
  Jobs,
  optionsOf,
  type Page,
  type PageQuery,
  shortNames,
  type SubmitOptions,
} from "@countergrade/countergrade/jobs";
import { type Caller, demand } from "../http/access/caller.ts";
import type { DatasetPictures } from "../http/dataset_pictures.ts";
import type { Followers } from "./followers.ts";
import { withIds } from "./short_names.ts";
import { checkPlaces, checkReferences, type Known } from "./known_things.ts";

/** How long whoever asks for a job waits for a data set to be opened, in ms. */
const PATIENCE = 2_000;

/** Counts what subscribers get. */
export interface WatchMeter {
  /** How many watches are open. */
  readonly subscriptions: { inc(): void; dec(): void };
  /** How many events were handed out. */
  readonly events: { inc(): void };
}

/** {@linkcode Jobs} for one caller. */
export class ClientJobs extends Jobs {
  readonly #jobs: Jobs;
  readonly #caller: Caller;
  readonly #atMost: number;
  readonly #meter: WatchMeter;
  readonly #followers: Followers;
  readonly #pictures: Pick<DatasetPictures, "dataset">;

  /** `atMost` jobs of the caller may wait or run at a time; `pictures` opens data sets. */
  constructor(
    jobs: Jobs,
    caller: Caller,
    atMost: number,
    meter: WatchMeter,
    followers: Followers,
    pictures: Pick<DatasetPictures, "dataset">,
  ) {
    super(jobs.host, jobs.workspace);
    this.#pictures = pictures;
    this.#jobs = jobs;
    this.#caller = caller;
    this.#atMost = atMost;
    this.#meter = meter;
    this.#followers = followers;
  }

  /**
   * As {@linkcode Jobs.submit}.
   *
   * @throws {CountergradeError} LIMIT, when a new job would be one too many.
   */
  override async submit(name: string, options: unknown, how: SubmitOptions = {}): Promise<Job> {
    const known: Known = {
      kindOf: async (id) => (await this.findArtifact(id))?.kind,
      datasets: async () => (await this.host.discoverDatasets()).map(({ id }) => id),
      splitsOf: (id) => this.#splitsOf(id),
    };
    const task = this.tasks.find((task) => task.name === name);
    const named = task
      ? withIds(optionsOf(task, this.host), options, await shortNames(this.host))
      : options;
    const ask = () =>
      this.#jobs.submit(name, named, {
        ...how,
        client: this.#caller.name,
        atMost: this.#atMost,
        stored: (id) => this.findArtifact(id),
        check: async (task, options) => {
          await checkReferences(optionsOf(task, this.host), options, known);
          await checkPlaces(options, known);
        },
      });
    const job = await ask();
    // One that others have left is about to end: nobody should join that.
    const wanted = await this.#followers.ended(job.id) ? await ask() : job;
    this.#followers.asked(wanted, this.#caller.name);
    return wanted;
  }

  /** How many images the splits of a data set have; undefined where opening it takes long, or fails: then the job tells. */
  async #splitsOf(id: string): Promise<Readonly<Record<string, number>> | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), PATIENCE);
    const opened = this.#pictures.dataset(id).then(({ splits }) => splits, () => undefined);
    return await Promise.race([opened, late]).finally(() => clearTimeout(timer));
  }

  /** The job of an id, where there is one that the caller may see. */
  async findJob(id: string): Promise<Job | undefined> {
    return await this.#sees(id) ? await this.workspace.store.jobs.get(id) : undefined;
  }

  /** The artifact of an id, where there is one that the caller may see. */
  async findArtifact(id: string): Promise<Artifact | undefined> {
    return await this.#sees(id) ? await this.workspace.store.artifacts.get(id) : undefined;
  }

  /** What others may not see is not there for them. @throws {NotFoundError} */
  override async job(id: string): Promise<Job> {
    const job = await this.findJob(id);
    if (!job) throw new NotFoundError("job", id);
    return job;
  }

  /** As {@linkcode ClientJobs.job}. @throws {NotFoundError} */
  override async artifact(id: string, kind?: string): Promise<Artifact> {
    const artifact = await this.findArtifact(id);
    if (artifact && (kind === undefined || artifact.kind === kind)) return artifact;
    throw new NotFoundError(kind ?? "artifact", id);
  }

  /** The jobs that the caller may see. */
  override list(query: PageQuery & JobFilter = {}): Promise<Page<Job>> {
    return super.list({ ...query, viewer: this.viewer });
  }

  /** The artifacts that the caller may see. */
  override artifacts(query: PageQuery & ArtifactFilter = {}): Promise<Page<Artifact>> {
    return super.artifacts({ ...query, viewer: this.viewer });
  }

  /**
   * Lets everybody see a job with what it has stored, or an artifact; or takes that back.
   *
   * @throws {NotFoundError}
   * @throws {CountergradeError} FORBIDDEN, for the job or artifact of another without the scope admin.
   */
  async share(id: string, shared: boolean): Promise<void> {
    const { access } = this.workspace.store;
    if (!await this.findJob(id) && !await this.findArtifact(id)) {
      throw new NotFoundError("job or artifact", id);
    }
    const own = (await access.clients(id)).includes(this.#caller.name);
    if (!own) demand(this.#caller, "admin", "share what is another's");
    if (shared) await access.grant(id, EVERYBODY);
    else await access.revoke(id, EVERYBODY);
  }

  /**
   * As {@linkcode Jobs.rename}.
   *
   * @throws {CountergradeError} FORBIDDEN, for the artifact of another without the scope admin.
   */
  override async rename(id: string, title: string): Promise<Artifact> {
    await this.#owned(id, "rename");
    return await super.rename(id, title);
  }

  /**
   * As {@linkcode Jobs.remove}. Where others have made the same it stays theirs, and only the caller sees it no more.
   *
   * @throws {CountergradeError} FORBIDDEN, for the artifact of another without the scope admin.
   */
  override async remove(id: string): Promise<void> {
    await this.#owned(id, "delete");
    const { access } = this.workspace.store;
    const mine = this.#caller.name;
    const others = (await access.clients(id)).filter((name) => name !== mine && name !== EVERYBODY);
    if (this.viewer === undefined || others.length === 0) await super.remove(id);
    else await access.revoke(id, mine);
  }

  async #owned(id: string, what: string): Promise<void> {
    await this.artifact(id);
    const own = (await this.workspace.store.access.clients(id)).includes(this.#caller.name);
    if (!own) demand(this.#caller, "admin", `${what} what is another's`);
  }

  /** Whether the caller may have a file: one of an artifact or job that the caller sees. */
  async mayHave(blob: string): Promise<boolean> {
    const { viewer } = this;
    return viewer === undefined || await this.workspace.store.access.allowsBlob(blob, viewer);
  }

  /** Lets the caller have a file that was made of others. */
  async letSee(blob: string): Promise<void> {
    await this.workspace.store.access.grant(blob, this.#caller.name);
  }

  /** Whether everybody may see a job or artifact. */
  async isShared(id: string): Promise<boolean> {
    return (await this.workspace.store.access.clients(id)).includes(EVERYBODY);
  }

  /** The caller's name. */
  get client(): string {
    return this.#caller.name;
  }

  /** Whose eyes lists are made for; undefined sees all. */
  get viewer(): string | undefined {
    return this.#caller.scopes.has("admin") ? undefined : this.#caller.name;
  }

  async #sees(id: string): Promise<boolean> {
    const { viewer } = this;
    return viewer === undefined || await this.workspace.store.access.allows(id, viewer);
  }

  /**
   * As {@linkcode Jobs.cancel}.
   *
   * @throws {CountergradeError} FORBIDDEN, for the job of another without the scope admin.
   */
  override async cancel(id: string): Promise<Job> {
    const { client } = await this.job(id);
    if (client !== this.#caller.name) demand(this.#caller, "admin", "cancel the job of another");
    return await this.#jobs.cancel(id);
  }

  /**
   * A follower does not want a job any more that the caller has asked for. When nobody does, it is cancelled.
   *
   * @throws {NotFoundError}
   */
  async leave(id: string, follower: string): Promise<Job> {
    await this.job(id);
    await this.#followers.leave(id, this.#caller.name, follower);
    return await this.job(id);
  }

  /** As {@linkcode Jobs.watch}, of a job that {@linkcode ClientJobs.job} has found. */
  override watch(
    id: string,
    after?: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<JobEvent, undefined> {
    return counted(this.#jobs.watch(id, after, signal), this.#meter);
  }

  /** The same for a follower: who has asked for the job, and leaves it by staying away. */
  follow(
    id: string,
    follower: string,
    after?: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<JobEvent, undefined> {
    const followers = this.#followers;
    followers.connected(id, follower);
    return counted(this.#jobs.watch(id, after, signal), {
      subscriptions: {
        inc: () => this.#meter.subscriptions.inc(),
        dec: () => {
          this.#meter.subscriptions.dec();
          if (!signal?.aborted) followers.disconnected(id, this.#caller.name, follower);
        },
      },
      events: this.#meter.events,
    });
  }
}

/** The same events, counted; the watch counts as open until it has ended, failed, or its reader has left. */
function counted(
  events: AsyncIterableIterator<JobEvent, undefined>,
  meter: WatchMeter,
): AsyncIterableIterator<JobEvent, undefined> {
  let open = true;
  meter.subscriptions.inc();
  const close = () => {
    if (open) meter.subscriptions.dec();
    open = false;
  };
  return {
    async next() {
      try {
        const item = await events.next();
        if (item.done) close();
        else meter.events.inc();
        return item;
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      close();
      return await events.return!();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
