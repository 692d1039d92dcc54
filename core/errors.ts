/** Errors that callers catch: each has a code that the API passes on, and a message that may be shown to anyone. */

/** The codes of {@linkcode CountergradeError}. */
export type ErrorCode =
  | "BAD_INPUT"
  | "BAD_FORMAT"
  | "NOT_FOUND"
  | "CONFLICT"
  | "FORBIDDEN"
  | "CANCELLED"
  | "PLUGIN"
  | "STORAGE"
  | "LIMIT"
  | "UNAVAILABLE"
  | "PROVIDER";

/** The base of all errors whose message is meant for the user. Anything else is a bug and is masked by the server. */
export class CountergradeError extends Error {
  /** What a program tells the kinds of errors apart by; the API passes it on. */
  readonly code: ErrorCode;
  /** Takes its name from its class. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = this.constructor.name;
    this.code = code;
  }
}

/** An option or argument is wrong; `path` says which, as `["probe", "logistic", "c"]`. */
export class InputError extends CountergradeError {
  /** Names and indices from the options down to what is wrong; empty for the whole. */
  readonly path: readonly (string | number)[];
  /** Of the whole of the options unless `path` says which. */
  constructor(message: string, path: readonly (string | number)[] = [], options?: ErrorOptions) {
    super("BAD_INPUT", message, options);
    this.path = path;
  }
}

/** Bytes are not what they claim to be: truncated, foreign, or beyond a limit. */
export class FormatError extends CountergradeError {
  /** Says what was expected of the bytes, and what is there. */
  constructor(message: string, options?: ErrorOptions) {
    super("BAD_FORMAT", message, options);
  }
}

/** An id names nothing. */
export class NotFoundError extends CountergradeError {
  /** The option that has the id, from the outside in; empty when it is none. */
  readonly path: readonly (string | number)[];

  /** Names what was looked for, its id, and the ids that are `known`. */
  constructor(
    kind: string,
    id: string,
    known?: readonly string[],
    path: readonly (string | number)[] = [],
  ) {
    const list = known?.length ? `; known: ${known.join(", ")}` : "";
    super("NOT_FOUND", `Cannot find ${kind} "${id}"${list}`);
    this.path = path;
  }
}

/** The job was cancelled by its owner. */
export class CancelledError extends CountergradeError {
  /** Says who or what cancelled it, where that is known. */
  constructor(message = "The job was cancelled", options?: ErrorOptions) {
    super("CANCELLED", message, options);
  }
}

/** A plugin broke its contract; the message names it. */
export class PluginError extends CountergradeError {
  /** Begins its message with the name of the plugin. */
  constructor(plugin: string, message: string, options?: ErrorOptions) {
    super("PLUGIN", `Plugin "${plugin}": ${message}`, options);
  }
}

/** The store cannot read or write: disk full, database locked, a file missing or damaged. */
export class StorageError extends CountergradeError {
  /** Says what could not be read or written, and where. */
  constructor(message: string, options?: ErrorOptions) {
    super("STORAGE", message, options);
  }
}

/** A server elsewhere cannot be reached, is not ready, or refuses. */
export class UnavailableError extends CountergradeError {
  /** Says what could not be reached, and why. */
  constructor(message: string, options?: ErrorOptions) {
    super("UNAVAILABLE", message, options);
  }
}

/** A device that computes, or its library, failed. */
export class ProviderError extends CountergradeError {
  /** Says which device or library failed, and how. */
  constructor(message: string, options?: ErrorOptions) {
    super("PROVIDER", message, options);
  }
}
