/** Checkpoints: the newest that is whole counts, and damage is told by name. */

import { StorageError } from "@countergrade/countergrade";
import { BlobStore, SqliteStore } from "@countergrade/countergrade/jobs";
import { work } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Checkpoint, removeCheckpoint } from "../../../core/jobs/checkpoint.ts";
import type { WriteFile } from "../../../core/atomic_file.ts";

class Bench implements AsyncDisposable {
  readonly store = new SqliteStore(":memory:");
  readonly blobs: BlobStore;
  readonly warnings: string[] = [];

  constructor(readonly home: string, write?: WriteFile) {
    this.blobs = new BlobStore(home, { write });
  }

  /** The checkpoint of a job that runs. */
  of(key: string): Checkpoint {
    const { id } = this.store.queue.add(work(key), { fresh: true });
    const job = { ...this.store.queue.claim("me", { id })!, checkpoint: key };
    return new Checkpoint(this, job, (message) => this.warnings.push(message));
  }

  async files(): Promise<number> {
    const folders = await Array.fromAsync(Deno.readDir(`${this.home}/sha256`));
    const files = folders.map(({ name }) =>
      Array.fromAsync(Deno.readDir(`${this.home}/sha256/${name}`))
    );
    return (await Promise.all(files)).flat().length;
  }

  async [Symbol.asyncDispose]() {
    this.store.close();
    await Deno.remove(this.home, { recursive: true });
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("the newest checkpoint is read; the one before is kept, older ones are not", async () => {
  await using bench = new Bench(await Deno.makeTempDir());
  const checkpoint = bench.of("a");
  assertEquals(await checkpoint.read(), undefined);
  for (const text of ["one", "two", "three"]) await checkpoint.write(bytes(text));
  assertEquals(await checkpoint.read(), bytes("three"));
  assertEquals(await bench.files(), 2);
  assertEquals(bench.warnings, []);
});

for (
  const [how, damage] of Object.entries({
    "a bit": (path: string) => Deno.writeTextFile(path, "thref"),
    "half of it": (path: string) => Deno.truncate(path, 2),
    "all of it": (path: string) => Deno.remove(path),
  })
) {
  Deno.test(`a checkpoint that has lost ${how} is told, and the one before counts`, async () => {
    await using bench = new Bench(await Deno.makeTempDir());
    const checkpoint = bench.of("a");
    await checkpoint.write(bytes("two"));
    await checkpoint.write(bytes("three"));
    const [last, before] = bench.store.checkpoints.list("a");
    await damage(bench.blobs.path(last));
    assertEquals(await checkpoint.read(), bytes("two"));
    assertStringIncludes(bench.warnings[0], `${last}, it is damaged or missing`);
    assertStringIncludes(bench.warnings[0], "from the one before");
    await damage(bench.blobs.path(before));
    assertEquals(await checkpoint.read(), undefined);
    assertStringIncludes(bench.warnings.at(-1)!, "the job starts anew");
    // Written again, it is whole again.
    await checkpoint.write(bytes("three"));
    assertEquals(await checkpoint.read(), bytes("three"));
  });
}

Deno.test("jobs whose checkpoints are equal leave each other's alone", async () => {
  await using bench = new Bench(await Deno.makeTempDir());
  const [a, b] = [bench.of("a"), bench.of("b")];
  await a.write(bytes("same"));
  await b.write(bytes("same"));
  for (const text of ["one", "two"]) await a.write(bytes(text));
  assertEquals(await b.read(), bytes("same"));
});

Deno.test("a checkpoint that cannot be written leaves the one before", async () => {
  let full = false;
  await using bench = new Bench(await Deno.makeTempDir(), async (path, content) => {
    await Deno.writeFile(full ? "/dev/full" : path, content);
  });
  const checkpoint = bench.of("a");
  await checkpoint.write(bytes("one"));
  full = true;
  await assertRejects(() => checkpoint.write(bytes("two")), StorageError, "disk is full");
  assertEquals(await checkpoint.read(), bytes("one"));
  assertEquals(await bench.files(), 1);
});

Deno.test("a checkpoint of 0.1 is read until there is one of today, and removed with it", async () => {
  await using bench = new Bench(await Deno.makeTempDir());
  const file = `${bench.home}/checkpoints/a`;
  await Deno.mkdir(`${bench.home}/checkpoints`);
  await Deno.writeFile(file, bytes("before"));
  const checkpoint = bench.of("a");
  assertEquals(await checkpoint.read(), bytes("before"));
  await checkpoint.write(bytes("today"));
  assertEquals(await checkpoint.read(), bytes("today"));
  await removeCheckpoint(bench, "a");
  await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
});
