/** A plugin's thread from outside: calls with a limit of time and memory, and an end for what goes beyond. */

import { receiveMessageOnPort } from "node:worker_threads";
import type { PluginEntry } from "./configuration.ts";
import { CancelledError, PluginError } from "./errors.ts";
import {
  boxed,
  copied,
  type FromIsolate,
  type IsolateOutcome,
  packedError,
  type ToIsolate,
  unboxed,
  unpackedError,
} from "./isolation_messages.ts";
import { PLUGIN_NEEDS } from "./plugin.ts";

/** The longest that one call may take, in s, unless the configuration says otherwise. */
const SECONDS = 60;
/** The most memory, in MB, unless the configuration says otherwise. */
const MEGABYTES = 1_024;
/** How long a thread may take to start, in ms, beyond what a call may take. */
const START = 30_000;
/** How often a running call is looked at, in ms. */
const POLL = 20;
/** How long a cancelled call may go on, in ms. */
const GRACE = 2_000;

/** How long an ended thread is taken to go on, in ms: what computes ends when its time is over, see `interruptible.ts`. */
const DYING = 3_000;
/** When a thread was last ended. */
let lastEnd = -Infinity;

/** What a call may ask its host for, by name. */
export type HostMethods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** A call that has no reply yet. */
interface Pending {
  readonly method: string;
  readonly host: HostMethods;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Questions that the host has not answered yet: meanwhile the plugin's clock stands still. */
  asked: number;
}

/**
 * One thread of an isolated plugin. It starts with the first call, may do nothing but compute, and is ended when a call takes
 * too long or too much memory; the next call starts it again, with nothing kept.
 */
export class Isolate implements Disposable {
  /** The plugin's id in errors; the module's name until it is known. */
  plugin: string;
  /** Counts the starts: handles of an earlier one mean nothing. */
  starts = 0;
  readonly #url: string;
  readonly #entry: PluginEntry;
  #worker?: Worker;
  #replies?: MessagePort;
  #answers?: MessagePort;
  #bells = new Int32Array(new SharedArrayBuffer(8));
  #pending = new Map<number, Pending>();
  #last = 0;
  #young = true;

  constructor(url: string, entry: PluginEntry) {
    this.#url = url;
    this.#entry = entry;
    this.plugin = entry.use;
  }

