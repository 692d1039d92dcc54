/** A task that only emits events, one every 20 ms: what an event takes when nothing else goes on. */

import { definePlugin, tasks } from "@countergrade/countergrade";
import { z } from "zod";

/** The plugin. */
export default definePlugin({
  id: "bench-ticking",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(tasks, {
      name: "tick",
      description: "Emits events",
      options: () => z.strictObject({ events: z.int().default(100) }),
      result: z.object({}),
      async run({ events }, job) {
        for (let step = 1; step <= events; step++) {
          job.signal.throwIfAborted();
          await new Promise((resolve) => setTimeout(resolve, 20));
          job.emit({ type: "progress", step, total: events });
        }
        return {};
      },
    });
  },
});
