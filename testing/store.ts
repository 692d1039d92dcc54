/** What a store of jobs promises, whatever it stands on. */

import { CountergradeError } from "@countergrade/countergrade";
import {
  type ClaimedJob,
  EVERYBODY,
  LeaseLostError,
  MAX_CRASHES,
  MAX_LOST,
  type Store,
} from "@countergrade/countergrade/jobs";
import { type Check, check, ensureRejects, ensureSame } from "./check.ts";
import { storeListChecks } from "./store_lists.ts";
import { artifactOf, work } from "./toy_jobs.ts";

/** A store to be checked. */
export interface OpenStore extends AsyncDisposable {
  /** Empty; its leases last {@linkcode STORE_LEASE} ms, jobs rest {@linkcode STORE_REST} ms after a second crash. */
  readonly store: Store;
  /** Lets ms pass by the store's clock. */
  later(ms: number): Promise<void>;
}

/** How long a job stays with an owner that gives no sign, in ms. */
export const STORE_LEASE = 120_000;
/** How long a job rests after its second crash, in ms. */
export const STORE_REST = 60_000;

async function claimed(store: Store, owner: string, key: string): Promise<ClaimedJob> {
  const { id } = await store.queue.add(work(key));
  return (await store.queue.claim(owner, { id }))!;
}

/**
 * The promises of a {@linkcode Store}: queue, leases, events, checkpoints, lists, access.
 *
 * @param open Opens a store for one check.
 * @example
 * ```ts
 * import { SqliteStore } from "@countergrade/countergrade/jobs";
 * import { runChecks, STORE_REST, storeChecks } from "@countergrade/countergrade/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const checks = storeChecks(() => {
 *   let now = 0;
 *   const store = new SqliteStore(":memory:", { now: () => now, rest: STORE_REST });
 *   return Promise.resolve({
 *     store,
 *     later: (ms) => Promise.resolve(void (now += ms)),
 *     [Symbol.asyncDispose]: () => Promise.resolve(store.close()),
 *   });
 * });
 * const outcomes = await runChecks(checks);
 * assertEquals(outcomes.filter(({ outcome }) => outcome !== "passed"), []);
 * ```
 */
