/** Several workers that read sources side by side. */

import { type Reading, readSource } from "./read_source.ts";
import type { Source } from "./source.ts";

/** Starting workers pays from this many sources on. */
const WORTH_WORKERS = 64;
/** More would wait for the disk. */
const MOST_WORKERS = 8;

interface Answer {
  readonly number: number;
  readonly reading?: Reading;
  readonly error?: string;
}

/** Reads sources here or in workers; the caller sees no difference. */
export class ReadPool implements Disposable {
  /** Sources that can be read at the same time without waiting. */
  readonly width: number;
  #workers: Worker[] = [];
  #waiting = new Map<number, PromiseWithResolvers<Reading>>();
  #sent = 0;

  /** @param sources How many there will be. */
  constructor(sources: number) {
    const cores = Math.max(1, navigator.hardwareConcurrency ?? 1);
    const count = sources < WORTH_WORKERS ? 0 : Math.min(cores, MOST_WORKERS);
    for (let i = 0; i < count; i++) this.#workers.push(this.#start());
    this.width = Math.max(1, 2 * count);
  }

  #start(): Worker {
    const url = new URL("./read_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: "read images" });
    worker.onmessage = ({ data: { number, reading, error } }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (reading) waiting?.resolve(reading);
      else waiting?.reject(new Error(`Cannot read images: ${error}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`A worker that reads images failed: ${event.message}`));
      }
      this.#waiting.clear();
    };
    return worker;
  }

  /** Reads one source. */
  read(source: Source): Promise<Reading> {
    if (!this.#workers.length) return readSource(source);
    const number = this.#sent++;
    const waiting = Promise.withResolvers<Reading>();
    this.#waiting.set(number, waiting);
    this.#workers[number % this.#workers.length].postMessage({ number, source });
    return waiting.promise;
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }
}
