/** The jobs of the server: submitted here, run elsewhere, so that this thread stays free to answer. */

import { BUILTINS, Host, loadPlugins } from "@countergrade/countergrade";
import {
  installModels,
  type Job,
  type JobEvent,
  Jobs,
  type SubmitOptions,
  Workspace,
} from "@countergrade/countergrade/jobs";
import type { ComputeSetup } from "./compute_messages.ts";
import { ComputeThread, type KeepOptions } from "./compute_thread.ts";

/** How jobs are run. Without `plugins` the built-in ones are there; graphs run where it is best. */
export interface ComputeOptions extends Partial<ComputeSetup>, KeepOptions {
  readonly home: string;
  /** How long a job rests after its first crash, in ms; default 1 s. */
  readonly rest?: number;
}

/**
 * {@linkcode Jobs} with a thread that runs them, one at a time. The jobs that a killed process left in this home folder
 * go on from their checkpoints.
 */
export class Compute extends Jobs implements AsyncDisposable {
  readonly #stopped = new AbortController();
  readonly #thread: ComputeThread;

  private constructor(host: Host, workspace: Workspace, thread: ComputeThread) {
    super(host, workspace);
    this.#thread = thread;
  }

  /**
   * Opens the home folder and starts the worker.
   *
   * @throws {StorageError} When the home folder cannot be used.
   * @throws {PluginError} When a plugin cannot be loaded or set up.
   */
  static async start(options: ComputeOptions): Promise<Compute> {
    const { home, models, roots = [], plugins = [BUILTINS], fresh, provider = "auto" } = options;
    const host = await Host.boot(await loadPlugins(plugins, { fresh }), {
      roots,
      cache: `${home}/cache`,
    });
    const workspace = await Workspace.open(home, { rest: options.rest });
    const setup = { home: workspace.home, models, roots, plugins, fresh, provider };
    const thread = new ComputeThread(workspace, setup, options);
    const compute = new Compute(host, workspace, thread);
    try {
      await installModels(workspace, host, { folder: models });
      await thread.start();
    } catch (error) {
      await compute.shutdown(0);
      throw error;
    }
    return compute;
  }

  /** Whether a worker is there to run jobs. */
  get ready(): boolean {
    return this.#thread.ready;
  }

  override async submit(
    name: string,
    options: unknown,
    how: SubmitOptions = {},
  ): Promise<Job> {
    const job = await super.submit(name, options, how);
    this.#thread.wake();
    return job;
  }

  override async cancel(id: string): Promise<Job> {
    const job = await super.cancel(id);
    this.#thread.cancel(job);
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
    await this.#thread.stop(deadline);
    await this.workspace.close();
    await this.host[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
