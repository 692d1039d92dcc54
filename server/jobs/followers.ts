/** Who still wants a job: one that its last follower has left is cancelled, also when a window was closed without a word. */

import type { Job, JobEvent } from "@countergrade/countergrade/jobs";

/** A follower whose connection broke may come back so long, in ms. */
const GRACE = 15_000;

/** Jobs that are remembered; the oldest are forgotten, and go on until they end. */
const MOST = 10_000;

/** What is done with jobs, see {@linkcode Jobs}. */
interface FollowedJobs {
  cancel(id: string): Promise<Job>;
  watch(id: string, after?: number): AsyncIterable<JobEvent>;
}

/** Those who want one job. */
interface Interest {
  /** How often each caller has asked for it, less those who left. */
  readonly asked: Map<string, number>;
  /** Followers whose connection broke, with what makes them leave. */
  readonly away: Map<string, ReturnType<typeof setTimeout>>;
  readonly left: Set<string>;
}

/** Counts, for every job that was asked for while the server runs, who asked and who has left. */
export class Followers implements Disposable {
  readonly #jobs: FollowedJobs;
  readonly #grace: number;
  readonly #interests = new Map<string, Interest>();
  readonly #ending = new Map<string, Promise<void>>();

  /** `grace`: how long a follower may be away, in ms. */
  constructor(jobs: FollowedJobs, { grace = GRACE }: { grace?: number } = {}) {
    this.#jobs = jobs;
    this.#grace = grace;
  }

  /** Somebody has asked for a job. */
  asked({ id, state }: Job, caller: string): void {
    if (state !== "queued" && state !== "running") return;
    const interest = this.#interests.get(id) ??
      { asked: new Map(), away: new Map(), left: new Set() };
    interest.asked.set(caller, (interest.asked.get(caller) ?? 0) + 1);
    this.#interests.delete(id);
    this.#interests.set(id, interest);
    if (this.#interests.size > MOST) {
      this.#interests.delete(this.#interests.keys().next().value!);
    }
  }

  /** A follower has connected, for the first time or again. */
  connected(id: string, follower: string): void {
    const away = this.#interests.get(id)?.away;
    clearTimeout(away?.get(follower));
    away?.delete(follower);
  }

  /** The connection of a follower has ended; who stays away has left. */
  disconnected(id: string, caller: string, follower: string): void {
    const interest = this.#interests.get(id);
    if (!interest || interest.left.has(follower) || interest.away.has(follower)) return;
    const leave = () => void this.leave(id, caller, follower);
    interest.away.set(follower, setTimeout(leave, this.#grace));
  }

  /** A follower has left, which counts once. Returns whether that cancelled the job. */
  async leave(id: string, caller: string, follower: string): Promise<boolean> {
    const interest = this.#interests.get(id);
    const asked = interest?.asked.get(caller) ?? 0;
    if (!interest || asked === 0 || interest.left.has(follower)) return false;
    this.connected(id, follower);
    interest.left.add(follower);
    interest.asked.set(caller, asked - 1);
    if ([...interest.asked.values()].some((count) => count > 0)) return false;
    this.#interests.delete(id);
    this.#ending.set(id, this.#ended(id));
    await this.#jobs.cancel(id);
    return true;
  }

  /** Resolves when a job that was left has ended; at once for others. */
  async ended(id: string): Promise<boolean> {
    const ending = this.#ending.get(id);
    await ending;
    return ending !== undefined;
  }

  async #ended(id: string): Promise<void> {
    try {
      for await (const _ of this.#jobs.watch(id)) { /* Until there is no more. */ }
    } catch {
      // Whoever asks for it next is told what is wrong.
    }
    this.#ending.delete(id);
  }

  [Symbol.dispose](): void {
    for (const { away } of this.#interests.values()) {
      for (const timer of away.values()) clearTimeout(timer);
    }
    this.#interests.clear();
  }
}
