/** A server on a port: what it needs is read, its parts are started, and ended in order. */

import { CountergradeError, Host, loadPlugins } from "@countergrade/countergrade";
import { downloadsIn } from "./cli/data_folders.ts";
import { Authenticator } from "./http/access/authentication.ts";
import { checkOrigin } from "./http/access/cors.ts";
import { checkBasePath } from "./http/front/base_path.ts";
import { checkHost, isForeign, isLoopback } from "./http/front/hosts.ts";
import { TrustedProxies } from "./http/front/proxies.ts";
import { KeyFile } from "./http/access/key_file.ts";
import { Sessions } from "./http/access/sessions.ts";
import { type Answer, Listener } from "./http/listener.ts";
import { type PersistedOperations, readDocuments } from "./http/persisted_operations.ts";
import { jsonLog, type Log, textLog } from "./http/request_log.ts";
import { type App, createApp } from "./http/yoga.ts";
import { Compute } from "./jobs/compute.ts";
import { keepPruned } from "./jobs/pruning.ts";
import { watchPlugins } from "./jobs/plugin_watch.ts";
import type { ServeOptions } from "./serve_options.ts";

/** Of {@linkcode ServeOptions}. */
const DEADLINE = 10_000;

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves once it has ended. */
  readonly finished: Promise<void>;
  /** Reads the file of keys now; it is followed anyway. */
  reloadKeys(): Promise<void>;
}

/**
 * Boots and listens.
 *
 * @throws {CountergradeError} When the port is in use, the home folder cannot be used, or a plugin cannot be set up.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const log = options.log === "json" ? jsonLog : textLog;
  const keys = await keysOf(options, log);
  try {
    const documents = options.persisted ? await readDocuments(options.persisted) : undefined;
    const persisted = documents && { documents, only: options.persistedOnly ?? false };
    (options.origins ?? []).forEach(checkOrigin);
    const front = {
      allowedHosts: (options.allowedHosts ?? []).map(checkHost),
      basePath: checkBasePath(options.basePath ?? ""),
    };
    const proxies = new TrustedProxies(options.trustedProxies ?? []);
    return await Server.start({ ...options, ...front }, { log, keys, persisted, proxies });
  } catch (error) {
    keys?.[Symbol.dispose]();
    throw error;
  }
}

/** What has been read for a server before it starts. */
interface Read {
  readonly log: Log;
  readonly keys?: KeyFile;
  readonly proxies: TrustedProxies;
  readonly persisted?: PersistedOperations;
}

/** The parts of a running server. */
class Server implements RunningServer {
  readonly #options: ServeOptions;
  readonly #read: Read;
  #listener!: Listener;
  #app?: App;
  #compute?: Compute;
  #pruning?: AsyncDisposable;
  #sessions?: Sessions;
  #authenticator?: Authenticator;
  #watcher?: Disposable;
  #reloads = Promise.resolve();
  #ended?: Promise<void>;
  #finished = Promise.withResolvers<void>();

  private constructor(options: ServeOptions, read: Read) {
    this.#options = options;
    this.#read = read;
  }

