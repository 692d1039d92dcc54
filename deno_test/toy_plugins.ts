/** Two plugins in one module: a metric that is no metric yet, and a task without a fixture. */

import { definePlugin, metrics, tasks } from "@countergrade/countergrade";
import type { Conformance } from "@countergrade/countergrade/testing";
import { z } from "zod";

let calls = 0;

const counting = definePlugin({
  id: "toy-metrics",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(metrics, {
      name: "calls",
      description: "Calls so far",
      measure: () => ({ calls: calls++ }),
    });
  },
});

const waiting = definePlugin({
  id: "toy-task",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(tasks, {
      name: "wait",
      description: "Waits for some turns",
      options: () => z.strictObject({ turns: z.int().min(0).default(3) }),
      result: z.object({}),
      run: () => Promise.resolve({}),
    });
  },
});

export default [counting, waiting];

/** What is known to be missing. */
export const conformance: Conformance = {
  metrics: {
    calls: { expectedFailures: { "the description says what the figures are": "a draft" } },
  },
};
