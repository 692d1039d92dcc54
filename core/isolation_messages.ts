/** What a host and a plugin in a thread of its own say to each other. */

import {
  CancelledError,
  CountergradeError,
  type ErrorCode,
  FormatError,
  InputError,
  PluginError,
} from "./errors.ts";
import type { PluginNeed } from "./plugin.ts";
import type { Selection } from "./probe.ts";
import type { LabelScale } from "./dataset.ts";
import type { ProbeJSON } from "./probe.ts";

/** To the plugin's thread. `start` comes first. */
export type ToIsolate =
  | {
    type: "start";
    /** The plugin's settings. */
    settings: unknown;
    /** Replies to calls that wait, and answers to questions that wait, go by ports that can be read at once. */
    replies: MessagePort;
    answers: MessagePort;
    /** `[replied, answered]`, the bells of the two. */
    bells: Int32Array;
  }
  /** `waits`: the host's thread stands still until the reply. */
  | { type: "call"; id: number; method: string; args: readonly unknown[]; waits: boolean }
  | { type: "abort"; call: number }
  | { type: "forget"; handle: number }
  | { type: "answer"; id: number; outcome: IsolateOutcome };

/** From the plugin's thread. */
export type FromIsolate =
  | { type: "reply"; id: number; outcome: IsolateOutcome; memory: number }
  /** A call asks the host for something. */
  | {
    type: "ask";
    id: number;
    call: number;
    method: string;
    args: readonly unknown[];
    waits: boolean;
  };

/** How a call or a question ended. */
export type IsolateOutcome = { value: unknown } | { error: IsolateError };

/** An error as data. Without a code it is a bug of whoever was called. */
export interface IsolateError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

/** A plugin as its host sees it from outside. */
export interface IsolatedDescription {
  readonly id: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly provides?: Readonly<Record<string, readonly string[]>>;
  readonly needs?: readonly PluginNeed[];
  readonly members: readonly IsolatedMember[];
}

/** One member of an isolated plugin. */
export interface IsolatedMember {
  readonly family: string;
  readonly name: string;
  readonly description: string;
  /** The options, as JSON Schema. */
  readonly options?: Record<string, unknown>;
  /** Of a metric. */
  readonly cost?: string;
}

/** A probe in another thread: what is known of it without asking. */
export interface ProbeFacts {
  readonly plugin: string;
  readonly codeSize: number;
  readonly scale: LabelScale;
  readonly selection?: Selection;
  readonly json: ProbeJSON;
  /** Whether it has the parts that are optional. */
  readonly label: boolean;
  readonly classes: boolean;
}

/** An error, ready to be sent. */
export function packedError(error: unknown): IsolateError {
  if (!(error instanceof CountergradeError)) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message } = error;
  return error instanceof InputError ? { code, message, path: error.path } : { code, message };
}

/** An error that was sent, as an object of its class. */
export function unpackedError({ code, message, path }: IsolateError): Error {
  switch (code) {
    case undefined:
      return new Error(message);
    case "BAD_INPUT":
      return new InputError(message, path);
    case "BAD_FORMAT":
      return new FormatError(message);
    case "CANCELLED":
      return new CancelledError(message);
    case "PLUGIN": {
      const [, plugin, problem] = /^Plugin "([^"]*)": ([^]*)$/.exec(message) ?? [];
      return problem === undefined
        ? new CountergradeError(code, message)
        : new PluginError(plugin, problem);
    }
    default:
      return new CountergradeError(code, message);
  }
}

/** A value with fresh copies of its typed arrays, which are listed in `transfer`: its owner keeps the originals. */
export function copied(value: unknown, transfer: Transferable[]): unknown {
  return walked(value, (view) => {
    const copy = view.slice();
    transfer.push(copy.buffer as ArrayBuffer);
    return copy;
  });
}

/**
 * A value whose typed arrays are listed in `transfer`: its owner gives them away.
 *
 * @throws {TypeError} When one has been given away before.
 */
export function given(value: unknown, transfer: Transferable[]): unknown {
  const seen = new Set<ArrayBufferLike>();
  return walked(value, (view) => {
    const { buffer } = view;
    if (buffer instanceof ArrayBuffer && buffer.detached) {
      throw new TypeError("an array was returned a second time; make a new one for each result");
    }
    // A view on a part of more is copied: the rest stays with its owner.
    if (view.byteLength !== buffer.byteLength) return given(view.slice(), transfer) as Arrays;
    if (!seen.has(buffer)) transfer.push(buffer as ArrayBuffer);
    seen.add(buffer);
    return view;
  });
}

/**
 * Memory that two threads see. A reply that is waited for comes in it: a buffer of 20 MB that is transferred takes 0.8 s to be
 * received by a thread at a stand (Deno 2.9), a copy there and back 20 ms.
 */
export class SharedScratch {
  #memory = new SharedArrayBuffer(0);
  #used = 0;

  /** A value with its typed arrays copied into this memory, over what was put there before. */
  put(value: unknown): unknown {
    let bytes = 0;
    walked(value, (view) => {
      bytes += roundedUp(view.byteLength);
      return view;
    });
    if (bytes > this.#memory.byteLength) this.#memory = new SharedArrayBuffer(bytes);
    this.#used = 0;
    return walked(value, (view) => {
      const Kind = view.constructor as new (
        buffer: SharedArrayBuffer,
        offset: number,
        length: number,
      ) => Arrays;
      const copy = new Kind(this.#memory, this.#used, view.length);
      copy.set(view);
      this.#used += roundedUp(view.byteLength);
      return copy;
    });
  }

  /** The value again, in memory of this thread. */
  static take(value: unknown): unknown {
    return walked(value, (view) => view.slice());
  }
}

/** Up to whole words of 8 bytes, where every element type may start. */
function roundedUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

type Arrays = Float32Array | Float64Array | Int32Array | Uint8Array;

function walked(value: unknown, replace: (view: Arrays) => Arrays): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return replace(value as Arrays);
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== "object")
      ? value
      : value.map((item) => walked(item, replace));
  }
  const entries = Object.entries(value).filter(([, item]) => typeof item !== "function");
  return Object.fromEntries(entries.map(([key, item]) => [key, walked(item, replace)]));
}
