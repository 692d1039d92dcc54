/** Labels as they are written: names, numbers, and numbers that stand for names. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { withFiles } from "./mock.ts";
import { labelingOf } from "../../../../plugins/datasets/files/labels.ts";

const names = ["none", "mild", "severe"];
const places = (written: string[], description = {}) => {
  const { indexOf } = labelingOf(written, { missing: [], ...description });
  return written.map(indexOf);
};

Deno.test("numbers stand for the description's names, unless names are written", () => {
  assertEquals(places(["0", "2", "1"], { names }), [0, 2, 1]);
  assertEquals(places(["mild", "none"], { names }), [1, 0]);
  assertEquals(places(["mild", "2"], { names }), [1, undefined]);
  assertEquals(places(["1", "3"], { names }), [1, undefined]);
  assertEquals(places(["2", "1"], { names: ["2", "1"] }), [0, 1], "names that are numbers");
});

Deno.test("a folder may have a test split alone", async () => {
  const files = { "test/a/1.png": null, "test/a/2.png": null, "test/b/3.png": null };
  await withFiles(files, ({ splits, scale }) => {
    assertEquals([splits, scale.names], [{ test: 3 }, ["a", "b"]]);
  });
});

Deno.test("without names numbers are grades and words classes; one label is no scale", () => {
  assertEquals(places(["0", "3"]), [0, 3]);
  assertEquals(places(["b", "a"]), [1, 0]);
  assertThrows(() => labelingOf(["a", "a"], { missing: [] }), FormatError, 'only "a"');
});