  /** Whether the thread is there. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Calls a method and waits for its result, with this thread at a stand. @throws {PluginError} Beyond a limit. */
  callAndWait(method: string, ...args: unknown[]): unknown {
    this.#start();
    const watch = new Watch(this.#limits());
    Atomics.store(this.#bells, 0, 0);
    const id = this.#send(method, args, true);
    while (true) {
      Atomics.wait(this.#bells, 0, 0, POLL);
      const reply = receiveMessageOnPort(this.#replies as never)?.message as Reply | undefined;
      // A reply to a call that was given up may still come.
      if (reply?.id === id) return unboxed(this.#valueOf(method, reply));
      if (reply) Atomics.store(this.#bells, 0, 0);
      const excess = watch.excess();
      if (excess) throw this.#end(method, excess);
    }
  }

  /** Calls a method. `host` is what it may ask for meanwhile. @throws {PluginError} Beyond a limit. @throws {CancelledError} */
  async call(
    method: string,
    args: readonly unknown[],
    { host = {}, signal }: { host?: HostMethods; signal?: AbortSignal } = {},
  ): Promise<unknown> {
    if (signal?.aborted) throw new CancelledError();
    this.#start();
    const watch = new Watch(this.#limits());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const pending: Pending = { method, host, resolve, reject, asked: 0 };
    const id = this.#send(method, args, false);
    this.#pending.set(id, pending);
    let abortedAt: number | undefined;
    const abort = () => {
      abortedAt ??= performance.now();
      this.#worker?.postMessage({ type: "abort", call: id } satisfies ToIsolate);
    };
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setInterval(() => {
      if (abortedAt !== undefined && performance.now() - abortedAt > GRACE) {
        this.#pending.delete(id);
        this.#end(method, "did not stop when it was cancelled");
        return reject(new CancelledError());
      }
      const excess = watch.excess(pending.asked > 0);
      if (!excess) return;
      this.#pending.delete(id);
      reject(this.#end(method, excess));
    }, POLL);
    try {
      return await promise;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  /** Lets go of something that the thread keeps for a handle of start `start`. */
  forget(handle: number, start: number): void {
    if (start !== this.starts) return;
    this.#worker?.postMessage({ type: "forget", handle } satisfies ToIsolate);
  }

  #limits(): { seconds: number; megabytes: number } {
    const { seconds = SECONDS, megabytes = MEGABYTES } = this.#entry;
    const young = this.#young;
    this.#young = false;
    return { seconds: seconds + (young ? START / 1_000 : 0), megabytes };
  }

  #send(method: string, args: readonly unknown[], waits: boolean): number {
    const id = ++this.#last;
    const transfer: Transferable[] = [];
    const message = { type: "call" as const, id, method, waits };
    const call: ToIsolate = { ...message, args: copied(args, transfer) as unknown[] };
    this.#worker!.postMessage(call, transfer);
    return id;
  }

  #start(): void {
    if (this.#worker) return;
    const served = new URL("./isolation_worker.ts", import.meta.url).href;
    const [module, specifier, server] = [this.#url, this.#entry.use, served].map((text) =>
      JSON.stringify(text)
    );
    // The import is written out: a thread without permissions may load what its own text names, and nothing else.
    const text =
      `import { serve } from ${server};\nserve(() => import(${module}), ${specifier});\n`;
    const { trust = [] } = this.#entry;
    const permissions = trust.length
      ? Object.fromEntries(PLUGIN_NEEDS.map((need) => [need, trust.includes(need)]))
      : "none";
    let worker: Worker;
    try {
      worker = new Worker(`data:text/javascript,${encodeURIComponent(text)}`, {
        type: "module",
        name: `plugin ${this.plugin}`,
        deno: { permissions },
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PluginError(this.plugin, `cannot be started: ${reason}`, { cause: error });
    }
    const replies = new MessageChannel();
    const answers = new MessageChannel();
    this.#worker = worker;
    this.#replies = replies.port1;
    this.#answers = answers.port1;
    this.#bells = new Int32Array(new SharedArrayBuffer(8));
    this.#young = true;
    this.starts++;
    worker.onmessage = ({ data }: MessageEvent<FromIsolate>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.#end("", `crashed: ${event.message}`);
    };
    const start: ToIsolate = {
      type: "start",
      settings: this.#entry.options,
      patience: (this.#entry.seconds ?? SECONDS) * 1_000 + POLL,
      replies: replies.port2,
      answers: answers.port2,
      bells: this.#bells,
    };
    worker.postMessage(start, [replies.port2, answers.port2]);
  }

  #hear(message: FromIsolate | null): void {
    // The plugin can post what it likes.
    if (typeof message !== "object" || message === null) return;
    if (message.type === "ask") return void this.#answer(message);
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    try {
      pending.resolve(this.#valueOf(pending.method, message));
    } catch (error) {
      pending.reject(error);
    }
  }

  async #answer({ id, call, method, args, waits }: FromIsolate & { type: "ask" }): Promise<void> {
    const start = this.starts;
    const pending = this.#pending.get(call);
    if (pending) pending.asked++;
    const transfer: Transferable[] = [];
    let outcome: IsolateOutcome;
    try {
      const run = pending && Object.hasOwn(pending.host, method) ? pending.host[method] : undefined;
      if (!run) throw new Error(`there is no ${method} to ask for`);
      const value = copied(await run(...args as never[]), transfer);
      outcome = { value: waits ? boxed(value) : value };
    } catch (error) {
      outcome = { error: packedError(error) };
    }
    if (pending) pending.asked--;
    if (!this.#worker || start !== this.starts) return;
    const answer: ToIsolate = { type: "answer", id, outcome };
    if (!waits) return this.#worker.postMessage(answer, transfer);
    this.#answers!.postMessage(answer, transfer);
    Atomics.store(this.#bells, 1, 1);
    Atomics.notify(this.#bells, 1);
  }

  #valueOf(method: string, { outcome, memory }: Reply): unknown {
    const { megabytes = MEGABYTES } = this.#entry;
    if (memory > megabytes * 1e6) {
      throw this.#end(method, `keeps ${Math.round(memory / 1e6)} MB, more than ${megabytes} MB`);
    }
    if ("error" in outcome) throw unpackedError(outcome.error);
    return outcome.value;
  }

  /** Ends the thread; all its calls fail. Returns the error that says why. */
  #end(method: string, why: string): PluginError {
    const what = method === "" ? "" : `${method}() `;
    const error = new PluginError(this.plugin, `${what}${why}; its thread was ended`);
    if (method !== "") lastEnd = performance.now();
    this.#stop();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    return error;
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#replies?.close();
    this.#answers?.close();
    this.#worker = undefined;
  }

  [Symbol.dispose](): void {
    if (this.#worker) this.#end("", "was disposed");
  }
}

type Reply = FromIsolate & { type: "reply" };

/** The time that a call has taken and the memory by which the process has grown since its start. */
class Watch {
  readonly #seconds: number;
  readonly #megabytes: number;
  #spent = 0;
  #last = performance.now();
  #base = Deno.memoryUsage().rss;
  #grown = 0;

  constructor({ seconds, megabytes }: { seconds: number; megabytes: number }) {
    this.#seconds = seconds;
    this.#megabytes = megabytes;
  }

  /**
   * What is beyond its limit, in words. While the host is `busy` with a question, time and memory are its own; while an ended
   * thread may go on, memory may be that one's.
   */
  excess(busy = false): string | undefined {
    const now = performance.now();
    const { rss } = Deno.memoryUsage();
    if (busy || now - lastEnd < DYING) this.#base = rss - this.#grown;
    else this.#grown = rss - this.#base;
    if (!busy) this.#spent += now - this.#last;
    this.#last = now;
    if (this.#spent > this.#seconds * 1_000) {
      return `took longer than ${this.#seconds} s`;
    }
    return this.#grown > this.#megabytes * 1e6
      ? `took more than ${this.#megabytes} MB of memory`
      : undefined;
  }
}
