/** What the server tells about requests: their ids, and lines for people or for machines. */

import { AsyncLocalStorage } from "node:async_hooks";

/** Ids that a client may give: short, and nothing that could break a line or a terminal. */
const SANE = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

const current = new AsyncLocalStorage<string>();

/** The id of a request: the client's own, where it is sane, else a new one. */
export function requestId({ headers }: Request): string {
  const given = headers.get("x-request-id");
  return given !== null && SANE.test(given) ? given : crypto.randomUUID();
}

/** Runs `work`; what is logged meanwhile carries the id. */
export function withRequestId<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

/** One request that has been answered. */
export interface RequestRecord {
  readonly id: string;
  /** Whose key, or the address. */
  readonly client: string;
  readonly method: string;
  /** Without the query, which may hold what is nobody's business. */
  readonly path: string;
  readonly operation?: { readonly type: string; readonly name?: string };
  readonly status: number;
  /** Until the answer began. */
  readonly ms: number;
}

/** Where the server's words go. */
export interface Log {
  /** Something unexpected. */
  error(text: string): void;
  /** A request that has been answered. */
  request(record: RequestRecord): void;
}

/** For people: errors only, as they are. */
export const textLog: Log = {
  error: (text) => console.error(text),
  request: () => {},
};

/** For machines: one JSON object per line on stderr, for each request and each error. */
export const jsonLog: Log = {
  error: (message) => write("error", { id: current.getStore(), message }),
  request: (record) => write("info", record),
};

function write(level: string, fields: object): void {
  console.error(JSON.stringify({ time: new Date().toISOString(), level, ...fields }));
}
