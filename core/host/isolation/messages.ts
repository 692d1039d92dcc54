/** What a host and a plugin in a process of its own say to each other. */

import {
  CancelledError,
  CountergradeError,
  type ErrorCode,
  FormatError,
  InputError,
  PluginError,
} from "../../errors.ts";
import type { BlockingChannel } from "./blocking_channel.ts";
import type { PluginNeed } from "../plugin.ts";
import type { ProbeJSON, Selection } from "../../probe.ts";
import type { LabelScale } from "../../labels.ts";

/** To the plugin's thread. `start` comes first. */
export type ToIsolate =
  | {
    type: "start";
    /** The plugin's settings. */
    settings: unknown;
  }
  /** `waits`: the host's thread stands still until the reply. */
  | { type: "call"; id: number; method: string; args: readonly unknown[]; waits: boolean }
  | { type: "abort"; call: number }
  | { type: "forget"; handle: number }
  | { type: "answer"; id: number; outcome: IsolateOutcome };

/** From the plugin's thread, and of its end from the process around it. */
export type FromIsolate =
  | { type: "reply"; id: number; outcome: IsolateOutcome }
  /** A call asks the host for something. */
  | {
    type: "ask";
    id: number;
    call: number;
    method: string;
    args: readonly unknown[];
    waits: boolean;
  }
  | { type: "ended"; why: string };

/** What a process is told at its start, as JSON on its command line. */
export interface ProcessStart {
  /** The plugin's module, as a URL. */
  readonly module: string;
  /** Its name in messages. */
  readonly specifier: string;
  /** Of the plugin's thread. */
  readonly permissions: "none" | Deno.PermissionOptionsObject;
  /** The limits of time, in s, and memory, in MB. */
  readonly seconds: number;
  readonly megabytes: number;
}

/** To the relay: at first how the process is started, then frames for it, and when it shall end. */
export type ToRelay =
  | {
    type: "start";
    command: string;
    args: readonly string[];
    /** The most memory that the plugin may take, in MB: what comes back is no larger either. */
    megabytes: number;
    /** For frames that a thread stands still for. */
    channel: BlockingChannel;
  }
  | { type: "end" }
  | Uint8Array<ArrayBuffer>;

/** From the relay: frames, and at last why the process has ended. */
export type FromRelay = { type: "gone"; why: string } | ArrayBuffer;

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
  /** Of a metric that looks at all paths together. */
  readonly together?: boolean;
}

/** A probe in another process: what is known of it without asking. */
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
