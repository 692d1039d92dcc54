/** Tasks as a user runs them: done once for their options and seed, and kept in a home folder. */

import type { Host } from "@countergrade/countergrade";
import { derivedId, JobRunner, Jobs, type Workspace } from "@countergrade/countergrade/jobs";
import { type MemoryJob, memoryJob } from "@countergrade/countergrade/testing";

/** A job that draws by a seed and finds the artifacts of a workspace; what it makes itself stays in memory. */
export function jobOver(host: Host, { store, blobs }: Workspace, seed: number): MemoryJob {
  const own = memoryJob(host, { seed });
  const read: MemoryJob["read"] = (artifact, file) =>
    artifact.files[file]
      ? blobs.read(artifact.files[file]).catch(() => own.read(artifact, file))
      : own.read(artifact, file);
  return {
    ...own,
    signal: own.signal,
    async load(kind, id) {
      const artifact = await store.artifacts.get(id);
      return artifact?.kind === kind ? artifact : await own.load(kind, id);
    },
    read,
    async derived(kind, key, make) {
      const artifact = await store.artifacts.get(derivedId(kind, key));
      if (!artifact) return await own.derived(kind, key, make);
      const names = Object.keys(artifact.files);
      const files = await Promise.all(names.map((name) => read(artifact, name)));
      return Object.fromEntries(names.map((name, i) => [name, files[i]]));
    },
  };
}

/** Runs a task; one that is done already is answered from the workspace. */
export async function done(
  host: Host,
  workspace: Workspace,
  task: string,
  options: Record<string, unknown>,
  seed = 0,
): Promise<Record<string, string>> {
  const { store, owner } = workspace;
  const { id } = await new Jobs(host, workspace, { local: true }).submit(task, options, { seed });
  const claimed = await store.queue.claim(owner, { id });
  if (claimed) await new JobRunner(host, workspace).run(claimed, new AbortController().signal);
  const { state, error, result } = (await store.jobs.get(id))!;
  if (state !== "done") throw new Error(`${task}: ${JSON.stringify(error)}`);
  return result as Record<string, string>;
}
