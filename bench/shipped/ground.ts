/** A model that comes along with what a job needs to make paths of it: a host, its artifacts, and nothing kept. */

import { type Artifact, Host, type Plugin } from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import { type MemoryJob, memoryJob } from "@countergrade/countergrade/testing";

/** Where measurements of a model stand. */
export interface Ground extends AsyncDisposable {
  readonly host: Host;
  /** The model's probe. */
  readonly probe: Artifact;
  /** A job that finds the model's artifacts; what it makes itself stays in memory. */
  readonly job: MemoryJob;
}

/** Opens a model by its name. `home` keeps what data sets are decoded to; without one it is thrown away. `plugins` come beside the built-in ones. */
export async function groundOf(
  model: string,
  { data = ".", home, seed = 0, plugins = [] }: {
    data?: string;
    home?: string;
    seed?: number;
    plugins?: readonly Plugin[];
  } = {},
): Promise<Ground> {
  const folder = home ?? await Deno.makeTempDir();
  const host = await Host.boot([...builtins, ...plugins], {
    roots: [await Deno.realPath(data)],
    trusted: true,
    cache: `${folder}/cache`,
  });
  const workspace = await Workspace.open(folder);
  await installModels(workspace, host);
  const { store, blobs } = workspace;
  const own = memoryJob(host, { seed });
  const job: MemoryJob = {
    ...own,
    signal: own.signal,
    async load(kind, id) {
      const artifact = await store.artifacts.get(id);
      return artifact?.kind === kind ? artifact : await own.load(kind, id);
    },
    read: (artifact, file) =>
      artifact.files[file]
        ? blobs.read(artifact.files[file]).catch(() => own.read(artifact, file))
        : own.read(artifact, file),
  };
  const bundle = new URL(`../../plugins/models/${model}/models.json`, import.meta.url);
  const { artifacts } = JSON.parse(await Deno.readTextFile(bundle));
  const probe = artifacts.find(({ kind }: Artifact) => kind === "probe");
  return {
    host,
    probe,
    job,
    async [Symbol.asyncDispose]() {
      await workspace.close();
      await host[Symbol.asyncDispose]();
      if (!home) await Deno.remove(folder, { recursive: true });
    },
  };
}
