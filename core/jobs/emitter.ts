/** What a running job tells, on its way to the store: in order, and many at a time where the store takes its time. */

import type { JobEventBody } from "../job_context.ts";
import { type JobNews, type Lease, LeaseLostError } from "./job.ts";
import { Pace } from "./pace.ts";
import type { EventStore } from "./store.ts";

/** How many events are written at a time. */
const MANY = 100;

/** Appends events in the order of the calls. */
export class Emitter {
  readonly #store: Pick<EventStore, "append" | "count">;
  readonly #lease: Lease;
  readonly #now: () => number;
  readonly #lose: () => void;
  readonly #pace = new Pace();
  #waiting: JobNews[] = [];
  /** The number of the last event. */
  #last?: number;
  #writing?: Promise<void>;

  /** `now` is a clock in ms; `lose` is called when the job turns out to have another owner. */
  constructor(
    store: Pick<EventStore, "append" | "count">,
    lease: Lease,
    now: () => number,
    lose: () => void = () => {},
  ) {
    this.#store = store;
    this.#lease = lease;
    this.#now = now;
    this.#lose = lose;
  }

  /** Returns at once. */
  emit(event: JobEventBody | { type: "started"; attempt: number }): void {
    const told = event.type === "progress" ? paced(event, this.#pace, this.#now()) : event;
    this.#waiting.push(told);
    this.#writing ??= this.#write();
    // Noticed by flush(); until then it is no unhandled rejection.
    this.#writing.catch(() => {});
  }

  /** @throws {StorageError} When an event could not be stored; nothing is from then on. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is told in one breath is written at once.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        this.#last ??= await this.#store.count(this.#lease.id);
        const events = this.#waiting.splice(0, MANY);
        await this.#store.append(this.#lease, events, this.#last);
        this.#last += events.length;
      }
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose();
      throw error;
    }
    this.#writing = undefined;
  }
}

/** Progress with the pace, where the task says how many images a step has. */
function paced(event: Progress, pace: Pace, now: number): Progress {
  if (event.imagesPerStep === undefined) return event;
  const rate = pace.after(event.step, now);
  if (rate === undefined) return event;
  const imagesPerSecond = rate * event.imagesPerStep;
  return { ...event, imagesPerSecond, secondsLeft: (event.total - event.step) / rate };
}

type Progress = Extract<JobEventBody, { type: "progress" }>;
