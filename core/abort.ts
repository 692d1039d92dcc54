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

/** Multiplications between two looks at the signal: some tens of milliseconds. */
const WORK_PER_BREATH = 2.5e8;
/** Those since this thread last let messages in. */
let done = 0;

/**
 * {@linkcode breathe}, once enough work came together on this thread: each breath takes some milliseconds, and many short computations
 * need not take one each.
 *
 * @param work Multiplications since the last call, or about as much.
 * @throws {CancelledError} When `signal` is aborted.
 */
export async function breatheAfter(work: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  done += work;
  if (done < WORK_PER_BREATH) return;
  done = 0;
  await breathe(signal);
}
