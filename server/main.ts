/** The command `serve`: flags, signals, and an orderly end. */

import { CountergradeError, pluginList } from "@countergrade/countergrade";
import { UsageError } from "./cli/flags.ts";
import { readFlags, type ServeFlags } from "./cli/serve_flags.ts";
import { isLoopback } from "./http/front/hosts.ts";
import { type RunningServer, serve } from "./serve.ts";

export { type RunningServer, serve } from "./serve.ts";

/**
 * Runs the server until SIGTERM or SIGINT; SIGHUP reads the keys anew.
 *
 * @param args The flags, with or without the command's name.
 * @returns The exit code: 0 ended in good order, 1 could not start, 2 bad usage.
 */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  let flags: ServeFlags | undefined;
  try {
    flags = readFlags(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (!flags) return 0;
  const { list, config, ...options } = flags;
  let server: RunningServer;
  try {
    server = await serve({ ...options, plugins: await pluginList({ list, config }) });
  } catch (error) {
    if (!(error instanceof CountergradeError)) throw error;
    console.error(error.message);
    return 1;
  }
  let closing = false;
  const close = () => {
    // A second signal does not wait.
    if (closing) Deno.exit(1);
    closing = true;
    console.error("Shutting down; a running job goes on at the next start");
    server[Symbol.asyncDispose]();
  };
  const reload = () => void server.reloadKeys();
  const signals = { SIGTERM: close, SIGINT: close, SIGHUP: reload };
  const all = Object.entries(signals) as [Deno.Signal, () => void][];
  for (const [signal, listener] of all) Deno.addSignalListener(signal, listener);
  console.log(`Countergrade is ready: ${server.url}`);
  if (!isLoopback(options.host) && !options.apiKeys) {
    console.error(`Whoever can reach ${options.host} can use this server: there are no keys`);
  }
  await server.finished;
  for (const [signal, listener] of all) Deno.removeSignalListener(signal, listener);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
