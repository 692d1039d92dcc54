/** Processes that run jobs: started, told of jobs, and started again when one ends. */

import type { Workspace } from "@countergrade/countergrade/jobs";
import type { ComputeSetup } from "./compute_messages.ts";
import type { Crew, Limits } from "./crew.ts";
import { workerCommand } from "./worker_command.ts";
import { type FromProcess, lineOf, messagesIn, type ToProcess } from "./worker_messages.ts";

/** How long a process that could not start is left alone, in ms. */
const PAUSE = 5_000;

/** So long the process for interactive tasks alone is told of new jobs before the others, in ms: it has their models at hand. */
const HEAD_START = 30;

/** How many processes there are, and what for. */
export interface CrewOptions extends Limits {
  /** How many; the last of several takes interactive tasks alone. */
  readonly count: number;
  /** Whether all of them, or none, take interactive tasks alone. */
  readonly interactive?: boolean;
  /** How long a job rests after its second crash, in ms. */
  readonly rest?: number;
}

/** Processes that run the jobs of a workspace's store, each one at a time. */
export class WorkerProcesses implements Crew {
  readonly #members: Member[];
  #waking?: ReturnType<typeof setTimeout>;

  constructor(workspace: Workspace, setup: ComputeSetup, options: CrewOptions) {
    const { count, rest, interactive: all, ...limits } = options;
    this.#members = Array.from({ length: count }, (_, at) => {
      const interactive = all ?? (at > 0 && at === count - 1);
      const start = { type: "start", limits, rest, polite: !interactive } as const;
      return new Member(workspace, { ...start, setup: { ...setup, interactive } });
    });
  }

  get ready(): boolean {
    return this.#members.some((member) => member.ready);
  }

  /** Returns at once: what is asked for meanwhile waits in the queue. */
  start(): Promise<void> {
    for (const member of this.#members) member.start();
    return Promise.resolve();
  }

  wake(): void {
    const [first, ...others] = this.#members.toReversed();
    first?.tell({ type: "wake" });
    this.#waking ??= setTimeout(() => {
      this.#waking = undefined;
      for (const member of others) member.tell({ type: "wake" });
    }, HEAD_START);
  }

  cancel(job: string): void {
    for (const member of this.#members) member.tell({ type: "cancel", job });
  }

  async stop(deadline: number): Promise<void> {
    clearTimeout(this.#waking);
    await Promise.all(this.#members.map((member) => member.stop(deadline)));
  }
}

/** One of them, in its present life. */
class Member {
  /** Until it has failed once it is thought of as good: what is asked for at the start waits in the queue. */
  ready = true;
  #worked = false;
  #owner = "";
  readonly #workspace: Workspace;
  readonly #start: ToProcess & { type: "start" };
  #process?: Deno.ChildProcess;
  #input?: WritableStreamDefaultWriter<Uint8Array>;
  #lives: Promise<void> = Promise.resolve();
  #stopping = false;
  #pause?: { readonly timer: ReturnType<typeof setTimeout>; readonly end: () => void };

  constructor(workspace: Workspace, start: ToProcess & { type: "start" }) {
    this.#workspace = workspace;
    this.#start = start;
  }

  start(): void {
    this.#lives = this.#liveOn();
  }

  tell(message: ToProcess): void {
    // It may have ended just now.
    this.#input?.write(lineOf(message)).catch(() => {});
  }

  async #liveOn(): Promise<void> {
    while (!this.#stopping) {
      const worked = await this.#live();
      if (!worked && !this.#stopping) await this.#rest();
    }
  }

  /** From its start to its end; its jobs go back to the queue. Whether it was of use. */
  async #live(): Promise<boolean> {
    this.#worked = false;
    const process = workerCommand(this.#start.setup.store).spawn();
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.tell(this.#start);
    for await (const message of messagesIn<FromProcess>(process.stdout, console.error)) {
      this.#hear(message);
    }
    const { signal, code } = await process.status;
    this.ready = false;
    this.#input = undefined;
    if (this.#stopping) return true;
    console.error(`A worker ended (${signal ?? `code ${code}`}); another takes its place`);
    await this.#giveBack(signal === "SIGKILL").catch((error) => console.error(error.message));
    return this.#worked;
  }

  /** Gives its jobs back: one that was killed was hardly ended by its job, one that ended by itself was. */
  async #giveBack(killed: boolean): Promise<void> {
    const { queue } = this.#workspace.store;
    if (killed) await this.#workspace.reclaim([this.#owner]);
    else for (const job of await queue.heartbeat(this.#owner)) await queue.release(job, "crash");
  }

  #hear(message: FromProcess): void {
    switch (message.type) {
      case "ready":
        this.ready = this.#worked = true;
        this.#owner = message.owner;
        return;
      case "unfit":
        return console.error(message.error.message);
      case "news":
        return this.#workspace.bus.publish(message.job);
      case "stuck":
        return this.#process!.kill("SIGKILL");
    }
  }

  async #rest(): Promise<void> {
    await new Promise<void>((end) => {
      this.#pause = { timer: setTimeout(end, PAUSE), end };
    });
  }

  async stop(deadline: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#pause?.timer);
    this.#pause?.end();
    this.tell({ type: "stop", deadline });
    const late = setTimeout(() => this.#kill(), deadline + 2_000);
    await this.#lives;
    clearTimeout(late);
  }

  #kill(): void {
    try {
      this.#process?.kill("SIGKILL");
    } catch {
      // It has ended by now.
    }
  }
}