export function storeChecks(open: () => Promise<OpenStore>): Check[] {
  const on = (name: string, run: (opened: OpenStore) => Promise<void>) =>
    check(name, async () => {
      await using opened = await open();
      await run(opened);
    });
  return [
    on("a job goes from queued to running to done, first come first served", async ({ store }) => {
      const { queue, jobs } = store;
      const first = await queue.add(work("a"));
      const second = await queue.add(work("b"));
      ensureSame("a new job", [first.state, first.attempt, first.crashes, first.seed], [
        "queued",
        0,
        0,
        3,
      ]);
      ensureSame("options", first.options, { a: 1 });
      const job = (await queue.claim("me"))!;
      ensureSame("the claimed", [job.id, job.state, job.attempt, job.owner], [
        first.id,
        "running",
        1,
        "me",
      ]);
      ensureSame("a running one", await queue.claim("you", { id: first.id }), undefined);
      ensureSame("of no task", await queue.claim("you", { tasks: ["grade"] }), undefined);
      const other = await queue.claim("you", { tasks: ["grade", "encode"] });
      ensureSame("of a task", other?.id, second.id);
      ensureSame("none left", await queue.claim("me"), undefined);
      ensureSame("owners", [...await queue.owners()].sort(), ["me", "you"]);
      ensureSame("finish()", await queue.finish(job, { state: "done", result: { n: 1 } }), true);
      const done = (await jobs.get(first.id))!;
      ensureSame("the end", [done.state, done.result, done.owner], ["done", { n: 1 }, undefined]);
      ensureSame("finished()", (await jobs.finished("a"))?.id, first.id);
      ensureSame("not finished", await jobs.finished("b"), undefined);
      ensureSame("counts()", await jobs.counts(), {
        queued: 0,
        running: 1,
        done: 1,
        failed: 0,
        cancelled: 0,
      });
    }),
    on("the result of a key is that of the newest job that is done", async ({ store }) => {
      const end = async (result?: number) => {
        const { id } = await store.queue.add(work("a"), { fresh: true });
        const job = (await store.queue.claim("me", { id }))!;
        const error = { code: "INTERNAL", message: "no" } as const;
        await store.queue.finish(
          job,
          result === undefined ? { state: "failed", error } : { state: "done", result },
        );
        return id;
      };
      await end(1);
      const second = await end(2);
      const failed = await end();
      ensureSame("the newest", (await store.jobs.finished("a"))?.id, second);
      ensureSame("an error", (await store.jobs.get(failed))?.error, {
        code: "INTERNAL",
        message: "no",
      });
    }),
    on(
      "equal jobs are one while it is on its way, unless it is being cancelled",
      async ({ store }) => {
        const { queue } = store;
        const first = await queue.add(work("a"));
        ensureSame("the same", (await queue.add(work("a"))).id, first.id);
        const fresh = await queue.add(work("a"), { fresh: true });
        ensureSame("its checkpoint", [fresh.checkpoint, first.checkpoint], [fresh.id, "a"]);
        await queue.cancel(fresh.id);
        const running = (await queue.claim("me"))!;
        ensureSame("a running one", (await queue.add(work("a"))).id, first.id);
        await queue.cancel(first.id);
        const next = await queue.add(work("a"));
        ensureSame("after cancel()", [next.state, next.id === first.id], ["queued", false]);
        ensureSame("beside the dying", await queue.claim("you", { id: next.id }), undefined);
        await queue.finish(running, { state: "cancelled" });
        ensureSame("afterwards", (await queue.claim("you", { id: next.id }))?.id, next.id);
      },
    ),
    on("whoever runs a job has what it needs", async ({ store }) => {
      const needs = ["gpu", "dataset:knees"];
      const { id } = await store.queue.add({ ...work("a"), needs });
      ensureSame("needs", (await store.jobs.get(id))?.needs, needs);
      const offering = (...there: string[]) => ({
        suits: (needs: readonly string[]) => needs.every((need) => there.includes(need)),
      });
      ensureSame("too little", await store.queue.claim("me", offering("gpu")), undefined);
      const other = await store.queue.add(work("b"));
      ensureSame("another", (await store.queue.claim("me", offering()))?.id, other.id);
      const more = offering("gpu", "dataset:knees", "dataset:eyes");
      ensureSame("enough", (await store.queue.claim("me", more))?.id, id);
    }),
    on("a lease that is lost changes nothing any more", async ({ store, later }) => {
      const { queue, events, artifacts, checkpoints } = store;
      const old = await claimed(store, "me", "a");
      await events.append(old, [{ type: "started", attempt: 1 }]);
      await checkpoints.add(old, "a", "blob-1");
      await later(STORE_LEASE + 1);
      ensureSame("reclaim()", (await queue.reclaim()).map(({ id }) => id), [old.id]);
      // The same owner again: it is the attempt that counts.
      await later(STORE_REST);
      const job = (await queue.claim("me", { id: old.id }))!;
      ensureSame("the attempt", job.attempt, 2);
      const lost = (what: string, work: () => unknown) => ensureRejects(what, work, LeaseLostError);
      await lost("append()", () => events.append(old, [{ type: "warning", message: "late" }]));
      await lost("put()", () => artifacts.put(artifactOf("late-1"), old));
      await lost(
        "put(ofJob)",
        () => artifacts.put(artifactOf("late-2"), undefined, { ofJob: old }),
      );
      await lost("add()", () => checkpoints.add(old, "a", "blob-2"));
      ensureSame("finish()", await queue.finish(old, { state: "done", result: 1 }), false);
      ensureSame("release()", await queue.release(old, "crash"), undefined);
      ensureSame("events", await events.count(old.id), 1);
      ensureSame("artifacts", await artifacts.count(), 0);
      ensureSame("checkpoints", await checkpoints.list("a"), ["blob-1"]);
      await events.append(job, [{ type: "started", attempt: 2 }]);
      ensureSame("the new owner's", await queue.finish(job, { state: "done", result: 2 }), true);
      await lost(
        "append() to an ended job",
        () => events.append(job, [{ type: "warning", message: "late" }]),
      );
      const all = await events.read(job.id, 0);
      ensureSame("the last", all.at(-1)?.body, { type: "done", result: 2 });
    }),
    on("a lease that is prolonged does not run out", async ({ store, later }) => {
      const { queue } = store;
      const job = await claimed(store, "slow", "a");
      for (let i = 0; i < 2; i++) {
        await later(STORE_LEASE - 10_000);
        ensureSame("claim()", await queue.claim("other"), undefined);
        const mine = await queue.heartbeat("slow");
        ensureSame("heartbeat()", mine.map(({ id, attempt }) => [id, attempt]), [[job.id, 1]]);
      }
      await later(STORE_LEASE + 1);
      ensureSame("taken over at once", (await queue.claim("other"))?.attempt, 2);
      ensureSame("heartbeat() of the old", await queue.heartbeat("slow"), []);
    }),
    on(
      "a job fails after three crashes, or when twelve workers were lost; a checkpoint forgets them",
      async ({ store, later }) => {
        const { queue, checkpoints, jobs, events } = store;
        const ended = async (id: string) => {
          const { state, error, attempt } = (await jobs.get(id))!;
          const told = (await events.read(id, 0)).map(({ body }) => body.type);
          return [state, error?.code, attempt, told];
        };
        const { id } = await queue.add(work("a"));
        await queue.claim("p1");
        ensureSame("of another", await queue.reclaim(["other"]), []);
        ensureSame("of the dead", (await queue.reclaim(["p1"])).map(({ state }) => state), [
          "queued",
        ]);
        const second = (await queue.claim("p2"))!;
        await checkpoints.add(second, "a", "blob-1");
        const { crashes, lost } = (await jobs.get(id))!;
        ensureSame("forgotten", [crashes, lost], [0, 0]);
        await queue.reclaim(["p2"]);
        for (let times = 1; times < MAX_LOST; times++) {
          const half = STORE_REST * [0, 1, 10, 60][Math.min(3, times - 1)] / 2;
          await later(half);
          if (half > 0) ensureSame("at rest", await queue.claim("p3"), undefined);
          await later(half);
          ensureSame(`rested ${times} times`, (await queue.claim("p3"))?.id, id);
          await queue.reclaim(["p3"]);
        }
        ensureSame("lost", await ended(id), ["failed", "LIMIT", MAX_LOST + 1, ["failed"]]);
        const other = await queue.add(work("b"));
        for (let times = 0; times < MAX_CRASHES; times++) {
          await queue.release((await queue.claim("me", { id: other.id }))!, "crash");
        }
        ensureSame("crashed", await ended(other.id), ["failed", "LIMIT", 3, ["failed"]]);
      },
    ),
    on(
      "an interruption is no crash, and whoever asks for the job itself need not wait",
      async ({ store }) => {
        const job = await claimed(store, "me", "a");
        const back = await store.queue.release(job, "interruption");
        ensureSame("given back", [back?.state, back?.crashes], ["queued", 0]);
        for (let crashes = 0; crashes < 2; crashes++) {
          await store.queue.release((await store.queue.claim("me"))!, "crash");
        }
        ensureSame("at rest", await store.queue.claim("me"), undefined);
        ensureSame("by id", (await store.queue.claim("me", { id: job.id }))?.attempt, 4);
      },
    ),
    on(
      "cancel() ends what waits, asks the owner of what runs, and leaves what has ended",
      async ({ store }) => {
        const { queue, events } = store;
        const queued = await queue.add(work("a"));
        ensureSame("queued", (await queue.cancel(queued.id))?.state, "cancelled");
        const running = await claimed(store, "me", "b");
        ensureSame("running", (await queue.cancel(running.id))?.state, "running");
        const mine = await queue.heartbeat("me");
        ensureSame("asked", mine.map((job) => job.cancelRequested), [true]);
        const dead = await queue.reclaim(["me"]);
        ensureSame("of the dead", dead.map(({ state }) => state), ["cancelled"]);
        ensureSame("ended", (await queue.cancel(running.id))?.state, "cancelled");
        ensureSame("events", await events.count(running.id), 1);
        ensureSame("none", await queue.cancel("job-none"), undefined);
      },
    ),
    on(
      "a job's parts are jobs beside the others: taken by anybody, not listed, gone with the whole",
      async ({ store, later }) => {
        const { queue, jobs, checkpoints } = store;
        await queue.add({ ...work("a"), client: "ann", needs: ["gpu"] });
        const whole = (await queue.claim("me"))!;
        const parts = [1, 2, 3].map((n) => ({ part: { n }, checkpoint: `part ${n}` }));
        await queue.split(whole, parts.slice(0, 2));
        await queue.split(whole, parts);
        ensureSame("the list", (await jobs.list()).items.map(({ id }) => id), [whole.id]);
        ensureSame("its count", await jobs.count({ state: "queued" }), 0);
        const of = { parent: whole.id, order: "oldest" } as const;
        const states = async () => (await jobs.list(of)).items.map(({ state }) => state);
        ensureSame("each is there once", await states(), ["queued", "queued", "queued"]);
        const first = (await queue.claim("you"))!;
        const { task, options, seed, needs, part, parent, client, checkpoint } = first;
        ensureSame("a part", { task, options, seed, needs, part, parent, client, checkpoint }, {
          ...{ task: whole.task, options: whole.options, seed: whole.seed, needs: ["gpu"] },
          ...{ part: { n: 1 }, parent: whole.id, client: undefined, checkpoint: "part 1" },
        });
        ensureSame("who sees it", await store.access.clients(first.id), ["ann"]);
        ensureSame("of another", await queue.claim("me", { parent: "job-none" }), undefined);
        // A crash of the whole is forgotten once a part has come to something.
        await queue.reclaim(["me"]);
        ensureSame("lost", (await jobs.get(whole.id))?.lost, 1);
        await checkpoints.add(first, first.checkpoint, "blob-1");
        ensureSame("none", (await jobs.get(whole.id))?.lost, 0);
        await queue.finish(first, { state: "done", result: {} });
        const again = (await queue.claim("me", { id: whole.id }))!;
        await ensureRejects("split()", () => queue.split(whole, parts), LeaseLostError);
        await queue.split(again, parts.slice(1));
        ensureSame("what is done stays", await states(), ["done", "queued", "queued"]);
        const second = (await queue.claim("me", { parent: whole.id }))!;
        ensureSame("the next", second.part, { n: 2 });
        await later(1);
        await queue.cancel(whole.id);
        ensureSame("until the whole ends", await states(), ["done", "running", "queued"]);
        await queue.finish(again, { state: "cancelled" });
        ensureSame("with the whole", await states(), ["done", "running", "cancelled"]);
        ensureSame("asked to stop", (await jobs.get(second.id))?.cancelRequested, true);
      },
    ),
    on("a job that waits is told where it stands, once until that changes", async ({ store }) => {
      const { queue, events } = store;
      const { id } = await queue.add(work("a"));
      const tell = (position: number, secondsLeft?: number) =>
        queue.tell(id, { type: "queued", position, ahead: [], secondsLeft });
      await tell(2, 10);
      await tell(2, 9);
      await tell(1);
      await queue.claim("me");
      await tell(3);
      const told = (await events.read(id, 0)).map(({ body }) => body);
      ensureSame("told", told, [
        { type: "queued", position: 2, ahead: [], secondsLeft: 10 },
        { type: "queued", position: 1, ahead: [] },
      ]);
    }),
    on("events are numbered per job without gaps and ring the bus", async ({ store }) => {
      const { events, bus } = store;
      const [a, b] = [await claimed(store, "me", "a"), await claimed(store, "me", "b")];
      const rung = Promise.withResolvers<void>();
      const unsubscribe = bus.subscribe(a.id, () => rung.resolve());
      const warning = (message: string) => ({ type: "warning", message }) as const;
      await events.append(a, [warning("1")]);
      await rung.promise;
      unsubscribe();
      await events.append(b, [warning("b")]);
      await events.append(a, [warning("2"), warning("3"), { type: "started", attempt: 2 }]);
      const numbers = async (...asked: Parameters<typeof events.read>) =>
        (await events.read(...asked)).map(({ number }) => number);
      ensureSame("all", await numbers(a.id, 0), [1, 2, 3, 4]);
      ensureSame("another's", await numbers(b.id, 0), [1]);
      ensureSame("a part", await numbers(a.id, 1, 2), [2, 3]);
      ensureSame("count()", await events.count(a.id), 4);
      ensureSame("latest()", (await events.latest(a.id, "warning"))?.body, warning("3"));
      ensureSame("no latest()", await events.latest(b.id, "started"), undefined);
    }),
    on("of checkpoints the newest and the one before are kept", async ({ store }) => {
      const { checkpoints, queue } = store;
      const job = await claimed(store, "me", "a");
      const other = await claimed(store, "me", "b");
      ensureSame("none", await checkpoints.list("a"), []);
      await checkpoints.add(other, "b", "blob-1");
      ensureSame("first", await checkpoints.add(job, "a", "blob-1"), []);
      ensureSame("second", await checkpoints.add(job, "a", "blob-2"), []);
      ensureSame("third: another has the first", await checkpoints.add(job, "a", "blob-3"), []);
      ensureSame("fourth", await checkpoints.add(job, "a", "blob-4"), ["blob-2"]);
      ensureSame("list()", await checkpoints.list("a"), ["blob-4", "blob-3"]);
      ensureSame("still needed", await checkpoints.remove("a"), []);
      await queue.finish(job, { state: "done", result: 1 });
      ensureSame("remove()", [...await checkpoints.remove("a")].sort(), ["blob-3", "blob-4"]);
      ensureSame("gone", await checkpoints.list("a"), []);
      ensureSame("another's", await checkpoints.list("b"), ["blob-1"]);
    }),
    on(
      "what is old is forgotten but for the last event, and every file that is named is told",
      async ({ store }) => {
        const { queue, events, checkpoints, artifacts, keeping } = store;
        const file = (digit: number) => `${String(digit).repeat(64)}.png`;
        const job = await claimed(store, "me", "a");
        await events.append(job, [
          { type: "started", attempt: 1 },
          { type: "preview", step: 1, total: 1, image: file(1) },
        ]);
        await checkpoints.add(job, "a", file(2));
        await artifacts.put({ ...artifactOf("path-1"), files: { x: file(3) } });
        await artifacts.put({ ...artifactOf("noise-1"), files: { x: file(4) } });
        const named = async () => {
          const names: string[] = [];
          let part: { names: readonly string[]; next?: string } | undefined;
          do {
            part = await keeping.named(part?.next);
            names.push(...part.names);
          } while (part.next !== undefined);
          return [...new Set(names.map((name) => Number(name[0])))].sort();
        };
        const later = "9999-01-01T00:00:00.000Z";
        const forgotten = await keeping.forget(later);
        ensureSame("beside a running job", forgotten, { events: 0, checkpoints: 0, artifacts: 1 });
        ensureSame("named", await named(), [1, 2, 3]);
        await queue.finish(job, { state: "done", result: { picture: file(5) } });
        const young = await keeping.forget("1969-01-01T00:00:00.000Z");
        ensureSame("what is young", young, { events: 0, checkpoints: 0, artifacts: 0 });
        const old = await keeping.forget(later);
        ensureSame("what is old", old, { events: 2, checkpoints: 1, artifacts: 0 });
        ensureSame("the last event", (await events.read(job.id, 0)).map(({ number }) => number), [
          3,
        ]);
        ensureSame("named afterwards", await named(), [3, 5]);
      },
    ),
    on(
      "a client has at most so many unfinished jobs; others, and joined jobs, do not count",
      async ({ store }) => {
        const { queue } = store;
        const add = (key: string, client?: string) =>
          queue.add({ ...work(key), client }, { atMost: 2 });
        const { id } = await add("a", "me");
        await add("b", "me");
        ensureSame("joined", (await add("a", "me")).id, id);
        await ensureRejects("one more", () => add("c", "me"), CountergradeError);
        await add("c", "you");
        await add("d");
        const job = (await queue.claim("owner", { id }))!;
        await ensureRejects("beside a running one", () => add("e", "me"), CountergradeError);
        await queue.finish(job, { state: "done", result: 1 });
        ensureSame("afterwards", (await add("e", "me")).state, "queued");
      },
    ),
    on(
      "clients see what they asked for or joined, with its results, and what is for everybody",
      async ({ store }) => {
        const { queue, artifacts, access, jobs } = store;
        const { id } = await queue.add({ ...work("a"), client: "me" });
        const job = (await queue.claim("w", { id }))!;
        await artifacts.put(artifactOf("codes-1"), job);
        await artifacts.put(artifactOf("image-1"), undefined, { client: "me" });
        await artifacts.put(artifactOf("noise-1"), undefined, { ofJob: job });
        await artifacts.put(artifactOf("encoder-1"));
        const { id: local } = await queue.add(work("local"));
        const seen = async (viewer?: string) => [
          ...(await jobs.list({ viewer })).items.map(({ id }) => id),
          ...(await artifacts.list({ viewer })).items.map(({ id }) => id),
        ];
        ensureSame("a stranger", await seen("you"), [local, "encoder-1"]);
        const all = [local, id, "encoder-1", "noise-1", "image-1", "codes-1"];
        ensureSame("the owner", await seen("me"), all);
        ensureSame("anyone", await seen(), all);
        ensureSame("count()", await jobs.count({ viewer: "you" }), 1);
        ensureSame("results", (await jobs.get(id))?.artifacts, ["codes-1"]);
        await queue.add({ ...work("a"), client: "you" });
        ensureSame("joined", await seen("you"), [local, id, "encoder-1", "codes-1"]);
        await access.grant("image-1", EVERYBODY);
        ensureSame("granted", await access.allows("image-1", "anyone"), true);
        ensureSame("clients()", [...await access.clients("image-1")].sort(), [EVERYBODY, "me"]);
        await access.revoke("image-1", EVERYBODY);
        const blob = Object.values(artifactOf("codes-1").files)[0];
        ensureSame("a file", await access.allowsBlob(blob, "nobody"), true);
        ensureSame("no file", await access.allowsBlob("none.bin", "nobody"), false);
        ensureSame("revoked", await access.allows("image-1", "you"), false);
        ensureSame("kept", await access.allows("image-1", "me"), true);
      },
    ),
    ...storeListChecks(on),
  ];
}
