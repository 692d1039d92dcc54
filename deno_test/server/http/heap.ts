/** How much memory is in use, for tests on leaks. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** The bytes of JavaScript's heap that are still reachable. */
export function heapInUse(): number {
  collect();
  return Deno.memoryUsage().heapUsed;
}
