/** Further arrays of an archive as columns of labels. */

import { writeNpy } from "@countergrade/countergrade/formats";
import { writeZip } from "../../../../core/formats/zip.ts";
import { assertEquals } from "@std/assert";
import { openNpzFile } from "../../../../plugins/datasets/npz/open.ts";
import { type Arrays, arrays, open, withFolder, write } from "./drawn_files.ts";

Deno.test("npz data set: further arrays of numbers are columns, whatever else stands beside them is none", () =>
  withFolder(async (folder) => {
    const further: Arrays = {
      train_site: { shape: [3, 1], data: Int32Array.of(7, 2, -1) },
      test_site: { shape: [2], data: Int32Array.of(2, 7) },
      train_age: { shape: [3], data: Float32Array.of(40.5, -1.25, NaN) },
      test_age: { shape: [2], data: Float32Array.of(3, 4) },
      train_masks: { shape: [3, 2], data: new Uint8Array(6) },
      test_masks: { shape: [2, 2], data: new Uint8Array(4) },
      train_alone: { shape: [3], data: Uint8Array.of(0, 1, 2) },
    };
    await write(folder, "mine.npz", { ...arrays(), ...further });
    const large = await openNpzFile("mine", `${folder}/mine.npz`, {}, `${folder}/cache`, 0);
    for (const { columns } of [await open(folder, "mine"), large]) {
      assertEquals(columns, [
        {
          name: "site",
          scale: { type: "binary", names: ["2", "7"] },
          labels: { train: Int32Array.of(1, 0, -1), test: Int32Array.of(0, 1) },
        },
        {
          name: "age",
          scale: { type: "continuous", names: ["age"] },
          labels: { train: Float64Array.of(40.5, -1.25, NaN), test: Float64Array.of(3, 4) },
        },
      ]);
    }
    const words = new TextEncoder().encode("no array");
    const bytes = writeZip(
      new Map([
        ["train_images.npy", writeNpy(new Uint8Array(8), [2, 2, 2])],
        ["train_labels.npy", writeNpy(Uint8Array.of(0, 1))],
        ["train_words.npy", words],
      ]),
    );
    await Deno.writeFile(`${folder}/odd.npz`, bytes);
    assertEquals((await open(folder, "odd")).columns, undefined);
  }));
