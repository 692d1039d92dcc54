/** Connections to PostgreSQL: steps are taken in transactions, a connection that breaks is made anew, errors become StorageErrors. */

import postgres from "postgres";
import { StorageError } from "../../errors.ts";
import type { Row, Step, Steps, Values } from "../sql/steps.ts";
import type { PostgresAddress } from "./address.ts";

/** How long a database that is gone is waited for, in ms. */
const PATIENCE = 60_000;
/** Until it is asked again: from, to, in ms. */
const PAUSE = [100, 2_000] as const;
/** How long the database waits for a sign of whoever is connected, in ms. */
const STALE = 10_000;
/** The channel of news. */
const CHANNEL = "countergrade";

/** Connections that are kept until one of them breaks. */
interface Pool {
  readonly sql: postgres.Sql;
  /** Rejects when the pool is given up. */
  readonly lost: PromiseWithResolvers<never>;
  /** Whether news are heard there. */
  listens: boolean;
}

/**
 * Connections to one database. Where one breaks all are made anew: one of postgres 3.4 whose socket closes before it has sent all
 * keeps the rest, and does not come back for a minute.
 */
export class PostgresDatabase {
  readonly #address: PostgresAddress;
  readonly #patience: number;
  readonly #connections: number;
  #pool: Pool;
  #listener?: (job: string) => void;
  #closed = false;

  /** Connects when it is first asked. */
  constructor(
    address: PostgresAddress,
    { patience = PATIENCE, connections = 4 }: { patience?: number; connections?: number } = {},
  ) {
    this.#address = address;
    this.#patience = patience;
    this.#connections = connections;
    this.#pool = this.#connected();
    guard();
  }

