/** The jobs of the server: submitted here, run elsewhere, so that this thread stays free to answer. */

import { BUILTINS, Host, loadPlugins } from "@countergrade/countergrade";
import {
  announceWaiting,
  installModels,
  type Job,
  type JobEvent,
  Jobs,
  storeAt,
  type SubmitOptions,
  Workspace,
} from "@countergrade/countergrade/jobs";
import type { ComputeSetup } from "./compute_messages.ts";
import { ComputeThread } from "./compute_thread.ts";
import type { Crew, Limits } from "./crew.ts";
import { WorkerProcesses } from "./worker_processes.ts";

/** How often jobs that wait are told where they stand, in ms. */
const ANNOUNCE = 1_000;

/** How jobs are run. Without `plugins` the built-in ones are there; graphs run where it is best. */
export interface ComputeOptions extends Partial<ComputeSetup>, Limits {
  readonly home: string;
  /** How many processes run jobs; default: none, but a thread of this one. */
  readonly workers?: number;
  /** How long a job rests after its second crash, in ms; default 1 s. */
  readonly rest?: number;
}

/**
 * {@linkcode Jobs} with a crew that runs them. The jobs that a killed process left in this home folder
 * go on from their checkpoints.
 */
export class Compute extends Jobs implements AsyncDisposable {
  readonly #stopped = new AbortController();
  readonly #crew: Crew;
  #announcing?: ReturnType<typeof setInterval>;

  private constructor(host: Host, workspace: Workspace, crew: Crew) {
    super(host, workspace);
    this.#crew = crew;
  }

  /**
   * Opens the home folder and starts the worker.
   *
   * @throws {StorageError} When the home folder cannot be used.
   * @throws {PluginError} When a plugin cannot be loaded or set up.
   */
  static async start(options: ComputeOptions): Promise<Compute> {
    const { home, models, roots = [], plugins = [BUILTINS], fresh, provider = "auto", threads } =
      options;
    const host = await Host.boot(await loadPlugins(plugins, { fresh }), {
      roots,
      cache: `${home}/cache`,
    });
    const { store, rest } = options;
    const workspace = await Workspace.open(home, { rest, store: storeAt(store, { rest }) });
    const setup = { home: workspace.home, store, models, roots, plugins, fresh, provider, threads };
    const { workers, cancelDeadline, seconds, megabytes } = options;
    const limits = { cancelDeadline, seconds, megabytes };
    const crew = workers === undefined
      ? new ComputeThread(workspace, setup, limits)
      : new WorkerProcesses(workspace, setup, { ...limits, count: workers, rest });
    const compute = new Compute(host, workspace, crew);
    try {
      await installModels(workspace, host, { folder: models });
      await crew.start();
      compute.#announce();
    } catch (error) {
      await compute.shutdown(0);
      throw error;
    }
    return compute;
  }

  /** Tells jobs that wait where they stand. */
  #announce(): void {
    let done = Promise.resolve();
    this.#announcing = setInterval(() => {
      done = done.then(() => announceWaiting(this.workspace.store)).catch((error) => {
        if (!this.#stopped.signal.aborted) console.error(error.message);
      });
    }, ANNOUNCE);
  }

  /** Whether a worker is there to run jobs. */
  get ready(): boolean {
    return this.#crew.ready;
  }

  override async submit(
    name: string,
    options: unknown,
    how: SubmitOptions = {},
  ): Promise<Job> {
    const job = await super.submit(name, options, how);
    this.#crew.wake();
    return job;
  }

  override async cancel(id: string): Promise<Job> {
    const job = await super.cancel(id);
    if (job.state === "running") this.#crew.cancel(id);
    return job;
  }

  /** As {@linkcode Jobs.watch}; ends at {@linkcode Compute.shutdown} too. */
  override watch(
    id: string,
    after = 0,
    signal?: AbortSignal,
  ): AsyncIterableIterator<JobEvent, undefined> {
    const stopped = this.#stopped.signal;
    return super.watch(id, after, signal ? AbortSignal.any([signal, stopped]) : stopped);
  }

  /**
   * Claims no more jobs, lets the running one stop at its next step (it goes on at the next start), ends all watches and
   * closes the store. After `deadline` ms the worker is ended by force. A second call does nothing.
   */
  async shutdown(deadline = 10_000): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    clearInterval(this.#announcing);
    await this.#crew.stop(deadline);
    await this.workspace.close();
    await this.host[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
