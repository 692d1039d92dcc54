/** Figures for Prometheus, in its text format 0.0.4. */

import type { Workspace } from "@countergrade/countergrade/jobs";
import { Histogram } from "./histogram.ts";
import type { WatchMeter } from "../jobs/client_jobs.ts";
import { StoredBytes } from "./stored_bytes.ts";

/** What is told of one answered request. */
export interface Answered {
  /** The first part of the path, as `graphql`. */
  readonly route: string;
  /** `query`, `mutation` or `subscription`; empty for other routes. */
  readonly operation: string;
  readonly status: number;
  /** Until the answer began, in s. */
  readonly seconds: number;
}

/** The figures of a server. */
export class Metrics implements WatchMeter {
  subscriptions = 0;
  events = 0;
  readonly #workspace: Workspace;
  readonly #stored: StoredBytes;
  readonly #requests = new Histogram(
    "countergrade_request_seconds",
    "Time until an answer began, by route and kind of operation.",
  );

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#stored = new StoredBytes(`${workspace.home}/sha256`);
  }

  observe({ route, operation, status, seconds }: Answered): void {
    this.#requests.observe({ route, operation, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** All figures as they are now. */
  async expose(): Promise<string> {
    const jobs = await this.#workspace.store.jobs.counts();
    const memory = Deno.memoryUsage();
    return [
      ...family("countergrade_jobs", "gauge", "Jobs by state.", jobs, "state"),
      ...family("countergrade_subscriptions", "gauge", "Subscriptions to jobs that are open.", {
        "": this.subscriptions,
      }),
      ...family("countergrade_events_sent_total", "counter", "Events handed to subscribers.", {
        "": this.events,
      }),
      ...family("countergrade_stored_bytes", "gauge", "Files of artifacts; a minute old at most.", {
        "": await this.#stored.total(),
      }),
      ...family("process_resident_memory_bytes", "gauge", "Memory of the process.", {
        "": memory.rss,
      }),
      ...family("process_heap_bytes", "gauge", "Memory in use by JavaScript's heap.", {
        "": memory.heapUsed,
      }),
      ...this.#requests.lines(),
      "",
    ].join("\n");
  }
}

/** The lines of a metric; `values` by the value of `label`, "" for none. */
function family(
  name: string,
  type: string,
  help: string,
  values: Readonly<Record<string, number>>,
  label?: string,
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(values).map(([key, value]) =>
      `${name}${label ? `{${label}="${key}"}` : ""} ${value}`
    ),
  ];
}
