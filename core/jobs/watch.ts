/** Following a job: stored events first, then new ones as they come, each once and in order. */

import type { EventBus } from "./event_bus.ts";
import { NotFoundError } from "../errors.ts";
import { isFinal, isFinished, type Job, type JobEvent } from "./job.ts";
import type { Awaitable, Store } from "./store.ts";

/** How often the store is asked in case that another process runs the job, in ms. */
const POLL = 500;
/** How long what one reader was told is told others who ask the same, in ms, unless there is news. */
const FRESH = 250;
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
  const told = Told.of(store, job);
  const unsubscribe = bus.subscribe(job, () => {
    told.forget();
    bell.ring();
  });
  try {
    while (!signal.aborted) {
      bell.reset();
      const now = told.now();
      const state = await now.state;
      if (!state) throw new NotFoundError("job", job);
      const events = await now.events(after);
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
    told.leave();
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

/** What the store tells of a job. Hundreds who follow it ask the same at the same time: it is asked once for all of them. */
class Told {
  static readonly #all = new WeakMap<Store, Map<string, Told>>();
  #latest?: Moment;
  #readers = 0;
  #look: () => Moment;
  #gone: () => void;

  private constructor(look: () => Moment, gone: () => void) {
    this.#look = look;
    this.#gone = gone;
  }

  /** What is told of a job, for one more reader. */
  static of(store: Store, job: string): Told {
    const jobs = this.#all.get(store) ?? new Map<string, Told>();
    this.#all.set(store, jobs);
    const told = jobs.get(job) ??
      new Told(() => new Moment(store, job), () => jobs.delete(job));
    jobs.set(job, told);
    told.#readers++;
    return told;
  }

  now(): Moment {
    const age = Math.abs(Date.now() - (this.#latest?.time ?? 0));
    if (!this.#latest || age > FRESH) this.#latest = this.#look();
    return this.#latest;
  }

  /** There is news. */
  forget(): void {
    this.#latest = undefined;
  }

  leave(): void {
    if (--this.#readers === 0) this.#gone();
  }
}

/** A job at a time: the state is read before the events, so that what is finished then has all its events. */
class Moment {
  readonly time = Date.now();
  readonly state: Awaitable<Job | undefined>;
  #read: (after: number) => Awaitable<readonly JobEvent[]>;
  #events = new Map<number, Awaitable<readonly JobEvent[]>>();

  constructor(store: Store, job: string) {
    this.state = store.jobs.get(job);
    this.#read = (after) => store.events.read(job, after, BATCH);
  }

  /** To be asked once the state is known. */
  events(after: number): Awaitable<readonly JobEvent[]> {
    const events = this.#events.get(after) ?? this.#read(after);
    this.#events.set(after, events);
    return events;
  }
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
