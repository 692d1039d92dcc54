/** Stopping long computations: a computation that never lets go of the thread never hears that it was cancelled. */

import { CancelledError } from "./errors.ts";

/** Throws once `signal` is aborted. @throws {CancelledError} */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError(undefined, { cause: signal.reason });
}

/**
 * Lets waiting messages in (a cancel among them), then goes on or stops. Call it every few tens of milliseconds of work.
 *
 * @throws {CancelledError} When `signal` is aborted.
 */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await new Promise((resolve) => setTimeout(resolve));
  throwIfAborted(signal);
}
