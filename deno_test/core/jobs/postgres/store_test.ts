/** The store in PostgreSQL, on a server of its own: what every store promises, and what only several machines need. */

import { StorageError } from "@countergrade/countergrade";
import { BlobStore, PostgresStore, sha256 } from "@countergrade/countergrade/jobs";
import {
  type OpenStore,
  runChecks,
  STORE_LEASE,
  STORE_REST,
  storeChecks,
  work,
} from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { certificatesFor } from "./certificates.ts";
import { type PostgresServer, startPostgres } from "./server.ts";
import { until } from "../../../until.ts";

/** A store whose tables are emptied for each check; time passes by what is stored becoming older. */
async function emptied(server: PostgresServer, store: PostgresStore): Promise<OpenStore> {
  const tables = ["jobs", "artifacts", "access", "checkpoints"];
  const names = tables.map((table) => `countergrade.${table}`).join();
  await server.run("checks", `TRUNCATE ${names} CASCADE`);
  return {
    store,
    async later(ms) {
      const passed = `lease = lease - ${ms}, ready = ready - ${ms}`;
      await server.run("checks", `UPDATE countergrade.jobs SET ${passed}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("PostgreSQL", { timeout: 300_000 }, async (t) => {
  const folder = await Deno.makeTempDir();
  const certificates = await certificatesFor("localhost", folder);
  const port = freePort();
  await using server = await startPostgres(
    certificates && { address: "127.0.0.1", port, ...certificates },
  );
  if (!server) {
    console.warn("PostgreSQL 15 is absent, or must not be started here: its store is not tried");
    await Deno.remove(folder, { recursive: true });
    return;
  }

  await t.step("keeps what every store promises", async () => {
    const address = await server.database("checks");
    await using store = await PostgresStore.open(address, { lease: STORE_LEASE, rest: STORE_REST });
    const outcomes = await runChecks(storeChecks(() => emptied(server, store)));
    assertEquals(outcomes.filter(({ outcome }) => outcome !== "passed"), []);
  });

  const address = await server.database("shared");
  await using here = await PostgresStore.open(address);
  await using there = await PostgresStore.open(address);

  await t.step("two machines that ask at once for the same are given one job", async () => {
    const stores = [here, there, here, there];
    const jobs = await Promise.all(stores.map((store) => store.queue.add(work("once"))));
    assertEquals(new Set(jobs.map(({ id }) => id)).size, 1);
    const claims = await Promise.all(stores.map((store, i) => store.queue.claim(`w${i}`)));
    assertEquals(claims.filter((job) => job !== undefined).length, 1);
    const job = claims.find((job) => job !== undefined)!;
    assert(await here.queue.finish(job, { state: "done", result: 1 }));
  });

  await t.step({
    name: "over the network a certificate is asked for, and a password, each by a file",
    ignore: !certificates,
    async fn() {
      await server.run("shared", "CREATE ROLE remote LOGIN SUPERUSER PASSWORD 'very secret'");
      await Deno.writeTextFile(`${folder}/password`, "very secret\n");
      await Deno.writeTextFile(`${folder}/wrong`, "guessed\n");
      const opened = async (ca: string | undefined, password = "password") => {
        const query = new URLSearchParams({ password: `${folder}/${password}` });
        if (ca) query.set("ca", ca);
        else query.set("tls", "off");
        const at = `postgres://remote@localhost:${port}/shared?${query}`;
        await using store = await PostgresStore.open(at, { patience: 300 });
        return await store.jobs.count();
      };
      assert(await opened(certificates!.ca) > 0);
      const other = await Deno.makeTempDir({ dir: folder });
      const { ca } = (await certificatesFor("localhost", other))!;
      const refused = (what: Promise<unknown>, why: string) =>
        assertRejects(() => what, StorageError, why);
      await refused(opened(ca), "its certificate is not trusted");
      await refused(opened(undefined), "it refuses this user");
      await refused(opened(certificates!.ca, "wrong"), "it refuses this user");
    },
  });

  await t.step("events of one machine ring on the other, once they are there", async () => {
    const { id } = await here.queue.add(work("rung"));
    const rung = Promise.withResolvers<number>();
    const forget = there.bus.subscribe(id, () => rung.resolve(there.events.count(id)));
    const job = (await here.queue.claim("me", { id }))!;
    await here.events.append(job, [{ type: "started", attempt: 1 }]);
    assertEquals(await rung.promise, 1);
    forget();
    const cancelled = Promise.withResolvers<void>();
    here.bus.subscribe(`${id} cancel`, cancelled.resolve);
    await there.queue.cancel(id);
    await cancelled.promise;
    await here.queue.finish(job, { state: "cancelled" });
  });

  await t.step("a request that is repeated since its answer was lost writes once", async () => {
    const { id } = await here.queue.add(work("twice"));
    const job = (await here.queue.claim("me", { id }))!;
    const [started, last] = [{ type: "started", attempt: 1 }, {
      type: "warning",
      message: "last",
    }] as const;
    await here.events.append(job, [started], 0);
    const first = await here.events.append(job, [last], 1);
    assertEquals(await here.events.append(job, [last], 1), first);
    assertEquals(await here.events.count(id), 2);
    await here.queue.finish(job, { state: "cancelled" });
  });

  await t.step(
    "a file that one machine stores is read on the other, and is whole or absent",
    async () => {
      const folder = await Deno.makeTempDir();
      const [a, b] = [here, there].map(({ archive }, i) =>
        new BlobStore(`${folder}/${i}`, { archive })
      );
      const bytes = new Uint8Array(2_500_000).map((_, i) => i * 7);
      const name = await a.write(bytes, "bin");
      assertEquals(await b.has(name), true);
      assertEquals(await b.read(name), bytes);
      await Deno.truncate(b.path(name), 5);
      assertEquals(await b.read(name), bytes);
      await server.run("shared", "DELETE FROM countergrade.blob_parts WHERE part = 1");
      await Deno.remove(a.path(name));
      await assertRejects(() => a.read(name), StorageError);
      await b.remove(name);
      assertEquals([await a.has(name), await b.has(name)], [false, false]);

      const other = `${sha256("other")}.bin`;
      const breaks = {
        length: 3e6,
        subarray: (from: number) => {
          if (from > 0) throw new Error("the machine is gone");
          return bytes.subarray(0, 1e6);
        },
      } as unknown as Uint8Array;
      await assertRejects(() => here.archive.put(other, breaks), Error, "gone");
      assertEquals(await there.archive.has(other), false);
      await Deno.remove(folder, { recursive: true });
    },
  );

  await t.step(
    "files are in a folder where the address names one, those of before too",
    async () => {
      const before = `${sha256("before")}.bin`;
      await here.archive.put(before, new TextEncoder().encode("before"));
      const files = `${folder}/files`;
      const at = `${address}?blobs=${files}`;
      await assertRejects(() => PostgresStore.open(at), StorageError, "is it mounted?");
      await Deno.mkdir(files);
      await using store = await PostgresStore.open(at);
      const homes = [`${folder}/a`, `${folder}/b`];
      const [a, b] = homes.map((home) => new BlobStore(home, { archive: store.archive }));
      const name = await a.write(new Uint8Array(9), "bin");
      assertEquals(await here.archive.has(name), false);
      assertEquals([(await b.read(name)).length, (await b.read(before)).length], [9, 6]);
      const listed = (await Array.fromAsync(b.list())).map(({ name }) => name);
      assertEquals([listed.includes(name), listed.includes(before)], [true, true]);
      for (const place of [new BlobStore(files), b]) await Deno.truncate(place.path(name), 3);
      assertEquals([await b.isIntact(name), await a.isIntact(name)], [false, true]);
      for (const gone of [name, before]) await b.remove(gone);
      assertEquals([await a.has(before), await store.archive.has(name)], [false, false]);
    },
  );

  await t.step(
    "a role that may not create tables works with those that are there, and says what it lacks",
    async () => {
      await server.run(
        "shared",
        `CREATE ROLE worker LOGIN;
       GRANT USAGE ON SCHEMA countergrade TO worker;
       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA countergrade TO worker`,
      );
      await using store = await PostgresStore.open(address.replace("postgres@", "worker@"));
      const { id } = await store.queue.add(work("least"));
      const job = (await store.queue.claim("me", { id }))!;
      await store.events.append(job, [{ type: "started", attempt: 1 }]);
      await store.archive.put(`${sha256("x")}.bin`, new Uint8Array(3));
      assert(await store.queue.finish(job, { state: "done", result: 1 }));
      const empty = await server.database("empty", "worker");
      await server.run("empty", "REVOKE CREATE ON DATABASE empty FROM PUBLIC");
      const error = await assertRejects(() => PostgresStore.open(empty), StorageError);
      assertStringIncludes(error.message, "this user may not");
    },
  );

  await t.step("what is wrong with a database is said in words", async () => {
    const patience = 300;
    const none = address.replace("shared", "nowhere");
    await assertRejects(() => PostgresStore.open(none, { patience }), StorageError, "no database");
    const stranger = address.replace("postgres@", "stranger@");
    await assertRejects(() => PostgresStore.open(stranger, { patience }), StorageError, "refuses");
    const gone = address.replace(encodeURIComponent(server.socket), "%2Fnowhere");
    await assertRejects(() => PostgresStore.open(gone, { patience }), StorageError, "be reached");
    await server.run("shared", "UPDATE countergrade.layout SET version = version + 90");
    await assertRejects(() => PostgresStore.open(address), StorageError, "is version 9");
    await server.run("shared", "UPDATE countergrade.layout SET version = version - 90");
  });

  await t.step(
    "a job that one server is asked for runs at another's, and all see its events",
    async () => {
      const { Compute } = await import("../../../../server/jobs/compute.ts");
      const plugins = [new URL("../../../toy_tasks.ts", import.meta.url).href];
      const homes = [await Deno.makeTempDir(), await Deno.makeTempDir()];
      {
        // Only the second one has the plugin.
        await using first = await Compute.start({ home: homes[0], store: address, plugins: [] });
        const crew = { plugins, workers: 1 };
        await using second = await Compute.start({ home: homes[1], store: address, ...crew });
        const job = await second.submit("countUp", { steps: 30 });
        const events = await Array.fromAsync(first.watch(job.id));
        assertEquals(events.map(({ number }) => number), events.map((_, i) => i + 1));
        const done = await first.job(job.id);
        assertEquals([done.state, done.needs], ["done", ["plugin:toy-tasks@1.2.3"]]);
        const { files } = await first.artifact(done.artifacts[0]);
        assert((await first.workspace.blobs.read(files["sum.txt"])).length > 0);
        const endless = await second.submit("countUp", { steps: 10_000, delay: 5 });
        for await (const { body } of first.watch(endless.id)) if (body.type === "progress") break;
        await first.cancel(endless.id);
        for await (const _ of second.watch(endless.id));
        assertEquals((await first.job(endless.id)).state, "cancelled");
      }
      for (const home of homes) await Deno.remove(home, { recursive: true });
    },
  );

  await t.step(
    "a database that is killed and comes back has all that was acknowledged",
    async () => {
      const { id } = await here.queue.add(work("survivor"));
      const job = (await here.queue.claim("me", { id }))!;
      await here.events.append(job, [{ type: "started", attempt: 1 }], 0);
      await server.kill();
      const told = here.events.append(job, [{ type: "warning", message: "patient" }], 1);
      await server.start();
      await told;
      // In the middle of a transaction: what was still to be sent is sent to a socket that has closed.
      const large = new Uint8Array(20e6).map((_, i) => i);
      const name = `${sha256(large)}.bin`;
      const put = there.archive.put(name, large);
      const open =
        "SELECT count(*) AS n FROM pg_stat_activity WHERE xact_start < now() AND datname = 'shared'";
      await until(async () => Number((await server.run("postgres", open))[0].n) > 0);
      await server.kill();
      await server.start();
      await put;
      assertEquals(await here.archive.get(name), large);
      const events = await there.events.read(id, 0);
      assertEquals(events.map(({ body }) => body.type), ["started", "warning"]);
      assertEquals((await there.queue.heartbeat("me")).map(({ id }) => id), [id]);
      const rung = Promise.withResolvers<void>();
      there.bus.subscribe(id, rung.resolve);
      await here.queue.finish(job, { state: "done", result: 1 });
      await rung.promise;
    },
  );
  await Deno.remove(folder, { recursive: true });
});
