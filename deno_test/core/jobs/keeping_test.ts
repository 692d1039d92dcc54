/** What a store keeps: damage is found by name, and only what nothing needs is removed. */

import { damageIn, prune, sha256, SqliteStore, Workspace } from "@countergrade/countergrade/jobs";
import { artifactOf, work } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";

const DAY = 86_400_000;
const bytes = (text: string) => new TextEncoder().encode(text);

async function withWorkspace(
  test: (workspace: Workspace, at: (ms: number) => void) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  let now = Date.now();
  {
    await using workspace = await Workspace.open(home, {
      store: (home) => new SqliteStore(`${home}/countergrade.db`, { now: () => now }),
    });
    await test(workspace, (ms) => void (now = ms));
  }
  await Deno.remove(home, { recursive: true });
}

Deno.test("damaged and missing files are named with what they belong to; what is got later is not missing", () =>
  withWorkspace(async ({ blobs, store, ...workspace }) => {
    const names = await Promise.all(["a", "b", "c"].map((text) => blobs.write(bytes(text), "txt")));
    const elsewhere = `${sha256("d")}.txt`;
    blobs.provide(elsewhere, () => Promise.resolve(bytes("d")));
    const [a, b, c] = names;
    await store.artifacts.put({ ...artifactOf("codes-1"), files: { a, b, d: elsewhere } });
    await store.artifacts.put({ ...artifactOf("codes-2"), files: { c } });
    const found = () => Array.fromAsync(damageIn({ ...workspace, blobs, store } as Workspace));
    assertEquals(await found(), []);
    await Deno.writeTextFile(blobs.path(b), "B");
    await Deno.remove(blobs.path(c));
    assertEquals(await found(), [
      { of: "codes-1", file: "b", blob: b, problem: "damaged" },
      { of: "codes-2", file: "c", blob: c, problem: "missing" },
    ]);
  }));

Deno.test("prune() removes old events, noise, abandoned checkpoints and files without a name, nothing else", () =>
  withWorkspace(async (workspace, at) => {
    const { blobs, store } = workspace;
    const file = async (text: string) => await blobs.write(bytes(text), "png");
    const old = new Date(Date.now() - 2 * 3_600_000);
    /** A job that told of a preview and a frame, and was done or not. */
    const job = async (key: string, end?: "done" | "failed") => {
      const { id } = await store.queue.add(work(key));
      const job = (await store.queue.claim("me", { id }))!;
      const [preview, frame, checkpoint] = await Promise.all(
        ["preview", "frame", "checkpoint"].map((what) => file(`${what} ${key}`)),
      );
      await store.events.append(job, [
        { type: "preview", step: 1, total: 1, image: preview },
        { type: "frame", index: 0, frame: { image: frame } },
      ]);
      await store.checkpoints.add(job, key, checkpoint);
      const error = { code: "INTERNAL", message: "no" } as const;
      if (end === "done") await store.queue.finish(job, { state: end, result: { image: frame } });
      if (end === "failed") await store.queue.finish(job, { state: end, error });
      return { id, preview, frame, checkpoint };
    };
    const today = Date.now();
    at(today - 20 * DAY);
    const done = await job("done", "done");
    const failed = await job("failed", "failed");
    at(today - 5 * DAY);
    const recent = await job("recent", "failed");
    const running = await job("running");
    const stored = await file("stored");
    await store.artifacts.put({ ...artifactOf("path-1"), files: { stored } });
    const noise = await file("noise");
    const createdAt = new Date(0).toISOString();
    await store.artifacts.put({ ...artifactOf("noise-1"), createdAt, files: { noise } });
    const stray = await file("stray");
    const all = await Array.fromAsync(blobs.list());
    for (const { name } of all) await Deno.utime(blobs.path(name), old, old);
    const young = await file("young");

    const freed = await prune(workspace, { days: 10 });
    assert(freed.bytes > 0);
    const left = new Set((await Array.fromAsync(blobs.list())).map(({ name }) => name));
    const has = (names: string[]) => names.map((name) => left.has(name));
    assertEquals(
      has([done.frame, stored, young, recent.preview, recent.checkpoint, running.checkpoint]),
      [
        true,
        true,
        true,
        true,
        true,
        true,
      ],
    );
    assertEquals(
      has([done.preview, done.checkpoint, failed.frame, failed.checkpoint, noise, stray]),
      [
        false,
        false,
        false,
        false,
        false,
        false,
      ],
    );
    assertEquals((await store.events.read(done.id, 0)).map(({ body }) => body.type), ["done"]);
    assertEquals(await store.events.count(done.id), 3);
    assertEquals(await store.events.count(running.id), 2);
    assertEquals(await store.artifacts.get("noise-1"), undefined);
    assertEquals([freed.events, freed.checkpoints, freed.artifacts, freed.blobs], [4, 2, 1, 7]);

    // Where there is no room, even what is young goes; results stay.
    for (const { name } of await Array.fromAsync(blobs.list())) {
      await Deno.utime(blobs.path(name), old, old);
    }
    await prune(workspace, { days: 10, bytes: 1 });
    const last = new Set((await Array.fromAsync(blobs.list())).map(({ name }) => name));
    const kept = [done.frame, stored, running.preview, running.frame, running.checkpoint];
    assertEquals([...last].sort(), kept.sort());
  }));

Deno.test("all files are told, however many rows name them", () => {
  using store = new SqliteStore(":memory:");
  const files = Array.from({ length: 2_100 }, (_, i) => `${sha256(`${i}`)}.png`);
  store.queue.add(work("a"));
  const lease = store.queue.claim("me")!;
  store.events.append(
    lease,
    files.map((image, step) => ({ type: "preview", step, total: files.length, image })),
  );
  store.artifacts.put({ ...artifactOf("path-1"), files: { last: `${sha256("last")}.png` } });
  const named: string[] = [];
  let part: ReturnType<typeof store.keeping.named> | undefined;
  do {
    part = store.keeping.named(part?.next);
    named.push(...part.names);
  } while (part.next !== undefined);
  assertEquals(named.sort(), [...files, `${sha256("last")}.png`].sort());
});
