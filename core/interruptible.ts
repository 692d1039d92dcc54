/** Calls that can be ended while they compute, from within their own thread. */

import { Script } from "node:vm";

/** Where the script finds what to call; nothing else uses the name. */
const NAME = "countergrade interruptible call";

const script = new Script(`globalThis[${JSON.stringify(NAME)}]()`);

/**
 * Calls a function and ends it after `ms`. Ending a worker from outside does not stop a thread that computes (Deno 2.9.6 leaves an
 * endless loop running until the process ends), V8's own watchdog does. What an async function does after its first `await` is not
 * watched.
 *
 * @throws What the function throws, or an Error that says that time ran out.
 */
export function interruptible<T>(run: () => T, ms: number): T {
  const scope = globalThis as unknown as Record<string, (() => void) | undefined>;
  let result: { value: T } | undefined;
  const outer = scope[NAME];
  scope[NAME] = () => {
    result = { value: run() };
  };
  try {
    script.runInThisContext({ timeout: Math.max(1, Math.ceil(ms)) });
  } finally {
    scope[NAME] = outer;
  }
  return result!.value;
}
