/** A process that runs one job of a home folder, with leases of three seconds; what it says of the end goes to stdout. */

import { Host } from "@countergrade/countergrade";
import { JobRunner, SqliteStore, Workspace } from "@countergrade/countergrade/jobs";
import toys from "../../toy_tasks.ts";

/** How long a job stays with a process that gives no sign, in ms. */
export const LEASE = 3_000;

/** Opens a home folder with such leases. */
export async function openBriefly(home: string): Promise<Workspace> {
  return await Workspace.open(home, {
    store: (home) => new SqliteStore(`${home}/countergrade.db`, { lease: LEASE, rest: 1 }),
  });
}

if (import.meta.main) {
  const [home, id] = Deno.args;
  await using workspace = await openBriefly(home);
  await using host = await Host.boot([toys]);
  const job = await workspace.store.queue.claim(workspace.owner, { id });
  await new JobRunner(host, workspace, console.log).run(job!, new AbortController().signal);
}
