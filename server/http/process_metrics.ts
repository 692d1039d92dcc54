/** Figures of the process: those of prom-client that are true under Deno, and its memory. */

import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/**
 * What Deno tells. Not among them: what stands in `/proc`, which no program may read, the handles of libuv, which there are
 * none of, and the lag of the event loop, which stays below a millisecond even where the thread stood still for half a second.
 */
const TRUE = /^(process_cpu_|process_start_time_|nodejs_heap_|nodejs_external_memory_)/;

let registry: Registry | undefined;

/** The figures of this process; there is one of it, however many servers it has had. */
export function processMetrics(): Registry {
  registry ??= collected();
  return registry;
}

function collected(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const { name } of register.getMetricsAsArray()) {
    if (!TRUE.test(name)) register.removeSingleMetric(name);
  }
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(value());
      },
    });
  gauge("process_resident_memory_bytes", "Memory of the process.", () => Deno.memoryUsage().rss);
  gauge(
    "process_heap_bytes",
    "Memory in use by JavaScript's heap.",
    () => Deno.memoryUsage().heapUsed,
  );
  return register;
}
