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

/** A pool of connections to one database. */
export class PostgresDatabase {
  readonly #sql: postgres.Sql;
  readonly #patience: number;
  #closed = false;

  /** Connects when it is first asked. */
  constructor(
    { host, port, database, user, password, tls }: PostgresAddress,
    { patience = PATIENCE, connections = 4 }: { patience?: number; connections?: number } = {},
  ) {
    this.#patience = patience;
    this.#sql = postgres({
      host,
      port,
      database,
      username: user,
      password,
      // Without a name the certificate would be compared with that of this machine.
      ssl: tls && { ca: tls.ca, servername: host, rejectUnauthorized: true },
      max: connections,
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
  }

  /** Takes steps; where the connection breaks, all of them again. @throws {StorageError} */
  async take<Result>(steps: () => Steps<Result>): Promise<Result> {
    return await this.#patiently(() => this.#run(this.#sql, steps()));
  }

  /** A statement without transaction. @throws {StorageError} */
  async ask(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await this.#patiently(async () => await this.#sql.unsafe(sql, values as never[]));
  }

  /** Runs work in one transaction; a text without values may hold several statements. @throws {StorageError} */
  async whole(
    work: (ask: (sql: string, values?: readonly unknown[]) => Promise<Row[]>) => Promise<void>,
  ): Promise<void> {
    await this.#patiently(async () => {
      await this.#sql.begin(async (sql) =>
        await work(async (text, values = []) => await sql.unsafe(text, values as never[]))
      );
    });
  }

  /** Calls `listener` with each piece of news, from whichever machine. @throws {StorageError} */
  async listen(listener: (job: string) => void): Promise<void> {
    await this.#patiently(() => this.#sql.listen(CHANNEL, listener));
  }

  async #run<Result>(sql: postgres.ISql, steps: Steps<Result>): Promise<Result> {
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

  async #step(sql: postgres.ISql, step: Step): Promise<unknown> {
    if ("sql" in step) return await sql.unsafe(...numbered(step.sql, step.values));
    if ("whole" in step) {
      return await this.#sql.begin((inner) => this.#run(inner, step.whole()));
    }
    if ("ring" in step) return await sql.unsafe("SELECT pg_notify($1, $2)", [CHANNEL, step.ring]);
    const [{ now }] = await sql.unsafe(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now",
    );
    return Number(now);
  }

  /** Asks again while the database cannot be reached: it may be starting. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const end = performance.now() + this.#patience;
    for (let pause: number = PAUSE[0];; pause = Math.min(2 * pause, PAUSE[1])) {
      try {
        if (this.#closed) throw new StorageError("Cannot use the database: it is closed");
        return await work();
      } catch (error) {
        if (this.#closed || !isPassing(error) || performance.now() + pause > end) {
          throw storageError(error);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Closes all connections. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#sql.end({ timeout: 2 }).catch(() => {});
  }
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

/** Codes of what passes: of the client, of the system, of the server (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const PASSING =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|E(CONNREFUSED|CONNRESET|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|NOENT|AI_AGAIN)|57P0[123]|08\w{3}|53300|40001|40P01)$/;

function isPassing(error: unknown): boolean {
  return PASSING.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? "");
}

const REASONS: [code: RegExp, reason: string][] = [
  [PASSING, "it cannot be reached"],
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
