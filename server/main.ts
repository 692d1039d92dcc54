/** The command `serve`: flags, port, and an orderly end. */

import {
  CountergradeError,
  Host,
  loadPlugins,
  type PluginEntry,
  pluginList,
} from "@countergrade/countergrade";
import { Compute } from "./jobs/compute.ts";
import { ApiKeys } from "./http/access/api_keys.ts";
import { checkOrigin } from "./http/access/cors.ts";
import { downloadsIn } from "./cli/data_folders.ts";
import { Authenticator, sessionSecret } from "./http/access/authentication.ts";
import { watchPlugins } from "./jobs/plugin_watch.ts";
import { readDocuments } from "./http/persisted_operations.ts";
import { jsonLog, textLog } from "./http/request_log.ts";
import { readFlags, USAGE } from "./cli/serve_flags.ts";
import { type Answer, Listener } from "./http/listener.ts";
import { type App, createApp } from "./http/yoga.ts";
import type { ServeOptions } from "./serve_options.ts";

/** Of {@linkcode ServeOptions}. */
const DEADLINE = 10_000;

/** Addresses that only this machine reaches, and the names for them in the Host header of a request. */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/** A server that listens. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves once it has ended. */
  readonly finished: Promise<void>;
}

/**
 * Runs the server until SIGTERM or SIGINT.
 *
 * @param args The flags, without the command's name.
 * @returns The exit code: 0 ended in good order, 1 could not start, 2 bad usage.
 */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const flags = readFlags(args);
  if (typeof flags === "string") {
    const help = flags === USAGE;
    (help ? console.log : console.error)(flags);
    return help ? 0 : 2;
  }
  const { list, config, ...options } = flags;
  let server: RunningServer;
  try {
    server = await serve({ ...options, plugins: await pluginList({ list, config }) });
  } catch (error) {
    if (!(error instanceof CountergradeError)) throw error;
    console.error(error.message);
    return 1;
  }
  console.log(`Countergrade is ready: ${server.url}`);
  if (!LOOPBACK.has(options.host) && !options.apiKeys) {
    console.error(`Whoever can reach ${options.host} can use this server: there are no keys`);
  }
  let closing = false;
  const close = () => {
    // A second signal does not wait.
    if (closing) Deno.exit(1);
    closing = true;
    console.error("Shutting down; a running job goes on at the next start");
    server[Symbol.asyncDispose]();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, close);
  await server.finished;
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.removeSignalListener(signal, close);
  return 0;
}

/**
 * Boots and listens.
 *
 * @throws {CountergradeError} When the port is in use, the home folder cannot be used, or a plugin cannot be set up.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { home, data, models, plugins = [], provider, deadline = DEADLINE, maxJobs } = options;
  const keys = await keysOf(options);
  const documents = options.persisted ? await readDocuments(options.persisted) : undefined;
  const persisted = documents && { documents, only: options.persistedOnly ?? false };
  const origins = (options.origins ?? []).map(checkOrigin);
  let app: App | undefined;
  const early = () => new Response("Starting\n", { status: 503 });
  // The port first: whoever starts the server twice should know at once, and must not touch the home folder.
  const listener = await listen(options, (request, address) => {
    if (isForeign(request, options)) return new Response("Misdirected request\n", { status: 421 });
    return app?.fetch(request, address) ?? early();
  });
  let compute: Compute | undefined;
  const start = async (fresh?: string) => {
    const roots = [...await rootsOf(data), await downloadsIn(home)];
    const started = await Compute.start({ ...options, home, models, roots, provider, fresh });
    compute = started;
    const authenticator = new Authenticator(keys, await sessionSecret(home));
    const log = options.log === "json" ? jsonLog : textLog;
    const ready = () => started.ready;
    const { dev } = options;
    app = createApp({ jobs: started, ready, authenticator, origins, maxJobs, persisted, dev, log });
  };
  const stop = async () => {
    listener.breakStreams();
    await app?.dispose();
    app = undefined;
    await compute?.shutdown(deadline);
    compute = undefined;
  };
  try {
    await start();
  } catch (error) {
    await listener.close(0);
    throw error;
  }
  let reloads = Promise.resolve();
  const watcher = options.dev
    ? watchPlugins(plugins, home, () => {
      reloads = reloads.then(async () => {
        if (!ended) await reload(plugins, start, stop);
      });
    })
    : undefined;
  let ended: Promise<void> | undefined;
  const end = async () => {
    watcher?.[Symbol.dispose]();
    await reloads;
    const connections = listener.close(deadline);
    await app?.dispose();
    await compute?.shutdown(deadline);
    await connections;
  };
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const { host } = options;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}/`,
    finished,
    async [Symbol.asyncDispose]() {
      ended ??= end();
      await ended.then(resolve, reject);
    },
  };
}

/** How often plugins were loaded anew, which makes each time's import a new one. */
let reloaded = 0;

/**
 * Starts host, schema and compute worker anew, with the plugins as they are now. As long as they cannot be loaded the old ones
 * go on. Clients see a short 503; a running job goes on from its checkpoint.
 */
async function reload(
  plugins: readonly (string | PluginEntry)[],
  start: (fresh: string) => Promise<void>,
  stop: () => Promise<void>,
): Promise<void> {
  const fresh = `reload=${++reloaded}`;
  try {
    await using _host = await Host.boot(await loadPlugins(plugins, { fresh }));
    await stop();
    await start(fresh);
    console.error("The plugins were loaded anew");
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Whether a request to a loopback address came by another name: a foreign page whose name was rebound to this address
 * could read the answers as its own.
 */
function isForeign({ url }: Request, { host }: ServeOptions): boolean {
  return LOOPBACK.has(host) && !LOOPBACK.has(new URL(url).hostname);
}

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
async function keysOf({ host, apiKeys, noAuth }: ServeOptions): Promise<ApiKeys | undefined> {
  if (apiKeys !== undefined) return await ApiKeys.read(apiKeys);
  if (LOOPBACK.has(host) || noAuth) return undefined;
  throw new CountergradeError(
    "FORBIDDEN",
    `Cannot listen on ${host}: others could use this server. Give --api-keys FILE (countergrade key ` +
      "new makes keys), or --no-auth where all who can reach it may",
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

if (import.meta.main) Deno.exit(await main(Deno.args));
