/** Several workers that read sources side by side, each with what it needs and no more, and not for ever. */

import { codecFiles } from "@countergrade/countergrade/formats";
import type { Reading } from "./read_source.ts";
import type { Source } from "./source.ts";

/** Starting more than one worker pays from this many sources on. */
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

/** Reads sources in workers. */
export class ReadPool implements Disposable {
  /** Sources that can be read at the same time without waiting. */
  width = 1;
  readonly #folder: string;
  readonly #deadline: number;
  readonly #script: URL;
  #workers: (Worker | undefined)[] = [undefined];
  #waiting = new Map<number, Waiting>();
  #sent = 0;

  /** @param folder Real path of the folder that all sources are in; workers see no other file. */
  constructor(folder: string, { deadline = DEADLINE, script }: ReadPoolOptions = {}) {
    this.#folder = folder;
    this.#deadline = deadline;
    this.#script = script ?? new URL("./read_worker.ts", import.meta.url);
  }

  /** Makes room for so many sources; one worker, which starts with the first of them, is always there. */
  spread(sources: number): void {
    if (sources < WORTH_WORKERS) return;
    const cores = Math.max(1, navigator.hardwareConcurrency ?? 1);
    const count = Math.min(cores, MOST_WORKERS);
    this.#workers = Array.from({ length: count }, (_, place) => this.#workers[place]);
    this.width = 2 * count;
  }

  #start(place: number): Worker {
    const worker = new Worker(this.#script, {
      type: "module",
      name: "read images",
      // Decoders see bytes of strangers: whatever becomes of them, they read these files and that is all.
      deno: { permissions: { read: [this.#folder, ...codecFiles()] } },
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
    const worker = this.#workers[waiting.place] ??= this.#start(waiting.place);
    worker.postMessage({ number, source: waiting.source });
  }

  /** Ends the worker that does not answer; another one takes what else it had to read. */
  #giveUp(number: number): void {
    const late = this.#settle(number);
    if (!late) return;
    this.#workers[late.place]?.terminate();
    this.#workers[late.place] = undefined;
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
    for (const worker of this.#workers) worker?.terminate();
    this.#workers = [];
  }
}
