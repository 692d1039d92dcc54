/** The command `worker`: processes that run the jobs of a store, beside a server or on hosts of their own. */

import { CountergradeError, Host, loadPlugins, pluginList } from "@countergrade/countergrade";
import { installModels, storeAt, Workspace } from "@countergrade/countergrade/jobs";
import { downloadsIn } from "./cli/data_folders.ts";
import { UsageError } from "./cli/flags.ts";
import { readWorkerFlags, type WorkerFlags } from "./cli/worker_flags.ts";
import { WorkerProcesses } from "./jobs/worker_processes.ts";

/** How long running jobs may take to stop, in ms. */
const DEADLINE = 10_000;

/**
 * Runs jobs until SIGTERM or SIGINT.
 *
 * @param args The flags, with or without the command's name.
 * @returns The exit code: 0 ended in good order, 1 could not start, 2 bad usage.
 */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  try {
    const flags = readWorkerFlags(args);
    if (flags) await work(flags);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CountergradeError)) throw error;
    console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function work(flags: WorkerFlags): Promise<void> {
  const {
    home,
    store,
    data,
    models,
    provider,
    list,
    config,
    workers,
    threads,
    interactive,
    ...limits
  } = flags;
  const plugins = await pluginList({ list, config });
  await using workspace = await Workspace.open(home, { store: storeAt(store) });
  const roots = [await downloadsIn(workspace.home)];
  if (data !== undefined) roots.unshift(await Deno.realPath(data));
  {
    // What is wrong with plugins and models is told once, here, and not by each process.
    await using host = await Host.boot(await loadPlugins(plugins), { roots });
    await installModels(workspace, host, { folder: models });
  }
  const setup = { home: workspace.home, store, models, roots, plugins, provider, threads };
  const crew = new WorkerProcesses(workspace, setup, { ...limits, count: workers, interactive });
  await crew.start();
  console.log(`Countergrade runs jobs of ${workspace.home}`);
  await ended();
  console.error("Stopping; running jobs go on at the next start, or elsewhere");
  await crew.stop(DEADLINE);
}

/** Resolves when the process shall end; a second signal does not wait. */
async function ended(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    if (signal === "SIGTERM" && Deno.build.os === "windows") continue;
    Deno.addSignalListener(signal, () => {
      if (asked) Deno.exit(1);
      asked = true;
      resolve();
    });
  }
  await promise;
}
