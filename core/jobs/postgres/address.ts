/** The address of a PostgreSQL store: who connects where, and how the other side is known. */

import { isIP } from "node:net";
import { InputError } from "../../errors.ts";

/** Where a store is. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  /** What certifies the server, as PEM, or false for a connection in the clear. */
  readonly tls: { readonly ca?: string } | false;
  /** The folder of the files; default: they are in the database. */
  readonly blobs?: string;
}

/** Whether an address names a PostgreSQL store. */
export function isPostgresAddress(text: string): boolean {
  return /^postgres(ql)?:/.test(text);
}

const FORM = "postgres://USER@HOST[:PORT]/DATABASE[?ca=FILE&password=FILE&tls=off&blobs=FOLDER]";

/**
 * Reads `postgres://USER@HOST[:PORT]/DATABASE`. A folder as HOST, with `%2F` for `/`, is that of a socket. In the query `ca` names a
 * file with the certificates that are trusted, `password` a file with the password, `tls=off` lets a connection be in the clear, as
 * it is on this machine, `blobs` names a folder that all machines see, for the files. Without a file the password is `COUNTERGRADE_STORE_PASSWORD` of the environment.
 *
 * @throws {InputError} When it has another form, or a file cannot be read; no message holds the address itself.
 */
export async function readPostgresAddress(text: string): Promise<PostgresAddress> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = decodeURIComponent(url?.hostname ?? "").replace(/^\[|\]$/g, "");
  const database = decodeURIComponent(url?.pathname.slice(1) ?? "");
  if (!url || !isPostgresAddress(text) || !host || !database || !url.username) {
    throw new InputError(`Cannot use the store's address: expected ${FORM}`);
  }
  if (url.password) {
    throw new InputError(
      "Cannot use the store's address: a password in it is seen by all who list processes; put it into " +
        "COUNTERGRADE_STORE_PASSWORD, or into a file: ?password=FILE",
    );
  }
  const unknown = [...url.searchParams.keys()].find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw new InputError(`Cannot use the store's address: unknown "${unknown}"; expected ${FORM}`);
  }
  const { searchParams: query } = url;
  const [ca, file] = await Promise.all(["ca", "password"].map((key) => contents(key, query)));
  const near = host.startsWith("/") || NEAR.includes(host);
  const clear = query.get("tls") === "off" || (near && ca === undefined);
  if (!clear && isIP(host)) {
    throw new InputError(
      `Cannot use the store's address: certificates are for names, and ${host} is a number; give the host's ` +
        "name, or tls=off",
    );
  }
  return {
    host,
    port: Number(url.port) || 5432,
    database,
    user: decodeURIComponent(url.username),
    password: file?.replace(/\r?\n$/, "") ?? fromEnvironment(),
    tls: clear ? false : { ca },
    blobs: query.get("blobs") ?? undefined,
  };
}

const KNOWN = ["ca", "password", "tls", "blobs"];
const NEAR = ["localhost", "127.0.0.1", "::1"];

async function contents(key: string, query: URLSearchParams): Promise<string | undefined> {
  const path = query.get(key);
  if (path === null) return undefined;
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new InputError(
      `Cannot read the file "${path}" of the store's ${key}: ${(error as Error).name}`,
      [],
      { cause: error },
    );
  }
}

function fromEnvironment(): string | undefined {
  const name = "COUNTERGRADE_STORE_PASSWORD";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
