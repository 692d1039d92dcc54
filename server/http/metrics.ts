/** Figures for Prometheus: of requests, jobs and subscribers, beside those of the process. */

import type { Workspace } from "@countergrade/countergrade/jobs";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { WatchMeter } from "../jobs/client_jobs.ts";
import { processMetrics } from "./process_metrics.ts";
import { StoredBytes } from "./stored_bytes.ts";

/** Upper bounds of buckets, in s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

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

/** The figures of a server. Labels are from small sets, never from a client: each set of values is a series for good. */
export class Metrics implements WatchMeter {
  readonly subscriptions: Gauge;
  readonly events: Counter;
  readonly #registry = new Registry();
  readonly #requests: Histogram<"route" | "operation" | "status">;

  constructor({ store, home }: Workspace) {
    const registers = [this.#registry];
    const stored = new StoredBytes(`${home}/sha256`);
    new Gauge({
      name: "countergrade_jobs",
      help: "Jobs by state.",
      labelNames: ["state"],
      registers,
      async collect() {
        const counts = Object.entries(await store.jobs.counts());
        for (const [state, count] of counts) this.set({ state }, count);
      },
    });
    this.subscriptions = new Gauge({
      name: "countergrade_subscriptions",
      help: "Subscriptions to jobs that are open.",
      registers,
    });
    this.events = new Counter({
      name: "countergrade_events_sent_total",
      help: "Events handed to subscribers.",
      registers,
    });
    new Gauge({
      name: "countergrade_stored_bytes",
      help: "Files of artifacts; a minute old at most.",
      registers,
      async collect() {
        this.set(await stored.total());
      },
    });
    this.#requests = new Histogram({
      name: "countergrade_request_seconds",
      help: "Time until an answer began, by route and kind of operation.",
      labelNames: ["route", "operation", "status"],
      buckets: BUCKETS,
      registers,
    });
  }

  observe({ route, operation, status, seconds }: Answered): void {
    this.#requests.observe({ route, operation, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** The media type of {@linkcode Metrics.expose}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All figures as they are now, in Prometheus' text format. */
  async expose(): Promise<string> {
    return `${await this.#registry.metrics()}\n${await processMetrics().metrics()}`;
  }
}
