/** Blobs: stored once, whole or not at all, damage noticed. */

import { FormatError, InputError, StorageError } from "@countergrade/countergrade";
import { type BlobArchive, BlobStore, type StoredBlob } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { spy } from "@std/testing/mock";

const bytes = new TextEncoder().encode("an image");

/** A disk that takes half of the bytes, then is full as Linux's /dev/full is. */
async function fullDisk(path: string, content: Uint8Array): Promise<void> {
  await Deno.writeFile(path, content.subarray(0, content.length / 2));
  await Deno.writeFile("/dev/full", content);
}

async function* filesUnder(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesUnder(path);
    else yield path;
  }
}

async function withHome(test: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await test(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("a blob is named by its content, stored once, and read back", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    const name = await blobs.write(bytes, "png");
    assertEquals(await blobs.write(bytes.slice(), "png"), name);
    assertEquals(await blobs.read(name), bytes);
    assert(await blobs.has(name));
    assertEquals(await Array.fromAsync(filesUnder(home)), [blobs.path(name)]);
    assertEquals(blobs.path(name), `${home}/sha256/${name.slice(0, 2)}/${name.slice(2)}`);
  }));

Deno.test("a damaged or missing blob is a StorageError, and writing it again repairs it", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    const name = await blobs.write(bytes, "png");
    await Deno.writeFile(blobs.path(name), bytes.map((byte) => byte ^ 1));
    await assertRejects(() => blobs.read(name), StorageError, "damaged");
    await blobs.write(bytes, "png");
    assertEquals(await blobs.read(name), bytes);
    await Deno.remove(blobs.path(name));
    assertEquals(await blobs.has(name), false);
    await assertRejects(() => blobs.read(name), StorageError, "does not exist");
  }));

Deno.test("a full disk is a StorageError without paths and leaves no part of a file", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home, { write: fullDisk });
    const error = await assertRejects(
      () => blobs.write(bytes, "png"),
      StorageError,
      "disk is full",
    );
    assertEquals(error.message.includes(home), false);
    assertEquals(await Array.fromAsync(filesUnder(home)), []);
  }));

Deno.test("a blob that is got on first use is compared with its name, and stored only if it is the one", () =>
  withHome(async (home) => {
    const name = await new BlobStore(`${home}/elsewhere`).write(bytes, "png");
    await Deno.remove(`${home}/elsewhere`, { recursive: true });
    const blobs = new BlobStore(home);
    let given = new TextEncoder().encode("another image");
    let asked = 0;
    blobs.provide(name, () => (asked++, Promise.resolve(given)));
    await assertRejects(() => blobs.read(name), FormatError, "its content is another");
    assertEquals(await Array.fromAsync(filesUnder(home)), []);
    given = bytes;
    assertEquals(await blobs.read(name), bytes);
    assertEquals(await blobs.read(name), bytes);
    assertEquals(asked, 2);
  }));

Deno.test("names that are no hash are refused: nothing leads out of the store", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    const hash = "a".repeat(64);
    const bad = [
      "../x",
      `${hash}`,
      `${hash}.p/ng`,
      `${hash}.`,
      `${hash.toUpperCase()}.png`,
      `${hash}.png\n`,
    ];
    for (const name of bad) {
      assertThrows(() => blobs.path(name), InputError, "64 hexadecimal digits");
    }
    await assertRejects(() => blobs.write(bytes, "../png"), InputError);
    await assertRejects(() => blobs.read("x"), InputError);
  }));

Deno.test("sweep() removes what killed writers left, and only that", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    await blobs.sweep();
    const name = await blobs.write(bytes, "png");
    await Deno.writeFile(`${home}/partial/left`, bytes);
    await blobs.sweep(60_000);
    assertEquals((await Array.fromAsync(filesUnder(home))).length, 2);
    await blobs.sweep(-1);
    assertEquals(await Array.fromAsync(filesUnder(home)), [blobs.path(name)]);
  }));

/** Files kept for all machines, in memory. */
class Archive implements BlobArchive {
  readonly files = new Map<string, Uint8Array>();
  puts = 0;

  put(name: string, bytes: Uint8Array): Promise<void> {
    this.puts++;
    this.files.set(name, bytes);
    return Promise.resolve();
  }
  get(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(name));
  }
  has(name: string): Promise<boolean> {
    return Promise.resolve(this.files.has(name));
  }
  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
  async *list(): AsyncGenerator<StoredBlob> {
    for (const [name, { length: size }] of this.files) yield { name, size, modified: 5 };
  }
}

