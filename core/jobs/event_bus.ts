/** Tells watchers that a job has news. What the news is, they read from the store: nothing is lost or doubled. */

/** A channel of "job X has new events". Another implementation may reach other processes. */
export interface EventBus {
  /** Tells the subscribers of a job that there are new events. */
  publish(job: string): void;
  /** Calls `listener` at each publication until the returned function is called. */
  subscribe(job: string, listener: () => void): () => void;
}

/** An {@linkcode EventBus} within one thread. */
export class LocalEventBus implements EventBus {
  #listeners = new Map<string, Set<() => void>>();

  /** Calls the subscribers of a job, each once. */
  publish(job: string): void {
    for (const listener of [...this.#listeners.get(job) ?? []]) listener();
  }

  subscribe(job: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(job) ?? new Set();
    this.#listeners.set(job, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(job) === listeners) {
        this.#listeners.delete(job);
      }
    };
  }

  /** The number of subscriptions of one job that are open. */
  sizeOf(job: string): number {
    return this.#listeners.get(job)?.size ?? 0;
  }

  /** The number of subscriptions that are open. */
  get size(): number {
    return [...this.#listeners.values()].reduce((sum, listeners) => sum + listeners.size, 0);
  }
}
