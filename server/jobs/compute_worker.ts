/** The compute worker: a thread with its own host that claims and runs jobs, one at a time. */

import { CancelledError, Host, loadPlugins, StorageError, tasks } from "@countergrade/countergrade";
import { limitThreads } from "@countergrade/countergrade/engine";
import {
  type ClaimedJob,
  describeError,
  type EventBus,
  installModels,
  Interruption,
  JobRunner,
  LeaseLostError,
  LocalEventBus,
  offersOf,
  storeAt,
  Workspace,
} from "@countergrade/countergrade/jobs";
import type { FromThread, ToThread } from "./compute_messages.ts";

/** How often the queue is asked without a call, in ms: another process may have left a job. */
const POLL = 1_000;

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: FromThread): void;
  onmessage: ((event: MessageEvent<ToThread>) => void) | null;
  close(): void;
};

const tell = (message: FromThread) => self.postMessage(message);

/** Rings in the server's thread, where the watchers are. */
class PostedBus extends LocalEventBus implements EventBus {
  override publish(job: string): void {
    super.publish(job);
    tell({ type: "news", job });
  }
}

let stopping = false;
let wake = () => {};
let running: { job: ClaimedJob; controller: AbortController } | undefined;

self.onmessage = ({ data }) => {
  switch (data.type) {
    case "start":
      return void work(data);
    case "wake":
      return wake();
    case "ping":
      return tell({ type: "pong" });
    case "cancel":
      if (running?.job.id === data.job) running.controller.abort(new CancelledError());
      return;
    case "lost":
      if (running?.job.id === data.job) running.controller.abort(new LeaseLostError(running.job));
      return;
    case "stop":
      stopping = true;
      running?.controller.abort(new Interruption());
      return wake();
  }
};

// A plugin that ended this thread would leave its job without an end, and nobody would know whose doing it was.
Object.defineProperty(Deno, "exit", {
  value: (): never => {
    throw new Error("Deno.exit() is not for plugins");
  },
});

async function work({ setup, owner }: ToThread & { type: "start" }): Promise<void> {
  try {
    const { roots, home, provider, plugins, fresh, models, threads = 0 } = setup;
    limitThreads(threads);
    const context = { roots, cache: `${home}/cache` };
    const loaded = await loadPlugins(plugins, { fresh });
    await using host = await Host.boot(loaded, context, { provider });
    await using workspace = await Workspace.open(home, {
      owner,
      bus: new PostedBus(),
      store: storeAt(setup.store, { connections: 2 }),
    });
    // The files are there; this thread too must know where those are got that are not.
    await installModels(workspace, host, { folder: models });
    tell({ type: "ready" });
    await claimAndRun(host, workspace, setup.interactive);
  } catch (error) {
    console.error(error);
    tell({ type: "unfit", error: describeError(error) });
  }
  tell({ type: "stopped" });
  self.close();
}

async function claimAndRun(host: Host, workspace: Workspace, interactive = false): Promise<void> {
  const runner = new JobRunner(host, workspace);
  // Tasks on local files were asked for by someone at this machine's shell, who is gone if the job is here.
  const names = host.members(tasks)
    .filter((task) => !task.local && (task.interactive || !interactive))
    .map((task) => task.name);
  while (!stopping) {
    const job = await claimed(host, workspace, names);
    if (!job) {
      await woken();
      continue;
    }
    running = { job, controller: new AbortController() };
    tell({ type: "began", lease: { id: job.id, owner: job.owner, attempt: job.attempt } });
    await runner.run(job, running.controller.signal);
    running = undefined;
    tell({ type: "ended", job: job.id });
  }
}

/** The next job. A store that cannot be reached is asked again later. */
async function claimed(
  host: Host,
  { store, owner }: Workspace,
  tasks: readonly string[],
): Promise<ClaimedJob | undefined> {
  try {
    // Others that use the same home folder have the same plugins and data sets.
    const suits = store.shared ? await offersOf(host) : undefined;
    return await store.queue.claim(owner, { tasks, suits });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

async function woken(): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((resolve) => {
    wake = resolve;
    timer = setTimeout(resolve, POLL);
  });
  clearTimeout(timer);
}
