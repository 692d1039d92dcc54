/** Codes in files of PyTorch, written by `latents/make.py`. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "@countergrade/countergrade";
import { latentsFile } from "../../../../plugins/tasks/probes/latents_file.ts";

const read = (name: string) => Deno.readFileSync(new URL(`latents/${name}`, import.meta.url));

for (const name of ["flat.pt", "nested.pt"]) {
  Deno.test(`codes and labels are read from ${name}`, () => {
    const file = latentsFile(name, read(name));
    const [train, val] = [file.get("train"), file.get("val")];
    assertEquals(["train", "val", "test"].map(file.has), [true, true, false]);
    assertEquals([train.codes.shape, val.codes.shape], [[24, 4], [12, 4]]);
    assertEquals([...train.labels.slice(0, 4)], [0, 1, 2, 0]);
    // Half precision keeps three digits.
    const off = val.codes.data.map((value, k) => Math.abs(value - train.codes.data[k]));
    assert(Math.max(...off) < 2e-3);
  });
}

Deno.test("a file without the split, and one that is none, are refused with what was expected", () => {
  const file = latentsFile("flat.pt", read("flat.pt"));
  assertThrows(
    () => file.get("test"),
    FormatError,
    'expected a tensor "test_latents", there are train_latents',
  );
  assertThrows(() => latentsFile("codes.pt", new Uint8Array(100)), FormatError);
});
