/** Archives that are too large for memory: unpacked once, with the same pixels. */

import { CancelledError, CountergradeError, FormatError, Random } from "@countergrade/countergrade";
import { writeNpy, writeNpz } from "@countergrade/countergrade/formats";
import { writeZip } from "../../../../core/formats/zip.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openNpzFile } from "../../../../plugins/datasets/npz/open.ts";
import { mutated } from "../../../mutate.ts";
import { arrays, volumes, withFolder, write } from "./drawn_files.ts";

Deno.test("npz data set: what is too large for memory is unpacked once, and has the same pixels", () =>
  withFolder(async (folder) => {
    for (const channels of [1, 3]) {
      const random = new Random(channels);
      const images = (n: number) => ({
        shape: [n, 40, 50, channels],
        data: Uint8Array.from({ length: n * 2000 * channels }, () => random.integer(256)),
      });
      const path = `${folder}/big.npz`;
      const content = {
        train_images: images(2500 / channels | 0),
        train_labels: Uint8Array.from({ length: 2500 / channels | 0 }, (_, i) => i % 5),
        val_images: images(2),
        val_labels: Uint8Array.of(4, 2),
      };
      await write(folder, "big.npz", content);
      const cache = `${folder}/cache-${channels}`;
      const small = await openNpzFile("big", path, {}, cache);
      await assertRejects(() => Deno.stat(cache), Deno.errors.NotFound);
      const large = await openNpzFile("big", path, {}, cache, 1000);
      // Whoever lists data sets opens them: that must not unpack anything yet.
      await assertRejects(() => Deno.stat(cache), Deno.errors.NotFound);
      assertEquals([large.imageShape, large.labels], [small.imageShape, small.labels]);
      const seen: number[] = [];
      const controller = new AbortController();
      const onProgress = (done: number, total: number) => {
        seen.push(done / total);
        controller.abort(new CancelledError());
      };
      await assertRejects(
        () => large.prepare!({ signal: controller.signal, onProgress }),
        CancelledError,
      );
      await large.prepare!({ onProgress });
      assert(seen.length > 2 && seen.at(-1) === 1, `${seen}`);
      for (const [split, places] of [["train", [0, 832, 7, 500]], ["val", [1, 0]]] as const) {
        assertEquals(await large.images(split, places), await small.images(split, places));
      }
      const built = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name).sort();
      const again = await openNpzFile("big", path, {}, cache, 1000);
      assertEquals(again.fingerprint, large.fingerprint);
      assertEquals(await again.images("val", [1]), await small.images("val", [1]));
      assertEquals(
        (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name).sort(),
        built,
      );
    }
  }));

Deno.test("npz data set: large files that are cut, damaged or have no place to go are typed errors", () =>
  withFolder(async (folder) => {
    const path = `${folder}/big.npz`;
    const bytes = writeNpz(arrays(), { compress: true });
    await Deno.writeFile(path, bytes);
    const error = await assertRejects(
      () => openNpzFile("big", path, {}, undefined, 10),
      CountergradeError,
      "in memory 10 are allowed",
    );
    assertEquals(error.code, "LIMIT");
    await write(folder, "nodulemnist3d.npz", volumes());
    await assertRejects(
      () => openNpzFile("v", `${folder}/nodulemnist3d.npz`, { slices: "all" }, folder, 10),
      CountergradeError,
      "no other way for volumes",
    );
    const lie = writeNpy(new Uint8Array(18), [1, 2, 9]);
    lie.set(new TextEncoder().encode("(1, 9999, 9)"), lie.indexOf("(".charCodeAt(0)));
    const entries = { "train_images.npy": lie, "train_labels.npy": writeNpy(Uint8Array.of(0)) };
    await Deno.writeFile(path, writeZip(new Map(Object.entries(entries))));
    await assertRejects(
      () => openNpzFile("big", path, {}, `${folder}/cache`, 10),
      FormatError,
      "no more than the file has, they are [1, 9999, 9]",
    );
    const random = new Random(3);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      await Deno.writeFile(path, mutated(bytes, random));
      try {
        const large = await openNpzFile("big", path, {}, `${folder}/cache`, 10);
        await large.images("train", [0]);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
    await Deno.writeFile(path, bytes);
    const large = await openNpzFile("big", path, {}, `${folder}/other`, 10);
    await Deno.writeFile(path, lie);
    await assertRejects(() => large.images("train", [0]), FormatError);
    await write(folder, "big.npz", { ...arrays(), test_labels: Uint8Array.of(3, 3) });
    await assertRejects(() => large.images("train", [0]), FormatError, "has changed");
    await Deno.writeFile(path, bytes);
    assertEquals((await large.images("train", [0])).shape, [1, 1, 2, 3]);
    assert(refused > 200, `${refused}`);
    const left = await Array.fromAsync(Deno.readDir(`${folder}/cache`));
    assertEquals(left.filter(({ name }) => name.endsWith(".part")), []);
  }));