/** Makes a file that was stored a while ago, and found right then, one of other bytes that looks the same from outside. */
async function rot(blobs: BlobStore, name: string): Promise<void> {
  const before = new Date(Date.now() - 10_000);
  await Deno.utime(blobs.path(name), before, before);
  assert(await blobs.isIntact(name));
  await Deno.writeFile(blobs.path(name), bytes.map((byte) => byte ^ 1));
  await Deno.utime(blobs.path(name), before, before);
}

Deno.test("an archive has every file once; another machine gets it from there, and repairs its own by it", () =>
  withHome(async (home) => {
    const archive = new Archive();
    const [here, there] = ["here", "there"].map((folder) =>
      new BlobStore(`${home}/${folder}`, { archive })
    );
    const name = await here.write(bytes, "png");
    await here.write(bytes, "png");
    assertEquals([archive.puts, archive.files.get(name)], [1, bytes]);
    assertEquals(await Array.fromAsync(there.list()), [{ name, size: bytes.length, modified: 5 }]);
    assert(await there.has(name));
    assertEquals(await there.read(name), bytes);
    await rot(there, name);
    assertEquals(await there.read(name), bytes);
    await Deno.remove(there.path(name));
    assert(await there.isIntact(name));
    assertEquals(await Deno.readFile(there.path(name)), bytes);
    await here.remove(name);
    assertEquals([await here.has(name), archive.files.size], [false, 0]);
    await rot(there, name);
    await assertRejects(() => there.read(name), StorageError, "damaged");
    assertEquals(await there.isIntact(name), false);
  }));

Deno.test("an archive that gives other bytes is not believed", () =>
  withHome(async (home) => {
    const archive = new Archive();
    const name = await new BlobStore(`${home}/here`, { archive }).write(bytes, "png");
    archive.files.set(name, new TextEncoder().encode("another image"));
    const there = new BlobStore(`${home}/there`, { archive });
    await assertRejects(() => there.read(name), StorageError, "does not exist");
    assertEquals(await there.isIntact(name), false);
    assertEquals(await Deno.stat(there.path(name)).catch(() => undefined), undefined);
  }));

Deno.test("all blobs are listed with their sizes and times, and nothing else that lies there", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    assertEquals(await Array.fromAsync(blobs.list()), []);
    const name = await blobs.write(bytes, "png");
    await Deno.writeTextFile(`${blobs.path(name)}.swp`, "");
    const time = new Date(1e12);
    await Deno.utime(blobs.path(name), time, time);
    assertEquals(await Array.fromAsync(blobs.list()), [
      { name, size: bytes.length, modified: 1e12 },
    ]);
  }));

Deno.test("a file is intact until it changes, however it was stored", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    const name = await blobs.write(bytes, "png");
    {
      using opened = spy(Deno, "open");
      // What is new might change yet and look the same.
      assertEquals([await blobs.isIntact(name), await blobs.isIntact(name)], [true, true]);
      assertEquals(opened.calls.length, 2);
      const before = new Date(Date.now() - 10_000);
      await Deno.utime(blobs.path(name), before, before);
      assertEquals([await blobs.isIntact(name), await blobs.isIntact(name)], [true, true]);
      assertEquals(opened.calls.length, 3);
    }
    await Deno.writeFile(blobs.path(name), bytes.map((byte) => byte ^ 1));
    await Deno.utime(blobs.path(name), new Date(1e12), new Date(1e12));
    assertEquals([await blobs.isIntact(name), await blobs.isIntact(name)], [false, false]);
    assertEquals(await blobs.isIntact(`${"0".repeat(64)}.png`), false);
  }));

Deno.test("deleting a blob twice is no error; one that cannot be deleted is told by its name", () =>
  withHome(async (home) => {
    const blobs = new BlobStore(home);
    const name = await blobs.write(bytes, "png");
    await blobs.remove(name);
    await blobs.remove(name);
    assertEquals(await blobs.has(name), false);
    // A folder that holds something stands in its place.
    await Deno.mkdir(`${blobs.path(name)}/inside`, { recursive: true });
    assertEquals(await blobs.has(name), false);
    const error = await assertRejects(() => blobs.remove(name), StorageError);
    assert(error.message.startsWith(`Cannot delete file ${name}: `), error.message);
  }));
