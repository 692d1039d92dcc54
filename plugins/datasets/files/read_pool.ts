/** Several workers that read sources side by side, each with what it needs and no more, and not for ever. */

import { type Reading, readSource } from "./read_source.ts";
import type { Source } from "./source.ts";

/** Starting workers pays from this many sources on. */
const WORTH_WORKERS = 64;
/** More would wait for the disk. */
const MOST_WORKERS = 8;
/** How long a source may take, with the one before it, in ms. */
const DEADLINE = 120_000;

interface Answer {
  readonly number: number;
  readonly reading?: Reading;
  readonly error?: string;
}

/** A source that a worker was given. */
interface Waiting extends PromiseWithResolvers<Reading> {
  readonly source: Source;
  /** The place of its worker. */
  readonly place: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** How a pool works; for tests. */
export interface ReadPoolOptions {
  readonly deadline?: number;
  readonly script?: URL;
}

/** Reads sources here or in workers; the caller sees no difference. */
export class ReadPool implements Disposable {
  /** Sources that can be read at the same time without waiting. */
  readonly width: number;
  readonly #deadline: number;
  readonly #script: URL;
  #workers: Worker[] = [];
  #waiting = new Map<number, Waiting>();
  #sent = 0;

  /** @param sources How many there will be. */
  constructor(sources: number, { deadline = DEADLINE, script }: ReadPoolOptions = {}) {
    this.#deadline = deadline;
    this.#script = script ?? new URL("./read_worker.ts", import.meta.url);
    const cores = Math.max(1, navigator.hardwareConcurrency ?? 1);
    const count = sources < WORTH_WORKERS ? 0 : Math.min(cores, MOST_WORKERS);
    for (let place = 0; place < count; place++) this.#workers.push(this.#start(place));
    this.width = Math.max(1, 2 * count);
  }

  #start(place: number): Worker {
    const worker = new Worker(this.#script, {
      type: "module",
      name: "read images",
      // Decoders see bytes of strangers: whatever becomes of them, they read files and that is all.
      deno: { permissions: { read: "inherit" } },
    });
    worker.onmessage = ({ data: { number, reading, error } }: MessageEvent<Answer>) => {
      const waiting = this.#settle(number);
      if (reading) waiting?.resolve(reading);
      else waiting?.reject(new Error(`Cannot read images: ${error}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const [number, waiting] of this.#waiting) {
        if (waiting.place !== place) continue;
        this.#settle(number);
        waiting.reject(new Error(`A worker that reads images failed: ${event.message}`));
      }
    };
    return worker;
  }

  /** Reads one source. One that takes too long is a reason to skip it. */
  read(source: Source): Promise<Reading> {
    if (!this.#workers.length) return readSource(source);
    const number = this.#sent++;
    const place = number % this.#workers.length;
    const waiting = { ...Promise.withResolvers<Reading>(), source, place, timer: undefined };
    this.#waiting.set(number, waiting);
    this.#post(number, waiting);
    return waiting.promise;
  }

  #post(number: number, waiting: Waiting): void {
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => this.#giveUp(number), this.#deadline);
    this.#workers[waiting.place].postMessage({ number, source: waiting.source });
  }

  /** Ends the worker that does not answer; another one takes what else it had to read. */
  #giveUp(number: number): void {
    const late = this.#settle(number);
    if (!late) return;
    this.#workers[late.place].terminate();
    this.#workers[late.place] = this.#start(late.place);
    for (const [other, waiting] of this.#waiting) {
      if (waiting.place === late.place) this.#post(other, waiting);
    }
    late.resolve({ skipped: `Reading it took longer than ${this.#deadline / 1000} s` });
  }

  #settle(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  [Symbol.dispose](): void {
    for (const number of [...this.#waiting.keys()]) this.#settle(number);
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }
}
