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
    /** After which a call is ended from inside, in ms: a little later than its host gives up. */
    patience: number;
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
    if (view.byteLength !== buffer.byteLength) return given(view.slice(), transfer);
    if (!seen.has(buffer)) transfer.push(buffer as ArrayBuffer);
    seen.add(buffer);
    return view;
  });
}

/** The kinds of typed arrays that members give and get. */
const KINDS = { Float32Array, Float64Array, Int32Array, Uint8Array };

interface Box {
  readonly box: { readonly kind: string; readonly buffer: ArrayBuffer };
}

/**
 * A value with its typed arrays as plain buffers: Deno's `receiveMessageOnPort` looks at every property of what it receives, in
 * search of ports, which takes 0.5 s for the five million of a gradient of 10,000 codes.
 */
export function boxed(value: unknown): unknown {
  return walked(value, (view): Box => ({
    box: { kind: view.constructor.name, buffer: view.buffer as ArrayBuffer },
  }));
}

/** The value that was {@linkcode boxed}. */
export function unboxed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unboxed);
  const { box } = value as Partial<Box>;
  if (box?.buffer instanceof ArrayBuffer) {
    return new KINDS[box.kind as keyof typeof KINDS](box.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unboxed(item)]));
}

type Arrays = InstanceType<typeof KINDS[keyof typeof KINDS]>;

function walked(value: unknown, replace: (view: Arrays) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    if (Object.hasOwn(KINDS, kind)) return replace(value as Arrays);
    throw new TypeError(
      `a ${kind} cannot go to another thread, only ${Object.keys(KINDS).join(", ")}`,
    );
  }
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== "object")
      ? value
      : value.map((item) => walked(item, replace));
  }
  const entries = Object.entries(value).filter(([, item]) => typeof item !== "function");
  return Object.fromEntries(entries.map(([key, item]) => [key, walked(item, replace)]));
}
