/** `.npz`: round trips, archives by other tools, limits, and damage. */

import { FormatError, openNpz, readNpz, tensor, writeNpz } from "@countergrade/countergrade";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";

const reference = new URL("../../../shared/reference/tiny_gray32.npz", import.meta.url);
const hasReference = await Deno.stat(reference).then(() => true, () => false);

const sample = {
  a: tensor([2, 2], [1, 2, 3, 4]),
  "grad/b": { shape: [3, 1], data: Uint8Array.of(5, 6, 7) },
  c: Float64Array.of(0.5),
};

Deno.test("npz: arrays round trip, stored and deflated, with the same bytes each time", () => {
  for (const compress of [false, true]) {
    const bytes = writeNpz(sample, { compress });
    assertEquals(bytes, writeNpz(sample, { compress }));
    const read = readNpz(bytes);
    assertEquals([...read.keys()], ["a", "grad/b", "c"]);
    assertEquals(read.get("a")?.data, sample.a.data);
    assertEquals(read.get("grad/b")?.shape, [3, 1]);
    assertEquals(read.get("grad/b")?.data, sample["grad/b"].data);
    assertEquals(read.get("c")?.data, sample.c);
  }
});

Deno.test({
  name: "npz: a file that NumPy wrote",
  ignore: !hasReference,
  fn() {
    const file = openNpz(Deno.readFileSync(reference));
    assertEquals(file.names.slice(0, 3), ["x", "z", "t"]);
    assertEquals(file.get("x").shape, [3, 1, 32, 32]);
    assertEquals(file.get("T_inv").shape, []);
    assertEquals(file.get("T_inv").data, Float64Array.of(20));
  },
});

Deno.test("npz: a missing array is named with those that exist", () => {
  const file = openNpz(writeNpz(sample));
  assertThrows(() => file.get("d"), FormatError, 'no array "d"; there are: a, grad/b, c');
});

Deno.test("npz: what would expand beyond the limit is refused before it is expanded", () => {
  const bytes = writeNpz({ zeros: new Uint8Array(1 << 20) }, { compress: true });
  assert(bytes.length < 4096);
  assertThrows(() => openNpz(bytes, { limit: 1 << 20 }), FormatError, "limit of 1048576 bytes");
  assertEquals(openNpz(bytes, { limit: 1 << 21 }).get("zeros").data.length, 1 << 20);
});

Deno.test("npz: no flipped or missing byte causes anything but a FormatError", () => {
  const bytes = writeNpz(sample, { compress: true });
  fc.assert(
    fc.property(
      fc.nat(bytes.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      (at, flip, length) => {
        const damaged = bytes.slice(0, length);
        if (at < length) damaged[at] ^= flip;
        try {
          readNpz(damaged);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      },
    ),
    { numRuns: 1000 },
  );
});
