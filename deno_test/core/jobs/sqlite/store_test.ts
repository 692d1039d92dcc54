/** The store: artifacts, jobs, queue and events. */

import {
  type Artifact,
  CountergradeError,
  InputError,
  StorageError,
} from "@countergrade/countergrade";
import { EVERYBODY, LocalEventBus } from "@countergrade/countergrade/jobs";
import { SqliteStore } from "../../../../core/jobs/sqlite/store.ts";
import type { NewJob } from "../../../../core/jobs/store.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";

const work = (key: string, task = "encode"): NewJob => ({ task, options: { a: 1 }, seed: 3, key });

function artifact(id: string, kind = "codes"): Artifact {
  return {
    id,
    kind,
    createdAt: "2026-01-01T00:00:00.000Z",
    files: { "codes.safetensors": "0".repeat(64) + ".safetensors" },
    metadata: { size: 4 },
    provenance: { task: "encode", plugins: [], options: {}, seed: 0, inputs: ["encoder-1"] },
  };
}

Deno.test("a job goes from queued to running to done, first come first served", () => {
  using store = new SqliteStore(":memory:");
  const first = store.queue.add(work("a"));
  const second = store.queue.add(work("b"));
  assertEquals([first.state, first.attempts, first.seed, first.options], ["queued", 0, 3, {
    a: 1,
  }]);
  const claimed = store.queue.claim("me")!;
  assertEquals([claimed.id, claimed.state, claimed.attempts, claimed.owner], [
    first.id,
    "running",
    1,
    "me",
  ]);
  assertEquals(store.queue.claim("you", { id: first.id }), undefined);
  assertEquals(store.queue.claim("you", { tasks: ["grade"] }), undefined);
  assertEquals(store.queue.claim("you", { tasks: ["grade", "encode"] })?.id, second.id);
  assertEquals(store.queue.claim("me"), undefined);
  assertEquals(store.queue.finish(first.id, "me", { state: "done", result: { n: 1 } }), true);
  const done = store.jobs.get(first.id)!;
  assertEquals([done.state, done.result, done.owner], ["done", { n: 1 }, undefined]);
  assertEquals(store.jobs.finished("a")?.id, first.id);
  assertEquals(store.jobs.finished("b"), undefined);
});

Deno.test("the stored result of a key is that of the newest job that is done", () => {
  using store = new SqliteStore(":memory:");
  const end = (state: "done" | "failed", result?: number) => {
    const { id } = store.queue.add(work("a"), { fresh: true });
    store.queue.claim("me", { id });
    const error = { code: "INTERNAL", message: "no" } as const;
    store.queue.finish(id, "me", state === "done" ? { state, result } : { state, error });
    return id;
  };
  const first = end("done", 1);
  assertEquals(store.jobs.finished("a")?.id, first);
  const second = end("done", 2);
  assertEquals([store.jobs.finished("a")?.id, store.jobs.finished("a")?.result], [second, 2]);
  end("failed");
  assertEquals(store.jobs.finished("a")?.id, second);
  assertEquals(store.jobs.finished("b"), undefined);
});

Deno.test("equal jobs are one job while it is on its way; a fresh one has its own checkpoint", () => {
  using store = new SqliteStore(":memory:");
  const first = store.queue.add(work("a"));
  assertEquals(store.queue.add(work("a")).id, first.id);
  const fresh = store.queue.add(work("a"), { fresh: true });
  assertEquals([fresh.id === first.id, fresh.checkpoint, first.checkpoint], [false, fresh.id, "a"]);
  store.queue.cancel(first.id);
  store.queue.cancel(fresh.id);
  assertEquals(store.queue.add(work("a")).state, "queued");
});

Deno.test("only the owner of a job can end it or give it back", () => {
  using store = new SqliteStore(":memory:");
  const { id } = store.queue.add(work("a"));
  store.queue.claim("me");
  assertEquals(store.queue.finish(id, "you", { state: "cancelled" }), false);
  assertEquals(store.queue.release(id, "you", "crash"), undefined);
  assertEquals(store.events.read(id, 0), []);
  assertEquals(store.queue.release(id, "me", "interruption")?.attempts, 0);
  assertEquals(store.queue.finish(id, "me", { state: "cancelled" }), false);
});

Deno.test("a job whose process dies is tried three times, then fails; a checkpoint starts the count again", () => {
  using store = new SqliteStore(":memory:");
  const { id } = store.queue.add(work("a"));
  store.queue.claim("p1");
  assertEquals(store.queue.reclaim(["other"]), []);
  assertEquals(store.queue.reclaim(["p1"]).map(({ state }) => state), ["queued"]);
  assertEquals(store.queue.claim("p2")?.attempts, 2);
  store.queue.progressed(id, "p2");
  store.queue.reclaim(["p2"]);
  for (const owner of ["p3", "p4"]) {
    store.queue.claim(owner);
    store.queue.reclaim([owner]);
  }
  const job = store.jobs.get(id)!;
  assertEquals([job.state, job.error?.code], ["failed", "LIMIT"]);
  assertEquals(store.events.read(id, 0).map(({ body }) => body.type), ["failed"]);
});

