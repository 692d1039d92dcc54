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
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = this.constructor.name;
    this.code = code;
  }
}

/** An option or argument is wrong; `path` says which, as `["probe", "logistic", "c"]`. */
export class InputError extends CountergradeError {
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[] = [], options?: ErrorOptions) {
    super("BAD_INPUT", message, options);
    this.path = path;
  }
}

/** Bytes are not what they claim to be: truncated, foreign, or beyond a limit. */
export class FormatError extends CountergradeError {
  constructor(message: string, options?: ErrorOptions) {
    super("BAD_FORMAT", message, options);
  }
}

/** An id names nothing. */
export class NotFoundError extends CountergradeError {
  constructor(kind: string, id: string, known?: readonly string[]) {
    const list = known?.length ? `; known: ${known.join(", ")}` : "";
    super("NOT_FOUND", `Cannot find ${kind} "${id}"${list}`);
  }
}

/** The job was cancelled by its owner. */
export class CancelledError extends CountergradeError {
  constructor(message = "The job was cancelled", options?: ErrorOptions) {
    super("CANCELLED", message, options);
  }
}

/** A plugin broke its contract; the message names it. */
export class PluginError extends CountergradeError {
  constructor(plugin: string, message: string, options?: ErrorOptions) {
    super("PLUGIN", `Plugin "${plugin}": ${message}`, options);
  }
}

/** The store cannot read or write: disk full, database locked, a file missing or damaged. */
export class StorageError extends CountergradeError {
  constructor(message: string, options?: ErrorOptions) {
    super("STORAGE", message, options);
  }
}

/** A server elsewhere cannot be reached, is not ready, or refuses. */
export class UnavailableError extends CountergradeError {
  constructor(message: string, options?: ErrorOptions) {
    super("UNAVAILABLE", message, options);
  }
}

/** A device that computes, or its library, failed. */
export class ProviderError extends CountergradeError {
  constructor(message: string, options?: ErrorOptions) {
    super("PROVIDER", message, options);
  }
}
