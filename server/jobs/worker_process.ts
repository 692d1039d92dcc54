/** A process that runs jobs. Its main thread gives signs of life and watches the one that computes; it is ended by who has started it. */

import os from "node:os";
import { describeError, LocalEventBus, storeAt, Workspace } from "@countergrade/countergrade/jobs";
import { ComputeThread } from "./compute_thread.ts";
import { type FromProcess, lineOf, messagesIn, type ToProcess } from "./worker_messages.ts";

/** How much an interactive job comes first: of two threads that want one core this one gets a tenth. */
const NICE = 10;

/** How long the running job may take to stop once whoever started this process is gone, in ms. */
const DEADLINE = 10_000;

/** How long this process waits to be ended by force before it ends by itself, in ms: whoever started it may be gone. */
const MERCY = 2_000;

const tell = (message: FromProcess) => void Deno.stdout.write(lineOf(message)).catch(() => {});

/** Rings in the process that has started this one, where the watchers are. */
class PipedBus extends LocalEventBus {
  override publish(job: string): void {
    super.publish(job);
    tell({ type: "news", job });
  }
}

// What is printed to stdout here is read as messages.
console.log = console.info = console.debug = console.error;

// A terminal interrupts all processes of a command: what becomes of this one is for who has started it to say.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  if (signal === "SIGINT" || Deno.build.os !== "windows") Deno.addSignalListener(signal, () => {});
}

const messages = messagesIn<ToProcess>(Deno.stdin.readable, console.error);
const { value: start } = await messages.next();
if (start?.type === "start") await work(start);
Deno.exit(0);

async function work({ setup, limits, polite, rest }: ToProcess & { type: "start" }): Promise<void> {
  // Threads that start later have it from this one.
  if (polite) lower();
  const bus = new PipedBus();
  await using workspace = await Workspace.open(setup.home, {
    bus,
    rest,
    store: storeAt(setup.store, { rest, connections: 2 }),
  });
  const die = async () => {
    tell({ type: "stuck" });
    await new Promise((resolve) => setTimeout(resolve, MERCY));
  };
  const thread = new ComputeThread(workspace, setup, { megabytes: most(), ...limits, die });
  try {
    await thread.start();
  } catch (error) {
    tell({ type: "unfit", error: describeError(error) });
    await thread.stop(0);
    return;
  }
  tell({ type: "ready", owner: workspace.owner });
  let deadline = DEADLINE;
  for await (const message of messages) {
    if (message.type === "wake") thread.wake();
    else if (message.type === "cancel") thread.cancel(message.job);
    else if (message.type === "stop") {
      deadline = message.deadline;
      break;
    }
  }
  await thread.stop(deadline);
}

function lower(): void {
  try {
    os.setPriority(NICE);
  } catch {
    // Without this right it computes as any other process does.
  }
}

/** Three quarters of the machine's memory in MB, where this process may know it. */
function most(): number | undefined {
  try {
    return Math.floor(os.totalmem() * 0.75 / 1e6);
  } catch {
    return undefined;
  }
}