Deno.test("a lease that is not prolonged runs out", () => {
  let now = 0;
  using store = new SqliteStore(":memory:", { now: () => now });
  const { id } = store.queue.add(work("a"));
  store.queue.claim("slow");
  now += 100_000;
  assertEquals(store.queue.claim("other"), undefined);
  assertEquals(store.queue.heartbeat("slow").map((job) => job.id), [id]);
  now += 100_000;
  assertEquals(store.queue.claim("other"), undefined);
  now += 100_000;
  assertEquals(store.queue.claim("other")?.attempts, 2);
  assertEquals(store.queue.heartbeat("slow"), []);
  assertEquals(store.queue.finish(id, "slow", { state: "done", result: {} }), false);
});

Deno.test("cancel ends a queued job, asks the owner of a running one, and leaves a finished one", () => {
  using store = new SqliteStore(":memory:");
  const queued = store.queue.add(work("a"));
  assertEquals(store.queue.cancel(queued.id)?.state, "cancelled");
  const running = store.queue.add(work("b"));
  store.queue.claim("me");
  assertEquals(store.queue.cancel(running.id)?.state, "running");
  assertEquals(store.queue.heartbeat("me").map((job) => job.cancelRequested), [true]);
  assertEquals(store.queue.reclaim(["me"]).map(({ state }) => state), ["cancelled"]);
  assertEquals(store.queue.cancel(running.id)?.state, "cancelled");
  assertEquals(store.events.read(running.id, 0).length, 1);
  assertEquals(store.queue.cancel("job-none"), undefined);
});

Deno.test("events are numbered per job without gaps and ring the bus", () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const [a, b] = ["a", "b"].map((key) => store.queue.add(work(key)).id);
  let rings = 0;
  const unsubscribe = bus.subscribe(a, () => rings++);
  for (const job of [a, b, a, a]) store.events.append(job, { type: "warning", message: job });
  unsubscribe();
  store.events.append(a, { type: "warning", message: "unheard" });
  assertEquals(store.events.read(a, 0).map(({ number }) => number), [1, 2, 3, 4]);
  assertEquals(store.events.read(b, 0).map(({ number }) => number), [1]);
  assertEquals(store.events.read(a, 1, 2).map(({ number }) => number), [2, 3]);
  assertEquals([rings, bus.size], [3, 0]);
  store.events.append(a, { type: "started", attempt: 2 });
  assertEquals(store.events.latest(a, "warning")?.body, { type: "warning", message: "unheard" });
  assertEquals(store.events.latest(b, "started"), undefined);
});

Deno.test("an artifact keeps its first row, and its job knows it", () => {
  using store = new SqliteStore(":memory:");
  const { id } = store.queue.add(work("a"));
  const first = store.artifacts.put(artifact("codes-1"), id);
  const again = store.artifacts.put({ ...artifact("codes-1"), createdAt: "later" }, id);
  assertEquals(first, artifact("codes-1"));
  assertEquals(again, first);
  store.artifacts.put(artifact("codes-2"), id);
  assertEquals(store.jobs.get(id)?.artifacts, ["codes-1", "codes-2"]);
  assertEquals(store.artifacts.get("codes-9"), undefined);
});

Deno.test("titles are kept without control and bidi characters, whoever gives them", () => {
  using store = new SqliteStore(":memory:");
  const title = "a\u0007b\u202Egnp.exe\u2028\r\n\u2066c";
  const { metadata } = store.artifacts.put({ ...artifact("codes-1"), metadata: { title, n: 1 } });
  assertEquals(metadata, { title: "abgnp.exec", n: 1 });
});

