/** Following a job: stored events first, then new ones as they come, each once and in order. */

import type { EventBus } from "./event_bus.ts";
import { NotFoundError } from "../errors.ts";
import { isFinal, isFinished, type JobEvent } from "./job.ts";
import type { Store } from "./store.ts";

/** How often the store is asked in case that another process runs the job, in ms. */
const POLL = 500;
/** How many events are read at a time: the most that is held for a reader. */
const BATCH = 256;
/** How long a reader may take over one event before it counts as slow, in ms. */
const PATIENCE = 1_000;

/**
 * The events of a job with a number greater than `after`; ends after the last one, or when `signal` is aborted.
 *
 * Its first step rejects with a NotFoundError when there is no such job.
 *
 * The bus only says that there is news, the news is read from the store: a slow reader needs no buffer. One that takes more
 * than `patience` ms over an event is spared previews that later ones have replaced, and, when more than 256 events behind,
 * such progress too, until it has caught up. Everything else it gets.
 */
export function watchEvents(
  store: Store,
  bus: EventBus,
  job: string,
  after = 0,
  signal?: AbortSignal,
  patience: number = PATIENCE,
): AsyncIterableIterator<JobEvent, undefined> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  const events = follow(store, bus, job, after, stop.signal, patience);
  const end = () => signal?.removeEventListener("abort", abort);
  // A generator's own return() waits for the pending next(); a reader that leaves must be let go at once.
  return {
    async next() {
      const item = await events.next();
      if (item.done) end();
      return item.done ? { done: true, value: undefined } : item;
    },
    async return() {
      stop.abort();
      end();
      await events.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* follow(
  store: Store,
  bus: EventBus,
  job: string,
  after: number,
  signal: AbortSignal,
  patience: number,
): AsyncGenerator<JobEvent, undefined> {
  const bell = new Bell(signal);
  let slow = false;
  const unsubscribe = bus.subscribe(job, () => bell.ring());
  try {
    while (!signal.aborted) {
      bell.reset();
      // The state is read before the events: what is finished then has all its events.
      const state = await store.jobs.get(job);
      if (!state) throw new NotFoundError("job", job);
      const events = await store.events.read(job, after, BATCH);
      const behind = events.length === BATCH;
      const shown = slow ? withoutReplaced(events, behind) : events;
      slow &&= behind;
      for (const event of shown) {
        if (signal.aborted) return;
        after = event.number;
        const given = performance.now();
        yield event;
        if (isFinal(event)) return;
        if (performance.now() - given <= patience) continue;
        slow = true;
        break;
      }
      if (events.length > 0) continue;
      if (isFinished(state)) return;
      await bell.rung(POLL);
    }
  } finally {
    unsubscribe();
    bell.close();
  }
}

/** Leaves out all previews but the last and, where a reader is far behind, all progress but the last. */
function withoutReplaced(events: readonly JobEvent[], behind: boolean): JobEvent[] {
  const passing = behind ? ["preview", "progress"] : ["preview"];
  const last = new Map(events.map(({ body, number }) => [body.type, number]));
  return events.filter(({ body: { type }, number }) =>
    !passing.includes(type) || last.get(type) === number
  );
}

/** Wakes one sleeper. */
class Bell {
  #rung = false;
  #wake?: () => void;
  #signal: AbortSignal;
  #ring = () => this.ring();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#ring);
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#rung = this.#signal.aborted;
  }

  /** Resolves at the next ring, or after `limit` ms. */
  async rung(limit: number): Promise<void> {
    if (this.#rung) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, limit);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#ring);
  }
}
