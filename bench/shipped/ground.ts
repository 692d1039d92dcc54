/** A model that comes along with what a job needs to make paths of it: a host, its artifacts, and nothing kept. */

import { type Artifact, Host, type Plugin } from "@countergrade/countergrade";
import { installModels, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import type { MemoryJob } from "@countergrade/countergrade/testing";
import { jobOver } from "./tasks.ts";

/** Where measurements of a model stand. */
export interface Ground extends AsyncDisposable {
  readonly host: Host;
  /** The model's probe. */
  readonly probe: Artifact;
  /** A job that finds the model's artifacts; what it makes itself stays in memory. */
  readonly job: MemoryJob;
}

/** All models that come along, in a store of their own. */
export interface Shipped extends AsyncDisposable {
  readonly host: Host;
  readonly workspace: Workspace;
  /** A job that draws by a seed and finds their artifacts; what it makes itself stays in memory. */
  jobOf(seed?: number): MemoryJob;
  /** The probe of a model, by the model's name, or one of the home folder, by its id. */
  probeOf(model: string): Promise<Artifact>;
}

/** Where the data are, and what is kept. */
export interface ShippedOptions {
  readonly data?: string;
  /** Keeps what data sets are decoded to; without one it is thrown away. */
  readonly home?: string;
  /** Come beside the built-in ones. */
  readonly plugins?: readonly Plugin[];
}

/** Opens all models that come along. */
export async function openShipped(
  { data = ".", home, plugins = [] }: ShippedOptions = {},
): Promise<Shipped> {
  const folder = home ?? await Deno.makeTempDir();
  const host = await Host.boot([...builtins, ...plugins], {
    roots: [await Deno.realPath(data)],
    trusted: true,
    cache: `${folder}/cache`,
  });
  const workspace = await Workspace.open(folder);
  await installModels(workspace, host);
  return {
    host,
    workspace,
    jobOf: (seed = 0) => jobOver(host, workspace, seed),
    async probeOf(model) {
      const stored = await workspace.store.artifacts.get(model);
      if (stored) return stored;
      const bundle = new URL(`../../plugins/models/${model}/models.json`, import.meta.url);
      const { artifacts } = JSON.parse(await Deno.readTextFile(bundle));
      return artifacts.find(({ kind }: Artifact) => kind === "probe");
    },
    async [Symbol.asyncDispose]() {
      await workspace.close();
      await host[Symbol.asyncDispose]();
      if (!home) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Opens a model by its name. */
export async function groundOf(
  model: string,
  { seed = 0, ...options }: ShippedOptions & { seed?: number } = {},
): Promise<Ground> {
  const shipped = await openShipped(options);
  return {
    host: shipped.host,
    probe: await shipped.probeOf(model),
    job: shipped.jobOf(seed),
    [Symbol.asyncDispose]: () => shipped[Symbol.asyncDispose](),
  };
}
