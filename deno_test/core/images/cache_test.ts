/** The cache of decoded images: built once, read in any order, rebuilt when damaged, and small in memory. */

import { CancelledError, StorageError, tensor } from "@countergrade/countergrade";
import { type ImageCache, openImageCache } from "@countergrade/countergrade/images";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { residentMemory } from "../../memory.ts";

const SHAPE: [number, number, number] = [1, 2, 2];

/** Source i gives i mod 3 images; every seventh is damaged. */
function options(folder: string | undefined, reads: number[], sources = 50) {
  return {
    folder,
    key: "toy",
    imageShape: SHAPE,
    sources,
    atOnce: 4,
    read: async (source: number) => {
      reads.push(source);
      // Later sources answer sooner.
      await new Promise((done) => setTimeout(done, 3 - source % 4));
      if (source % 7 === 6) return { skipped: `source ${source} is damaged` };
      const n = source % 3;
      const data = Array.from({ length: 4 * n }, (_, i) => Math.sin(100 * source + i));
      return { images: tensor([n, ...SHAPE], data), items: Array(n).fill(`s${source}`) };
    },
  };
}

async function check(cache: ImageCache<string>) {
  assertEquals(cache.skipped.map(({ source }) => source), [6, 13, 20, 27, 34, 41, 48]);
  assertEquals(
    cache.images.map(({ item }) => item),
    cache.images.map(({ source }) => `s${source}`),
  );
  const places = [cache.images.length - 1, 0, 5, 5];
  const { shape, data } = await cache.get(places);
  assertEquals(shape, [4, ...SHAPE]);
  places.forEach((place, row) => {
    const { source } = cache.images[place];
    const within = place - cache.images.findIndex((image) => image.source === source);
    for (let i = 0; i < 4; i++) {
      const expected = Math.sin(100 * source + 4 * within + i);
      assertAlmostEquals(data[4 * row + i], expected, 2e-5);
    }
  });
}

async function withFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("images come back by place, from memory and from a file, sources in order", async () => {
  await check(await openImageCache(options(undefined, [])));
  await withFolder(async (folder) => await check(await openImageCache(options(folder, []))));
});

Deno.test("sources are read once, and again when the file is cut off or gone", async () => {
  await withFolder(async (folder) => {
    const reads: number[] = [];
    await openImageCache(options(folder, reads));
    await check(await openImageCache(options(folder, reads)));
    assertEquals(reads.length, 50);
    await Deno.truncate(`${folder}/toy.images`, 10);
    await check(await openImageCache(options(folder, reads)));
    await Deno.writeTextFile(`${folder}/toy.json`, "{");
    await check(await openImageCache(options(folder, reads)));
    assertEquals(reads.length, 150);
  });
});

Deno.test("two that want the same cache build it once", async () => {
  await withFolder(async (folder) => {
    const reads: number[] = [];
    const both = await Promise.all([
      openImageCache(options(folder, reads)),
      openImageCache(options(folder, reads)),
    ]);
    for (const cache of both) await check(cache);
    assertEquals(reads.length, 50);
  });
});

Deno.test("an interrupted build leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    const controller = new AbortController();
    const interrupted = {
      ...options(folder, []),
      signal: controller.signal,
      onProgress: (done: number) => {
        if (done === 10) controller.abort(new CancelledError());
      },
    };
    await assertRejects(() => openImageCache(interrupted), CancelledError);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assertEquals(names, ["toy.lock"]);
    await check(await openImageCache(options(folder, [])));
  });
});

Deno.test("an unexpected error of a source is an error, and a folder that is a file a StorageError", async () => {
  const failing = { ...options(undefined, []), read: () => Promise.reject(new Error("a bug")) };
  await assertRejects(() => openImageCache(failing), Error, "a bug");
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/taken`, "");
    await assertRejects(() => openImageCache(options(`${folder}/taken`, [])), StorageError);
  });
});

Deno.test("100,000 images are read at constant memory", async () => {
  await withFolder(async (folder) => {
    const shape: [number, number, number] = [1, 32, 32];
    const images = tensor([1, ...shape], new Float32Array(1024).map((_, i) => Math.sin(i)));
    const cache = await openImageCache({
      folder,
      key: "many",
      imageShape: shape,
      sources: 100_000,
      read: (source) => Promise.resolve({ images, items: [source] }),
    });
    const before = await residentMemory();
    let sum = 0;
    for (let at = 0; at < 100_000; at += 500) {
      const { data } = await cache.get(Array.from({ length: 500 }, (_, i) => at + i));
      sum += data[1];
    }
    assertAlmostEquals(sum / 200, Math.sin(1), 1e-4);
    // The images take 205 MB in the file, 410 MB as float32.
    const grown = (await residentMemory() - before) / 2 ** 20;
    assert(grown < 150, `the memory grew by ${grown} MB`);
  });
});