Deno.test("lists are paged by item: both orders, by kind, and new rows do not shift a page", () => {
  using store = new SqliteStore(":memory:");
  for (let i = 1; i <= 5; i++) store.artifacts.put(artifact(`codes-${i}`));
  store.artifacts.put(artifact("probe-1", "probe"));
  const ids = (query: Parameters<typeof store.artifacts.list>[0]) => {
    const { items, more } = store.artifacts.list(query);
    return [items.map(({ id }) => id), more];
  };
  assertEquals(ids({ kind: "codes", first: 2 }), [["codes-5", "codes-4"], true]);
  store.artifacts.put(artifact("codes-6"));
  assertEquals(ids({ kind: "codes", first: 2, after: "codes-4" }), [["codes-3", "codes-2"], true]);
  assertEquals(ids({ kind: "codes", first: 2, after: "codes-2" }), [["codes-1"], false]);
  assertEquals(ids({ kind: "codes", first: 2, order: "oldest", after: "codes-4" }), [[
    "codes-5",
    "codes-6",
  ], false]);
  assertEquals(ids({ kind: "codes", before: "codes-4" }), [["codes-6", "codes-5"], false]);
  assertEquals(
    ids({ kind: "codes", first: 2, order: "oldest", after: "codes-1", before: "codes-5" }),
    [["codes-2", "codes-3"], true],
  );
  assertEquals(
    ids({ kind: "codes", first: 2, backwards: true, before: "codes-1" }),
    [["codes-2", "codes-3"], true],
  );
  assertEquals([store.artifacts.count({ kind: "codes" }), store.artifacts.count()], [6, 7]);
  assertEquals(ids({ kind: "none" }), [[], false]);
  assertThrows(() => store.artifacts.list({ first: 0 }), InputError, "1–1000");
  assertThrows(() => store.jobs.list({ after: "job-none" }), InputError, "does not exist");
});

Deno.test("jobs are listed by task and state", () => {
  using store = new SqliteStore(":memory:");
  const ids = ["encode", "grade", "encode"].map((task, i) =>
    store.queue.add(work(`${i}`, task)).id
  );
  store.queue.claim("me");
  const list = (query: Parameters<typeof store.jobs.list>[0]) =>
    store.jobs.list(query).items.map(({ id }) => ids.indexOf(id));
  assertEquals(list({}), [2, 1, 0]);
  assertEquals(list({ task: "encode", order: "oldest" }), [0, 2]);
  assertEquals(list({ task: "encode", state: "queued" }), [2]);
});

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
  raw.exec("DROP TABLE access; ALTER TABLE jobs DROP COLUMN client; PRAGMA user_version = 1");
  raw.close();
  {
    using store = new SqliteStore(path);
    assertEquals(store.jobs.get(id)?.client, undefined);
    assertEquals(store.access.clients(id), [EVERYBODY]);
    assertEquals(store.queue.add({ ...work("b"), client: "me" }).client, "me");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("clients see what they asked for or joined, with its results, and what is for everybody", () => {
  using store = new SqliteStore(":memory:");
  const { id } = store.queue.add({ ...work("a"), client: "me" });
  store.artifacts.put(artifact("codes-1"), id);
  store.artifacts.put(artifact("image-1", "image"), undefined, { client: "me" });
  store.artifacts.put(artifact("noise-1", "noise"), undefined, { ofJob: id });
  store.artifacts.put(artifact("encoder-1", "encoder"));
  const { id: local } = store.queue.add(work("local"));
  const seen = (viewer?: string) => [
    ...store.jobs.list({ viewer }).items.map(({ id }) => id),
    ...store.artifacts.list({ viewer }).items.map(({ id }) => id),
  ];
  assertEquals(seen("you"), [local, "encoder-1"]);
  assertEquals(seen("me"), [local, id, "encoder-1", "noise-1", "image-1", "codes-1"]);
  assertEquals(seen(), seen("me"));
  assertEquals(store.jobs.count({ viewer: "you" }), 1);
  assertEquals(store.artifacts.count({ viewer: "you", kind: "codes" }), 0);
  store.queue.add({ ...work("a"), client: "you" });
  assertEquals(seen("you"), [local, id, "encoder-1", "codes-1"]);
  store.access.grant("image-1", EVERYBODY);
  assert(store.access.allows("image-1", "anyone"));
  store.access.revoke("image-1", EVERYBODY);
  assertEquals([store.access.allows("image-1", "you"), store.access.allows("image-1", "me")], [
    false,
    true,
  ]);
});

Deno.test("a client has at most so many unfinished jobs; others, and joined jobs, do not count", () => {
  using store = new SqliteStore(":memory:");
  const add = (key: string, client?: string) =>
    store.queue.add({ ...work(key), client }, { atMost: 2 });
  const { id } = add("a", "me");
  add("b", "me");
  assertEquals(add("a", "me").id, id);
  assertThrows(() => add("c", "me"), CountergradeError, "at most 2 at a time, 2 are");
  add("c", "you");
  add("d");
  assertEquals(store.jobs.counts(), { queued: 4, running: 0, done: 0, failed: 0, cancelled: 0 });
  store.queue.claim("owner", { id });
  assertThrows(() => add("e", "me"), CountergradeError, "at most 2");
  store.queue.finish(id, "owner", { state: "done", result: 1 });
  add("e", "me");
  assertEquals(store.jobs.counts(), { queued: 4, running: 0, done: 1, failed: 0, cancelled: 0 });
});
