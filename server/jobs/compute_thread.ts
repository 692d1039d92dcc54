/** A thread that runs jobs, seen from the one that keeps it: it is told what to do, watched, and replaced when it hangs or dies. */

import { CountergradeError } from "@countergrade/countergrade";
import type { ClaimedJob, Lease, Outcome, Workspace } from "@countergrade/countergrade/jobs";
import type { ComputeSetup, FromThread, ToThread } from "./compute_messages.ts";
import type { Crew, Limits } from "./crew.ts";

/** Of {@linkcode Limits}. */
const CANCEL_DEADLINE = 20_000;
const SECONDS = 600;

/** How often a thread is asked for a sign of life, in ms. */
const TICK = 1_000;

/** How a thread is kept. */
export interface KeepOptions extends Limits {
  /**
   * Has this process ended by force, which has nothing else to do: a thread that computes cannot be ended alone, and it would see the
   * memory of libraries go if the process ended by itself.
   */
  readonly die?: () => Promise<void>;
}

/** Runs the jobs of a workspace's owner, one at a time, in a thread of its own. */
export class ComputeThread implements Crew {
  readonly #workspace: Workspace;
  readonly #setup: ComputeSetup;
  readonly #options: KeepOptions;
  #thread?: Worker;
  #ready = false;
  #stopping = false;
  /** The job that runs, and how to stop watching it. */
  #running?: { readonly lease: Lease; readonly forget: () => void };
  /** For how many ticks the thread has said nothing. */
  #silent = 0;
  /** Stops hearing of new jobs, and of those that are this owner's. */
  #deaf?: () => void;
  #unlisted?: () => void;
  /** Jobs of this owner that nobody runs, as they were at the last sign of life. */
  #strays: readonly string[] = [];
  #pulse?: ReturnType<typeof setInterval>;
  /** Until the running job must have stopped, or, without one, the thread is started again. */
  #deadline?: ReturnType<typeof setTimeout>;

  constructor(workspace: Workspace, setup: ComputeSetup, options: KeepOptions = {}) {
    this.#workspace = workspace;
    this.#setup = setup;
    this.#options = options;
  }

  get ready(): boolean {
    return this.#ready;
  }

  start(): Promise<void> {
    const url = new URL("./compute_worker.ts", import.meta.url);
    const thread = new Worker(url, { type: "module", name: "compute" });
    this.#thread = thread;
    this.#deaf ??= this.#workspace.bus.subscribe("queue", () => this.wake());
    this.#unlisted ??= this.#workspace.onBeat((mine) => this.#dropStrays(mine));
    this.#pulse ??= setInterval(() => this.#feel(), TICK);
    return new Promise((resolve, reject) => {
      thread.onmessage = ({ data }: MessageEvent<FromThread>) => {
        this.#silent = 0;
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

  wake(): void {
    this.#tell({ type: "wake" });
  }

  cancel(job: string): void {
    if (this.#running?.lease.id === job) this.#stopJob("cancel");
  }

  #tell(message: ToThread): void {
    this.#thread?.postMessage(message);
  }

  /** Follows at each sign of life whether the job shall be cancelled, or has another owner. */
  #watch(lease: Lease): void {
    this.#forget();
    const forget = this.#workspace.onBeat((mine) => {
      const job = mine.find(({ id, attempt }) => id === lease.id && attempt === lease.attempt);
      if (!job) this.#stopJob("lost");
      else if (job.cancelRequested) this.#stopJob("cancel");
    });
    const deaf = this.#workspace.bus.subscribe(`${lease.id} cancel`, () => this.#stopJob("cancel"));
    this.#running = {
      lease,
      forget() {
        forget();
        deaf();
      },
    };
  }

  #forget(): void {
    this.#running?.forget();
    this.#running = undefined;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** Has the running job stop; if it does not in time, the thread is replaced. */
  #stopJob(why: "cancel" | "lost"): void {
    if (!this.#running || this.#deadline !== undefined) return;
    this.#tell({ type: why, job: this.#running.lease.id });
    const time = this.#options.cancelDeadline ?? CANCEL_DEADLINE;
    this.#deadline = setTimeout(() => this.#replace(), time);
  }

  /** Gives back what was claimed without an answer, as where the connection broke. */
  #dropStrays(mine: readonly ClaimedJob[]): void {
    const running = this.#running?.lease.id;
    // A job does parts of its work itself.
    const strays = mine.filter(({ id, parent }) => (parent ?? id) !== running && id !== running);
    const { queue } = this.#workspace.store;
    for (const job of strays.filter(({ id }) => this.#strays.includes(id))) {
      Promise.resolve(queue.release(job, "interruption")).catch(console.error);
    }
    this.#strays = strays.map(({ id }) => id);
  }

  /** Whether the running job still pauses now and then, and leaves memory to others. */
  #feel(): void {
    if (!this.#running) {
      this.#silent = 0;
      return;
    }
    const { seconds = SECONDS, megabytes = Infinity } = this.#options;
    if (++this.#silent * TICK > seconds * 1_000) {
      this.#fail(`It computed for more than ${seconds} s without a pause`);
    } else if (Deno.memoryUsage().rss > megabytes * 1e6) {
      this.#fail(`It took more than ${megabytes} MB of memory`);
    }
    this.#tell({ type: "ping" });
  }

  /** Ends the running job: to try it again would help nobody. */
  #fail(why: string): void {
    const { lease } = this.#running!;
    this.#forget();
    const message = `${why}, and its worker was ended`;
    this.#replace(lease, { state: "failed", error: { code: "LIMIT", message } });
  }

  /** Ends a thread that is stuck or dead; its job is cancelled, tried again, or has failed. */
  async #replace(lease?: Lease, outcome?: Outcome): Promise<void> {
    this.#ready = false;
    if (!this.#options.die) this.#thread?.terminate();
    this.#thread = undefined;
    this.#forget();
    try {
      if (lease && outcome) await this.#workspace.store.queue.finish(lease, outcome);
      await this.#giveBack("crash");
      if (this.#options.die) await this.#options.die();
      else if (!this.#stopping) await this.start();
    } catch (error) {
      if (this.#stopping) return;
      console.error(error instanceof Error ? error.message : error);
      this.#deadline = setTimeout(() => this.#replace(), 5_000);
    }
  }

  async #giveBack(reason: "crash" | "interruption"): Promise<void> {
    const { owner, store } = this.#workspace;
    for (const job of await store.queue.heartbeat(owner)) await store.queue.release(job, reason);
  }

  async stop(deadline: number): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#pulse);
    this.#deaf?.();
    this.#unlisted?.();
    clearTimeout(this.#deadline);
    const ended = !this.#ready || await this.#stopped(deadline);
    this.#ready = false;
    this.#thread?.terminate();
    this.#forget();
    // Where it cannot be told, the lease runs out.
    await this.#giveBack("interruption").catch((error) => console.error(error.message));
    if (!ended) await this.#options.die?.();
  }

  /** Whether the thread has ended by itself in time. */
  async #stopped(deadline: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ended = await new Promise<boolean>((resolve) => {
      this.#thread!.onmessage = ({ data }: MessageEvent<FromThread>) => {
        if (data.type === "stopped") resolve(true);
      };
      timer = setTimeout(() => resolve(false), deadline);
      this.#tell({ type: "stop" });
    });
    clearTimeout(timer);
    return ended;
  }
}
