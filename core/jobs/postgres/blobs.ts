/** Files in PostgreSQL, in rows of a megabyte: whole or absent, for whichever machine needs them. */

import type { BlobArchive, StoredBlob } from "../blobs.ts";
import type { PostgresDatabase } from "./database.ts";

/** The size of a row, in bytes. */
const PART = 1_000_000;

/** A {@linkcode BlobArchive} in PostgreSQL. */
export class PostgresBlobs implements BlobArchive {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#database.whole(async (ask) => {
      const [added] = await ask(
        "INSERT INTO blobs (name, size) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name",
        [name, bytes.length],
      );
      // Another has put it there by now; that waits for the end of its transaction.
      if (!added) return;
      for (let part = 0; part * PART < bytes.length; part++) {
        const piece = bytes.subarray(part * PART, (part + 1) * PART);
        await ask("INSERT INTO blob_parts (name, part, bytes) VALUES ($1, $2, $3)", [
          name,
          part,
          piece,
        ]);
      }
    });
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const [found] = await this.#database.ask("SELECT size FROM blobs WHERE name = $1", [name]);
    if (!found) return undefined;
    const bytes = new Uint8Array(Number(found.size));
    for (let part = 0; part * PART < bytes.length; part++) {
      const [row] = await this.#database.ask(
        "SELECT bytes FROM blob_parts WHERE name = $1 AND part = $2",
        [name, part],
      ) as unknown as { bytes: Uint8Array }[];
      // Deleted meanwhile.
      if (!row) return undefined;
      bytes.set(row.bytes, part * PART);
    }
    return bytes;
  }

  async has(name: string): Promise<boolean> {
    const rows = await this.#database.ask("SELECT 1 AS yes FROM blobs WHERE name = $1", [name]);
    return rows.length > 0;
  }

  async *list(): AsyncGenerator<StoredBlob> {
    const rows = await this.#database.ask(
      "SELECT name, size, (extract(epoch FROM stored) * 1000)::bigint AS modified FROM blobs",
    );
    for (const { name, size, modified } of rows) {
      yield { name: String(name), size: Number(size), modified: Number(modified) };
    }
  }

  async remove(name: string): Promise<void> {
    await this.#database.ask("DELETE FROM blobs WHERE name = $1", [name]);
  }
}