  #connected(): Pool {
    const { host, port, database, user, password, tls } = this.#address;
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const sql = postgres({
      host,
      port,
      database,
      username: user,
      password,
      // Without a name the certificate would be compared with that of this machine.
      ssl: tls && { ca: tls.ca, servername: host, rejectUnauthorized: true },
      max: this.#connections,
      connect_timeout: 5,
      onnotice: () => {},
      connection: {
        application_name: "countergrade",
        search_path: "countergrade",
        // A host that is cut off, or sleeps, in the middle of a transaction keeps nothing locked for longer than its leases last.
        idle_in_transaction_session_timeout: STALE,
        tcp_user_timeout: STALE,
        tcp_keepalives_idle: 4,
        tcp_keepalives_interval: 2,
        tcp_keepalives_count: 3,
      },
    });
    return { sql, lost, listens: false };
  }

  /** Takes steps; where the connection breaks, all of them again. @throws {StorageError} */
  async take<Result>(steps: () => Steps<Result>): Promise<Result> {
    return await this.#patiently((sql) => this.#run(sql, steps()));
  }

  /** A statement without transaction. @throws {StorageError} */
  async ask(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await this.#patiently(async (pool) => await pool.unsafe(sql, values as never[]));
  }

  /** Runs work in one transaction; a text without values may hold several statements. @throws {StorageError} */
  async whole(
    work: (ask: (sql: string, values?: readonly unknown[]) => Promise<Row[]>) => Promise<void>,
  ): Promise<void> {
    await this.#patiently(async (pool) => {
      await pool.begin(async (sql) =>
        await work(async (text, values = []) => await sql.unsafe(text, values as never[]))
      );
    });
  }

  /** Calls `listener` with each piece of news, from whichever machine. @throws {StorageError} */
  async listen(listener: (job: string) => void): Promise<void> {
    this.#listener = listener;
    await this.#patiently(() => this.#hear(this.#pool));
  }

  async #hear(pool: Pool): Promise<void> {
    if (!this.#listener || pool.listens) return;
    pool.listens = true;
    try {
      await pool.sql.listen(CHANNEL, this.#listener);
    } catch (error) {
      pool.listens = false;
      throw error;
    }
  }

  async #run<Result>(sql: Connection, steps: Steps<Result>): Promise<Result> {
    let answer: unknown;
    const asides: Promise<unknown>[] = [];
    while (true) {
      const next = steps.next(answer);
      if (next.done) {
        await Promise.all(asides);
        return next.value;
      }
      const step = next.value;
      const taken = this.#step(sql, step);
      const waits = !("ring" in step || "sql" in step && step.aside);
      if (waits) answer = await taken;
      else {
        // Noticed at the end; until then it is no unhandled rejection.
        taken.catch(() => {});
        asides.push(taken);
      }
    }
  }

  async #step(sql: Connection, step: Step): Promise<unknown> {
    if ("sql" in step) return await sql.unsafe(...numbered(step.sql, step.values));
    if ("whole" in step) {
      return "begin" in sql
        ? await sql.begin((inner) => this.#run(inner, step.whole()))
        : await this.#run(sql, step.whole());
    }
    if ("ring" in step) return await sql.unsafe("SELECT pg_notify($1, $2)", [CHANNEL, step.ring]);
    const [{ now }] = await sql.unsafe(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now",
    );
    return Number(now);
  }

  /** Asks again while the database cannot be reached: it may be starting. */
  async #patiently<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
    const end = performance.now() + this.#patience;
    for (let pause: number = PAUSE[0];; pause = Math.min(2 * pause, PAUSE[1])) {
      const pool = this.#pool;
      try {
        if (this.#closed) throw new StorageError("Cannot use the database: it is closed");
        const result = await Promise.race([work(pool.sql), pool.lost.promise]);
        this.#hear(pool).catch(() => {});
        return result;
      } catch (error) {
        if (isBroken(error)) this.#renew(pool, error);
        if (this.#closed || !isPassing(error) || performance.now() + pause > end) {
          throw storageError(error);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #renew(pool: Pool, error: unknown): void {
    if (pool !== this.#pool || this.#closed) return;
    this.#pool = this.#connected();
    pool.lost.reject(error);
    pool.sql.end({ timeout: 0 }).catch(() => {});
  }

  /** Closes all connections. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#pool.sql.end({ timeout: 2 }).catch(() => {});
  }
}

type Connection = postgres.Sql | postgres.TransactionSql;

let guarded = false;

/** What postgres 3.4 still writes to a socket that has closed throws where nobody can catch it: no reason to end the process. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  globalThis.addEventListener("error", (event) => {
    const { stack = "" } = event.error instanceof TypeError ? event.error : {};
    if (stack.includes("nextWrite") && stack.includes("postgres")) event.preventDefault();
  });
}

/** A statement with `$1, $2, …` in the place of names. */
function numbered(sql: string, values: Values): [string, (string | number | null)[]] {
  const names: string[] = [];
  const text = sql.replace(/\$([a-zA-Z]\w*)/g, (_, name) => {
    const at = names.indexOf(name);
    return `$${at >= 0 ? at + 1 : names.push(name)}`;
  });
  return [text, names.map((name) => values[name])];
}

/** Codes of connections that break: of the client, of the system, of the server (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const BROKEN =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|E(CONNREFUSED|CONNRESET|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|NOENT|AI_AGAIN)|57P0[123]|25P03|08\w{3})$/;
/** Codes of what passes beside: too many connections, and two that stood in each other's way. */
const PASSING = /^(53300|40001|40P01)$/;

function isBroken(error: unknown): boolean {
  return BROKEN.test(codeOf(error));
}

function isPassing(error: unknown): boolean {
  return isBroken(error) || PASSING.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "");
}

const REASONS: [code: RegExp, reason: string][] = [
  [BROKEN, "it cannot be reached"],
  [PASSING, "it has too much to do"],
  [/^28/, "it refuses this user, or the password"],
  [/^3D000$/, "there is no database of that name"],
  [/^(53100|53200)$/, "it has no room left"],
  [/^42501$/, "this user may not do that"],
  [/^25006$/, "it is read-only"],
  [/CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO/, "its certificate is not trusted"],
];

/** Other failures (a constraint, a syntax error) are bugs and stay as they are. */
function storageError(error: unknown): unknown {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : "";
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1] ??
    (/certificate|UnknownIssuer|SSL|TLS/i.test(text)
      ? "its certificate is not trusted"
      : undefined);
  return reason === undefined
    ? error
    : new StorageError(`Cannot use the database: ${reason}`, { cause: error });
}
