/** The published files of MedMNIST. */

import { assert, assertEquals } from "@std/assert";
import { knownDataset } from "../../../../plugins/datasets/npz/known.ts";
import { MEDMNIST, MEDMNIST_FILES, medmnistId } from "../../../../plugins/datasets/npz/medmnist.ts";

Deno.test("npz data set: the table of MedMNIST names every published file once", () => {
  assertEquals([MEDMNIST.length, MEDMNIST_FILES.length], [18, 60]);
  const sums = MEDMNIST.flatMap(({ md5 }) => Object.values(md5));
  assert(sums.every((md5) => /^[0-9a-f]{32}$/.test(md5)));
  assertEquals(new Set(sums).size, 60);
  const ids = MEDMNIST_FILES.map(medmnistId);
  assertEquals(new Set(ids).size, 60);
  for (const id of ids) assert(knownDataset(id)?.citation.includes("2023"), id);
  assertEquals(knownDataset("retinamnist_224")?.scale.type, "ordinal");
  assertEquals(knownDataset("pathmnist_64")?.scale.names.length, 9);
  assertEquals(knownDataset("dermamnist")?.license, "CC BY-NC 4.0");
  assertEquals([knownDataset("pathmnist2"), knownDataset("xpathmnist")], [undefined, undefined]);
});
