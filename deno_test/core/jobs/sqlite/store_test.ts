/** The store in SQLite: what every store promises, at once and late, and what only a file has. */

import { InputError, StorageError } from "@countergrade/countergrade";
import { EVERYBODY, type Store } from "@countergrade/countergrade/jobs";
import {
  type OpenStore,
  register,
  STORE_REST,
  storeChecks,
  work,
} from "@countergrade/countergrade/testing";
import { SqliteStore } from "../../../../core/jobs/sqlite/store.ts";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TO_VERSION_2 } from "./layout_of_before.ts";

/** A store whose every answer comes in a later turn. */
function late(store: SqliteStore): Store {
  const delayed = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          await new Promise((resolve) => setTimeout(resolve));
          return value.apply(target, given);
        };
      },
    });
  const { access, artifacts, jobs, queue, events, checkpoints, keeping, bus } = store;
  return {
    access: delayed(access),
    artifacts: delayed(artifacts),
    jobs: delayed(jobs),
    queue: delayed(queue),
    events: delayed(events),
    checkpoints: delayed(checkpoints),
    keeping: delayed(keeping),
    bus,
    close: () => store.close(),
  };
}

function opened(shown: (store: SqliteStore) => Store): Promise<OpenStore> {
  let now = 0;
  const store = new SqliteStore(":memory:", { now: () => now, rest: STORE_REST });
  return Promise.resolve({
    store: shown(store),
    later: (ms) => Promise.resolve(void (now += ms)),
    [Symbol.asyncDispose]: () => Promise.resolve(store.close()),
  });
}

register("SQLite", storeChecks(() => opened((store) => store)));
register("SQLite that answers late", storeChecks(() => opened(late)));

Deno.test("the file outlives the connection; foreign, newer and closed databases are StorageErrors", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/store.db`;
  const store = new SqliteStore(path);
  const { id } = store.queue.add(work("a"));
  using second = new SqliteStore(path);
  assertEquals(second.queue.claim("other")?.id, id);
  assertEquals(store.jobs.get(id)?.owner, "other");
  store.close();
  store.close();
  await assertRejects(
    () => Promise.resolve().then(() => store.jobs.get(id)),
    StorageError,
    "closed",
  );
  assertEquals(second.jobs.get(id)?.state, "running");
  second.close();

  const raw = new DatabaseSync(path);
  raw.exec("PRAGMA user_version = 999");
  raw.close();
  assertThrows(() => new SqliteStore(path), StorageError, "version 999");
  Deno.writeTextFileSync(path, "this is no database, but a text of some length".repeat(20));
  assertThrows(() => new SqliteStore(path), StorageError, "no database");
  assertThrows(() => new SqliteStore(`${folder}/none/store.db`), StorageError);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a database from before clients is brought to the newest layout, with its jobs", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/store.db`;
  const before = new SqliteStore(path);
  const { id } = before.queue.add(work("a"));
  before.close();
  const raw = new DatabaseSync(path);
  raw.exec(`${TO_VERSION_2} ALTER TABLE jobs DROP COLUMN client; PRAGMA user_version = 1`);
  raw.close();
  {
    using store = new SqliteStore(path);
    assertEquals(store.jobs.get(id)?.client, undefined);
    assertEquals(store.access.clients(id), [EVERYBODY]);
    assertEquals(store.queue.add({ ...work("b"), client: "me" }).client, "me");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a page has 50 unless told otherwise, at least one and at most a thousand", () => {
  using store = new SqliteStore(":memory:");
  for (let i = 0; i < 51; i++) store.queue.add({ task: "t", options: {}, seed: i, key: `${i}` });
  const page = (first?: number) => {
    const { items, more } = store.jobs.list({ first });
    return [items.length, more];
  };
  assertEquals([page(), page(1), page(50), page(51), page(1000)], [
    [50, true],
    [1, true],
    [50, true],
    [51, false],
    [51, false],
  ]);
  for (const first of [0, -1, 1.5, 1001, NaN]) {
    const error = assertThrows(() => page(first), InputError, "expected first in 1–1000");
    assertEquals(error.path, ["first"]);
  }
});
