/** The jobs as one caller may use them: so many at a time, and only one's own to cancel. */

import { type Job, type JobEvent, Jobs, type SubmitOptions } from "@countergrade/countergrade/jobs";
import { type Caller, demand } from "../http/access/caller.ts";

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

  /** `atMost` jobs of the caller may wait or run at a time. */
  constructor(jobs: Jobs, caller: Caller, atMost: number, meter: WatchMeter) {
    super(jobs.host, jobs.workspace);
    this.#jobs = jobs;
    this.#caller = caller;
    this.#atMost = atMost;
    this.#meter = meter;
  }

  /**
   * As {@linkcode Jobs.submit}.
   *
   * @throws {CountergradeError} LIMIT, when a new job would be one too many.
   */
  override submit(name: string, options: unknown, how: SubmitOptions = {}): Promise<Job> {
    const client = this.#caller.name;
    return this.#jobs.submit(name, options, { ...how, client, atMost: this.#atMost });
  }

  /**
   * As {@linkcode Jobs.cancel}.
   *
   * @throws {CountergradeError} FORBIDDEN, for the job of another without the scope admin.
   */
  override async cancel(id: string): Promise<Job> {
    const { client } = await this.#jobs.job(id);
    if (client !== this.#caller.name) demand(this.#caller, "admin", "cancel the job of another");
    return await this.#jobs.cancel(id);
  }

  override watch(
    id: string,
    after?: number,
    signal?: AbortSignal,
  ): AsyncIterableIterator<JobEvent, undefined> {
    return counted(this.#jobs.watch(id, after, signal), this.#meter);
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
