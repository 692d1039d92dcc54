/** A plugin's process from outside: calls with a limit of time and memory, and an end for what goes beyond. */

import type { PluginEntry } from "../configuration.ts";
import { CancelledError, PluginError } from "../../errors.ts";
import { isolationCommand } from "./command.ts";
import { packed, unpacked } from "./frames.ts";
import { type BlockingChannel, newChannel, received } from "./blocking_channel.ts";
import {
  type FromIsolate,
  type FromRelay,
  type IsolateOutcome,
  packedError,
  type ToIsolate,
  type ToRelay,
  unpackedError,
} from "./messages.ts";

/** The longest that one call may take, in s, unless the configuration says otherwise. */
const SECONDS = 60;
/** The most memory, in MB, unless the configuration says otherwise. */
const MEGABYTES = 1_024;
/** How long a process may take to start, in ms, beyond what a call may take. */
const START = 30_000;
/** How often a running call is looked at, in ms. */
const POLL = 20;
/** How long a cancelled call may go on, in ms. */
const GRACE = 2_000;
/** How long a process that nobody calls is kept, in ms. */
const REST = 60_000;

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
  /** How long it may still take, in ms, as it was at `seen`. */
  left: number;
  seen: number;
}

/** Brings a call's clock up to now. Returns what is left. */
function tick(pending: Pending): number {
  const now = performance.now();
  if (pending.asked === 0) pending.left -= now - pending.seen;
  pending.seen = now;
  return pending.left;
}

/**
 * One process of an isolated plugin. It starts with the first call, may do nothing but compute, and is ended when a call takes too
 * long or too much memory, and when nobody has called for a while; the next call starts it again, with nothing kept.
 */
export class Isolate implements AsyncDisposable {
  /** The plugin's id in errors; the module's name until it is known. */
  plugin: string;
  /** Counts the starts: handles of an earlier one mean nothing. */
  starts = 0;
  readonly #url: string;
  readonly #entry: PluginEntry & { readonly seconds: number; readonly megabytes: number };
  #relay?: Worker;
  #channel: BlockingChannel = newChannel()[0];
  /** Resolve when processes that were ended are gone. */
  readonly #leaving = new Set<Promise<void>>();
  #pending = new Map<number, Pending>();
  #last = 0;
  #young = true;
  readonly #rest: number;
  /** Ends the process when nobody has called for long. */
  #resting?: ReturnType<typeof setTimeout>;

  /** @param rest How long a process that nobody calls is kept, in ms. */
  constructor(url: string, entry: PluginEntry, rest: number = REST) {
    this.#url = url;
    this.#rest = rest;
    const { seconds = SECONDS, megabytes = MEGABYTES } = entry;
    this.#entry = { ...entry, seconds, megabytes };
    this.plugin = entry.use;
  }

  /** Whether the process is there. */
  get running(): boolean {
    return this.#relay !== undefined;
  }