  static async start(options: ServeOptions, read: Read): Promise<Server> {
    const server = new Server(options, read);
    // The port first: whoever starts the server twice should know at once, and must not touch the home folder.
    server.#listener = await listen(
      options,
      (request, address) => server.#answer(request, address),
    );
    try {
      await server.#open();
    } catch (error) {
      await server.#listener.close(0);
      server.#sessions?.[Symbol.dispose]();
      throw error;
    }
    if (options.dev) server.#watchPlugins();
    return server;
  }

  get url(): string {
    const { host } = this.#options;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.#listener.port}/`;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  async reloadKeys(): Promise<void> {
    await this.#read.keys?.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end();
    await this.#ended.then(this.#finished.resolve, this.#finished.reject);
  }

  #answer(request: Request, address: string): Promise<Response> | Response {
    const { host, allowedHosts } = this.#options;
    if (isForeign(new URL(request.url), host, allowedHosts)) {
      return new Response("Misdirected request: see --allowed-hosts\n", { status: 421 });
    }
    return this.#app?.fetch(request, this.#read.proxies.clientOf(request, address)) ??
      // `refresh` is what browsers go by: a tab that was opened too early becomes the page.
      new Response("Starting\n", { status: 503, headers: { "retry-after": "1", refresh: "1" } });
  }

  /** Starts host, compute worker and routes; `fresh` loads the files of plugins anew. */
  async #open(fresh?: string): Promise<void> {
    const { home, data, maxJobs, origins, basePath, dev } = this.#options;
    const { log, keys, persisted } = this.#read;
    const roots = [...await rootsOf(data), await downloadsIn(home)];
    await refuseExposed(this.#options, roots);
    const compute = await Compute.start({ ...this.#options, roots, fresh });
    this.#compute = compute;
    const { keepDays, keepBytes } = this.#options;
    if (keepDays !== undefined || keepBytes !== undefined) {
      const keep = { days: keepDays ?? Infinity, bytes: keepBytes };
      this.#pruning = keepPruned(compute.workspace, keep, log.error);
    }
    this.#sessions ??= keys && await Sessions.open(`${home}/sessions.db`);
    this.#authenticator ??= new Authenticator(keys, this.#sessions);
    this.#app = createApp({
      jobs: compute,
      ready: () => compute.ready,
      authenticator: this.#authenticator,
      origins,
      basePath,
      maxJobs,
      persisted,
      dev,
      log,
    });
  }

  async #stop(): Promise<void> {
    this.#listener.breakStreams();
    await this.#app?.dispose();
    this.#app = undefined;
    await this.#pruning?.[Symbol.asyncDispose]();
    this.#pruning = undefined;
    await this.#compute?.shutdown(this.#options.deadline ?? DEADLINE);
    this.#compute = undefined;
  }

  async #end(): Promise<void> {
    this.#watcher?.[Symbol.dispose]();
    await this.#reloads;
    const connections = this.#listener.close(this.#options.deadline ?? DEADLINE);
    await this.#stop();
    await connections;
    this.#sessions?.[Symbol.dispose]();
    this.#read.keys?.[Symbol.dispose]();
  }

  #watchPlugins(): void {
    const { plugins = [], home } = this.#options;
    this.#watcher = watchPlugins(plugins, home, () => {
      this.#reloads = this.#reloads.then(async () => {
        if (!this.#ended) await this.#reload();
      });
    });
  }

  /**
   * Starts anew with the plugins as they are now. As long as they cannot be loaded the old ones go on. Clients see a short
   * 503; a running job goes on from its checkpoint.
   */
  async #reload(): Promise<void> {
    const fresh = `reload=${++reloaded}`;
    try {
      const { plugins = [] } = this.#options;
      await using _host = await Host.boot(await loadPlugins(plugins, { fresh }));
      await this.#stop();
      await this.#open(fresh);
      this.#read.log.error("The plugins were loaded anew");
    } catch (error) {
      this.#read.log.error(error instanceof Error ? error.message : String(error));
    }
  }
}

/** How often plugins were loaded anew, which makes each time's import a new one. */
let reloaded = 0;

async function listen(options: ServeOptions, answer: Answer): Promise<Listener> {
  const { host, port } = options;
  try {
    return await Listener.open(options, answer);
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string };
    const what = `Cannot listen on ${host}:${port}`;
    if (code !== "EADDRINUSE") {
      throw new CountergradeError("BAD_INPUT", `${what}: ${message}`, { cause });
    }
    const advice = "the port is in use. Try another with --port";
    throw new CountergradeError("CONFLICT", `${what}: ${advice}`, { cause });
  }
}

/** @throws {CountergradeError} When the file cannot be used, or others could reach a server without keys. */
async function keysOf(
  { host, apiKeys, noAuth }: ServeOptions,
  log: Log,
): Promise<KeyFile | undefined> {
  if (apiKeys !== undefined) return await KeyFile.open(apiKeys, log.error);
  if (isLoopback(host) || noAuth) return undefined;
  throw new CountergradeError(
    "FORBIDDEN",
    `Cannot listen on ${host}: others could use this server. Give --api-keys FILE (countergrade key ` +
      "new makes keys), or --no-auth where all who can reach it may",
  );
}

/** @throws {CountergradeError} When the file of keys lies where options of tasks could name it as data. */
async function refuseExposed({ apiKeys }: ServeOptions, roots: readonly string[]): Promise<void> {
  if (apiKeys === undefined) return;
  const path = await Deno.realPath(apiKeys);
  const root = roots.find((root) => path.startsWith(root.endsWith("/") ? root : `${root}/`));
  if (root === undefined) return;
  throw new CountergradeError(
    "FORBIDDEN",
    `Cannot use the keys in "${apiKeys}": they lie in the data folder ${root}, where tasks may read`,
  );
}

async function rootsOf(data: string | undefined): Promise<string[]> {
  if (data === undefined) return [];
  try {
    return [await Deno.realPath(data)];
  } catch (error) {
    throw new CountergradeError("NOT_FOUND", `Cannot find the data folder "${data}"`, {
      cause: error,
    });
  }
}
