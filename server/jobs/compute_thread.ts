/** A thread that runs jobs, seen from the one that keeps it: it is told what to do, and replaced when it hangs or dies. */

import { CountergradeError } from "@countergrade/countergrade";
import type { Job, Lease, Workspace } from "@countergrade/countergrade/jobs";
import type { ComputeSetup, FromThread, ToThread } from "./compute_messages.ts";

/** How long a cancelled job may go on before its thread is replaced, in ms. */
const CANCEL_DEADLINE = 20_000;

/** How a thread is kept. */
export interface KeepOptions {
  /** How long a cancelled job may go on before its thread is replaced, in ms; default 20 s. */
  readonly cancelDeadline?: number;
}

/** Runs the jobs of a workspace's owner, one at a time, in a thread of its own. */
export class ComputeThread {
  readonly #workspace: Workspace;
  readonly #setup: ComputeSetup;
  readonly #options: KeepOptions;
  #thread?: Worker;
  #ready = false;
  #stopping = false;
  /** How to stop watching the job that runs. */
  #forget = () => {};
  /** Deadlines of cancelled jobs, and of the next attempt to start a thread (under ""). */
  #deadlines = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(workspace: Workspace, setup: ComputeSetup, options: KeepOptions = {}) {
    this.#workspace = workspace;
    this.#setup = setup;
    this.#options = options;
  }

  /** Whether the thread is there to run jobs. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Starts the thread. @throws {CountergradeError} PLUGIN, when it cannot be set up. */
  start(): Promise<void> {
    const url = new URL("./compute_worker.ts", import.meta.url);
    const thread = new Worker(url, { type: "module", name: "compute" });
    this.#thread = thread;
    return new Promise((resolve, reject) => {
      thread.onmessage = ({ data }: MessageEvent<FromThread>) => {
        if (data.type === "ready") {
          this.#ready = true;
          resolve();
        } else if (data.type === "unfit") {
          reject(new CountergradeError("PLUGIN", `Cannot start the worker: ${data.error.message}`));
        } else if (data.type === "news") {
          this.#workspace.bus.publish(data.job);
        } else if (data.type === "began") {
          this.#watch(data.lease);
        } else if (data.type === "ended") {
          this.#forget();
          this.#forgetDeadline(data.job);
        }
      };
      thread.onerror = (event) => {
        event.preventDefault();
        reject(new CountergradeError("PLUGIN", "Cannot start the worker: it crashed"));
        if (this.#thread !== thread || this.#stopping) return;
        console.error(`The compute worker crashed: ${event.message}`);
        if (this.#ready) this.#replace();
      };
      this.#tell({ type: "start", setup: this.#setup, owner: this.#workspace.owner });
    });
  }

  /** Says that there is a new job. */
  wake(): void {
    this.#tell({ type: "wake" });
  }

  /** Asks the thread to cancel a job of its own; if it does not listen in time it is replaced. */
  cancel({ id, state, owner }: Pick<Job, "id" | "state" | "owner">): void {
    if (state !== "running" || owner !== this.#workspace.owner || this.#deadlines.has(id)) return;
    this.#tell({ type: "cancel", job: id });
    this.#deadlines.set(id, setTimeout(() => this.#end(id), this.#deadline));
  }

  get #deadline(): number {
    return this.#options.cancelDeadline ?? CANCEL_DEADLINE;
  }

  #tell(message: ToThread): void {
    this.#thread?.postMessage(message);
  }

  /** Follows at each sign of life whether the job shall be cancelled, or has another owner. */
  #watch({ id, attempt }: Lease): void {
    this.#forget();
    this.#forget = this.#workspace.onBeat((mine) => {
      const job = mine.find((job) => job.id === id && job.attempt === attempt);
      if (job?.cancelRequested) this.cancel(job);
      if (job || this.#deadlines.has(id)) return;
      this.#tell({ type: "lost", job: id });
      this.#deadlines.set(id, setTimeout(() => this.#end(id), this.#deadline));
    });
  }

  /** Replaces the thread, unless the job has ended meanwhile. */
  #end(job: string): void {
    if (this.#deadlines.delete(job)) this.#replace();
  }

  #forgetDeadline(job: string): void {
    clearTimeout(this.#deadlines.get(job));
    this.#deadlines.delete(job);
  }

  /** Ends a thread that is stuck or dead; its job is cancelled, tried again, or has failed. */
  async #replace(): Promise<void> {
    this.#ready = false;
    this.#thread?.terminate();
    this.#thread = undefined;
    this.#forget();
    try {
      await this.#giveBack("crash");
      if (!this.#stopping) await this.start();
    } catch (error) {
      if (this.#stopping) return;
      console.error(error instanceof Error ? error.message : error);
      this.#deadlines.set("", setTimeout(() => this.#replace(), 5_000));
    }
  }

  async #giveBack(reason: "crash" | "interruption"): Promise<void> {
    const { owner, store } = this.#workspace;
    for (const job of await store.queue.heartbeat(owner)) {
      this.#forgetDeadline(job.id);
      await store.queue.release(job, reason);
    }
  }

  /** Claims no more jobs and lets the running one stop at its next step; after `deadline` ms the thread is ended by force. */
  async stop(deadline: number): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#deadlines.values()) clearTimeout(timer);
    if (this.#ready) await this.#stopped(deadline);
    this.#ready = false;
    this.#thread?.terminate();
    this.#forget();
    await this.#giveBack("interruption");
  }

  async #stopped(deadline: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#thread!.onmessage = ({ data }: MessageEvent<FromThread>) => {
        if (data.type === "stopped") resolve();
      };
      timer = setTimeout(resolve, deadline);
      this.#tell({ type: "stop" });
    });
    clearTimeout(timer);
  }
}
