/** A SQLite file: opened with WAL, brought to the newest layout, its errors turned into StorageError. */

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { StorageError } from "../../errors.ts";
import type { Row } from "../sql/steps.ts";
import { MIGRATIONS } from "./migrations.ts";

/** A database connection. Several threads and processes may each have one to the same file. */
export class SqliteDatabase {
  #database: DatabaseSync;
  #statements = new Map<string, StatementSync>();
  #open = true;

  /**
   * Opens or makes the file.
   *
   * @throws {StorageError} When it is no database, is damaged, or was made by a newer version of Countergrade.
   */
  constructor(path: string) {
    try {
      this.#database = new DatabaseSync(path);
    } catch (error) {
      throw new StorageError("Cannot use the database: it cannot be opened", { cause: error });
    }
    try {
      this.#guard(() => {
        this.#database.exec("PRAGMA busy_timeout = 10000");
        this.#database.exec("PRAGMA journal_mode = WAL");
        this.#database.exec("PRAGMA synchronous = NORMAL");
        this.#database.exec("PRAGMA foreign_keys = ON");
      });
      this.#migrate();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #migrate(): void {
    this.transaction(() => {
      const version = Number(this.one("PRAGMA user_version")!.user_version);
      if (version > MIGRATIONS.length) {
        throw new StorageError(
          `Cannot open the database: its layout is version ${version}, this program knows ` +
            `${MIGRATIONS.length}; use the newer program that made it`,
        );
      }
      for (const script of MIGRATIONS.slice(version)) this.#database.exec(script);
      this.#database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  /** All rows of a statement. */
  all(sql: string, values: Record<string, SQLInputValue> = {}): Row[] {
    return this.#guard(() => this.#prepare(sql).all(values) as Row[]);
  }

  /** The first row of a statement. */
  one(sql: string, values: Record<string, SQLInputValue> = {}): Row | undefined {
    return this.all(sql, values)[0];
  }

  /** Runs `work` as a whole or not at all; the write lock is taken at the start, so that reads in it stay true. */
  transaction<T>(work: () => T): T {
    this.#guard(() => this.#database.exec("BEGIN IMMEDIATE"));
    try {
      const result = work();
      this.#guard(() => this.#database.exec("COMMIT"));
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Moves the write-ahead log into the file and closes. A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Another connection is reading: the log stays and is taken up at the next start.
    }
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    if (!this.#open) throw new StorageError("Cannot use the database: it is closed");
    try {
      return work();
    } catch (error) {
      throw storageError(error);
    }
  }
}

/** SQLite's own fixed texts; `exec` gives no error code. */
const REASONS: [text: RegExp, reason: string][] = [
  [/is locked/, "it is locked by another process"],
  [/readonly/, "it is read-only"],
  [/is malformed/, "it is damaged"],
  [/is full/, "the disk is full"],
  [/unable to open/, "it cannot be opened"],
  [/not a database/, "the file is no database"],
  [/disk I\/O error/, "reading or writing failed"],
];

/** Other failures (a constraint, a syntax error) are bugs and stay as they are. */
function storageError(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  const [, reason] = REASONS.find(([text]) => text.test(message)) ?? [];
  return code === "ERR_SQLITE_ERROR" && reason
    ? new StorageError(`Cannot use the database: ${reason}`, { cause: error })
    : error;
}
