/** How much memory is in use, for tests on leaks. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Collects garbage until what nobody holds is gone: what a turn of the event loop has looked at lives as long as the turn. */
export async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The bytes of JavaScript's heap that are still reachable. */
export function heapInUse(): number {
  collect();
  return Deno.memoryUsage().heapUsed;
}

/** Readings in a row without a new lowest, 50 ms apart, after which memory is taken to be returned. */
const STILL = 4;

/** The bytes of the process that stay: another thread gives buffers back after a collection, at the latest with the next one. */
export async function residentMemory(): Promise<number> {
  let lowest = Infinity;
  for (let still = 0; still < STILL; still++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = Deno.memoryUsage().rss;
    if (now < lowest) [lowest, still] = [now, -1];
  }
  return lowest;
}