  /** Calls a method and waits for its result, with this thread at a stand. @throws {PluginError} Beyond a limit. */
  callAndWait(method: string, ...args: unknown[]): unknown {
    this.#start();
    this.#restLater();
    const deadline = performance.now() + this.#patience();
    const id = this.#call(method, args, true);
    while (true) {
      const left = deadline - performance.now();
      if (left <= 0) throw this.#end(method, this.#tooLong);
      const frame = received(this.#channel, left) as FromRelay | undefined;
      const message = frame && this.#read(frame);
      if (!message) continue;
      if (message.type === "ended") throw this.#end(method, message.why);
      // A reply to a call that was given up may still come.
      if (message.type === "reply" && message.id === id) return valueOf(message.outcome);
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
    const left = this.#patience();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const pending: Pending = {
      method,
      host,
      resolve,
      reject,
      asked: 0,
      left,
      seen: performance.now(),
    };
    const id = this.#call(method, args, false);
    this.#pending.set(id, pending);
    let abortedAt: number | undefined;
    const abort = () => {
      abortedAt ??= performance.now();
      this.#send({ type: "abort", call: id });
    };
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setInterval(() => {
      if (abortedAt !== undefined && performance.now() - abortedAt > GRACE) {
        this.#pending.delete(id);
        this.#end(method, "did not stop when it was cancelled");
        reject(new CancelledError());
      } else if (tick(pending) < 0) {
        this.#pending.delete(id);
        reject(this.#end(method, this.#tooLong));
      }
    }, POLL);
    try {
      return await promise;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
      this.#restLater();
    }
  }

  /** Lets go of something that the process keeps for a handle of start `start`. */
  forget(handle: number, start: number): void {
    if (start === this.starts) this.#send({ type: "forget", handle });
  }

  /** What a plugin does while nobody calls is nothing that it is there for. */
  #restLater(): void {
    clearTimeout(this.#resting);
    if (!this.#relay) return;
    const resting = setTimeout(() => {
      if (this.#pending.size) this.#restLater();
      else this.#end("", "has rested");
    }, this.#rest);
    Deno.unrefTimer(resting);
    this.#resting = resting;
  }

  /** How long the next call may take, in ms. */
  #patience(): number {
    const young = this.#young;
    this.#young = false;
    return this.#entry.seconds * 1_000 + (young ? START : 0);
  }

  get #tooLong(): string {
    return `took longer than ${this.#entry.seconds} s`;
  }

  #call(method: string, args: readonly unknown[], waits: boolean): number {
    const id = ++this.#last;
    this.#send({ type: "call", id, method, args, waits });
    return id;
  }

  #send(message: ToIsolate, rings = false): void {
    const frame: ToRelay = packed(message, rings);
    this.#relay?.postMessage(frame, [frame.buffer]);
  }

  #start(): void {
    if (this.#relay) return;
    const { command, args } = isolationCommand(this.#url, this.#entry);
    const url = new URL("./relay.ts", import.meta.url);
    const relay = new Worker(url, { type: "module", name: `relay of ${this.plugin}` });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#leaving.add(promise);
    const hear = (data: FromRelay) => {
      if (this.#relay === relay) this.#hear(data);
      if (data instanceof ArrayBuffer) return;
      relay.terminate();
      this.#leaving.delete(promise);
      resolve();
    };
    relay.onmessage = ({ data }: MessageEvent<FromRelay>) => hear(data);
    relay.onerror = (event) => {
      event.preventDefault();
      hear({ type: "gone", why: `lost its relay: ${event.message}` });
    };
    const [near, far] = newChannel();
    this.#channel = near;
    this.#relay = relay;
    this.#young = true;
    this.starts++;
    const { megabytes } = this.#entry;
    const start: ToRelay = { type: "start", command, args, megabytes, channel: far };
    relay.postMessage(start, [far.port]);
    this.#send({ type: "start", settings: this.#entry.options });
  }

  #hear(data: FromRelay): void {
    const message = this.#read(data);
    if (message?.type === "ask") return void this.#answer(message);
    if (message?.type === "ended") {
      const [only, ...more] = this.#pending.values();
      return void this.#end(only && !more.length ? only.method : "", message.why);
    }
    const pending = message && this.#pending.get(message.id);
    if (!pending) return;
    try {
      pending.resolve(valueOf(message.outcome));
    } catch (error) {
      pending.reject(error);
    }
  }

  /** The message of a frame. What is none is the plugin's doing, and its end. */
  #read(data: FromRelay): FromIsolate | undefined {
    if (!(data instanceof ArrayBuffer)) return { type: "ended", why: data.why };
    try {
      const message = unpacked(data) as FromIsolate | null;
      return message ?? undefined;
    } catch (error) {
      return { type: "ended", why: `sent what is no message: ${(error as Error).message}` };
    }
  }

  async #answer({ id, call, method, args, waits }: FromIsolate & { type: "ask" }): Promise<void> {
    const start = this.starts;
    const pending = this.#pending.get(call);
    if (pending) {
      tick(pending);
      pending.asked++;
    }
    let outcome: IsolateOutcome;
    try {
      const run = pending && Object.hasOwn(pending.host, method) ? pending.host[method] : undefined;
      if (!run) throw new Error(`there is no ${method} to ask for`);
      outcome = { value: await run(...args as never[]) };
    } catch (error) {
      outcome = { error: packedError(error) };
    }
    if (pending) {
      tick(pending);
      pending.asked--;
    }
    if (start === this.starts) this.#send({ type: "answer", id, outcome }, waits);
  }

  /** Ends the process; all its calls fail. Returns the error that says why. */
  #end(method: string, why: string): PluginError {
    const what = method === "" ? "" : `${method}() `;
    const error = new PluginError(this.plugin, `${what}${why}; its process was ended`);
    clearTimeout(this.#resting);
    this.#relay?.postMessage({ type: "end" } satisfies ToRelay);
    this.#relay = undefined;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    return error;
  }

  /** Resolves when no process of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#relay) this.#end("", "was disposed");
    await Promise.all(this.#leaving);
  }
}

function valueOf(outcome: IsolateOutcome): unknown {
  if ("error" in outcome) throw unpackedError(outcome.error);
  return outcome.value;
}
