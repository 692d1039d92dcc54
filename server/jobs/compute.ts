/** The jobs of the server: submitted here, run by a compute worker, so that this thread stays free to answer. */

import {
  BUILTINS,
  CountergradeError,
  Host,
  loadPlugins,
  type PluginEntry,
  type ProviderChoice,
} from "@countergrade/countergrade";
import {
  installModels,
  type Job,
  type JobEvent,
  Jobs,
  type SubmitOptions,
  Workspace,
} from "@countergrade/countergrade/jobs";
import type { FromWorker, ToWorker } from "./compute_messages.ts";

/** How the worker is set up. */
export interface ComputeOptions {
  /** The home folder. */
  readonly home: string;
  /** A folder with files of models that are otherwise fetched when they are first used. */
  readonly models?: string;
  /** Folders of data sets, as absolute real paths. */
  readonly roots?: readonly string[];
  /** Modules of plugins, see `loadPlugins`; default: the built-ins. */
  readonly plugins?: readonly (string | PluginEntry)[];
  /** Any text not used before: files of plugins are imported anew, see `loadPlugins`. */
  readonly fresh?: string;
  /** Where graphs run; default: auto. */
  readonly provider?: ProviderChoice;
  /** How long a cancelled job may go on before its worker is replaced, in ms; default 20 s. */
  readonly cancelDeadline?: number;
}

/**
 * {@linkcode Jobs} with a worker that runs them, one at a time. The jobs that a killed process left in this home folder
 * go on from their checkpoints.
 */
export class Compute extends Jobs implements AsyncDisposable {
  readonly #options: ComputeOptions;
  readonly #stopped = new AbortController();
  #worker?: Worker;
  #ready = false;
  /** Deadlines of cancelled jobs, and of the next attempt to start a worker (under ""). */
  #deadlines = new Map<string, ReturnType<typeof setTimeout>>();

  private constructor(host: Host, workspace: Workspace, options: ComputeOptions) {
    super(host, workspace);
    this.#options = options;
    workspace.onCancelRequested((job) => this.#abort(job));
  }

  /**
   * Opens the home folder and starts the worker.
   *
   * @throws {StorageError} When the home folder cannot be used.
   * @throws {PluginError} When a plugin cannot be loaded or set up.
   */
  static async start(options: ComputeOptions): Promise<Compute> {
    const { home, roots = [], plugins = [BUILTINS], fresh } = options;
    const host = await Host.boot(await loadPlugins(plugins, { fresh }), {
      roots,
      cache: `${home}/cache`,
    });
    const compute = new Compute(host, await Workspace.open(home), options);
    try {
      await installModels(compute.workspace, host, { folder: options.models });
      await compute.#startWorker();
    } catch (error) {
      await compute.shutdown(0);
      throw error;
    }
    return compute;
  }

  /** Whether a worker is there to run jobs. */
  get ready(): boolean {
    return this.#ready;
  }

  override async submit(
    name: string,
    options: unknown,
    how: SubmitOptions = {},
  ): Promise<Job> {
    const job = await super.submit(name, options, how);
    this.#tell({ type: "wake" });
    return job;
  }

  override async cancel(id: string): Promise<Job> {
    const job = await super.cancel(id);
    this.#abort(job);
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

  #startWorker(): Promise<void> {
    const url = new URL("./compute_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: "compute" });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "ready") {
          this.#ready = true;
          resolve();
        } else if (data.type === "unfit") {
          reject(new CountergradeError("PLUGIN", `Cannot start the worker: ${data.error.message}`));
        } else if (data.type === "news") {
          this.workspace.bus.publish(data.job);
        } else if (data.type === "ended") {
          this.#forgetDeadline(data.job);
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new CountergradeError("PLUGIN", "Cannot start the worker: it crashed"));
        if (this.#worker !== worker || this.#stopped.signal.aborted) return;
        console.error(`The compute worker crashed: ${event.message}`);
        if (this.#ready) this.#replaceWorker();
      };
      const { roots = [], plugins = [BUILTINS], provider = "auto" } = this.#options;
      const { home, owner } = this.workspace;
      const { models, fresh } = this.#options;
      this.#tell({ type: "start", home, models, owner, roots, plugins, fresh, provider });
    });
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** Asks the worker to cancel a job of ours; if it does not listen in time it is replaced. */
  #abort(job: Job): void {
    const { owner, store } = this.workspace;
    if (job.state !== "running" || job.owner !== owner || this.#deadlines.has(job.id)) return;
    this.#tell({ type: "cancel", job: job.id });
    const deadline = setTimeout(() => {
      this.#deadlines.delete(job.id);
      if (store.jobs.get(job.id)?.owner === owner) this.#replaceWorker();
    }, this.#options.cancelDeadline ?? 20_000);
    this.#deadlines.set(job.id, deadline);
  }

  #forgetDeadline(job: string): void {
    clearTimeout(this.#deadlines.get(job));
    this.#deadlines.delete(job);
  }

  /** Ends a worker that is stuck or dead; its job is cancelled, tried again, or has failed. */
  #replaceWorker(): void {
    this.#ready = false;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#giveBack("crash");
    this.#startWorker().catch((error) => {
      if (this.#stopped.signal.aborted) return;
      console.error(error.message);
      this.#deadlines.set("", setTimeout(() => this.#replaceWorker(), 5_000));
    });
  }

  #giveBack(reason: "crash" | "interruption"): void {
    const { owner, store } = this.workspace;
    for (const { id } of store.queue.heartbeat(owner)) {
      this.#forgetDeadline(id);
      store.queue.release(id, owner, reason);
    }
  }

  /**
   * Claims no more jobs, lets the running one stop at its next step (it goes on at the next start), ends all watches and
   * closes the store. After `deadline` ms the worker is ended by force. A second call does nothing.
   */
  async shutdown(deadline = 10_000): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    for (const timer of this.#deadlines.values()) clearTimeout(timer);
    if (this.#ready) await this.#stopWorker(deadline);
    this.#ready = false;
    this.#worker?.terminate();
    this.#giveBack("interruption");
    await this.workspace.close();
    await this.host[Symbol.asyncDispose]();
  }

  async #stopWorker(deadline: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#worker!.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "stopped") resolve();
      };
      timer = setTimeout(resolve, deadline);
      this.#tell({ type: "stop" });
    });
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
