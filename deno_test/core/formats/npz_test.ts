/** `.npz`: round trips, archives by other tools, limits, and damage. */

import { bytesSource, FormatError, Random, tensor } from "@countergrade/countergrade";
import {
  openNpyRows,
  openNpz,
  openZip,
  readNpz,
  writeNpy,
  writeNpz,
} from "@countergrade/countergrade/formats";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { mutated } from "../../mutate.ts";

const reference = new URL("../../../../shared/reference/tiny_gray32.npz", import.meta.url);
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

/** Bytes in pieces of a length that fits nothing. */
async function* pieces(bytes: Uint8Array, length = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield await bytes.subarray(at, at + length);
}

/** All rows of all chunks. */
async function rowsOf(chunks: AsyncIterable<Uint8Array>, count: number): Promise<number[]> {
  await using rows = await openNpyRows(chunks);
  const out: number[] = [];
  for (let block; (block = await rows.next(count)).length;) out.push(...block);
  return out;
}

Deno.test("npz: 5,000 damaged files give arrays or a FormatError, in blocks as at once", async () => {
  const random = new Random(0);
  const data = Uint8Array.from({ length: 60 }, () => random.integer(256));
  const content = {
    train_images: { shape: [5, 3, 4], data },
    train_labels: Uint8Array.of(0, 1, 2),
  };
  const files = [false, true].map((compress) => writeNpz(content, { compress }));
  let refused = 0;
  for (let i = 0; i < 5_000; i++) {
    const file = mutated(files[i % 2], random);
    try {
      const read = readNpz(file, { limit: 2 ** 20 });
      for (const array of read.values()) assert(array.data.length <= 2 ** 20);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused++;
    }
    if (i % 20) continue;
    try {
      const archive = openZip(bytesSource(file), { limit: 2 ** 20 });
      await rowsOf(archive.chunks("train_images.npy"), 2);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  assert(refused > 2_500, `${refused}`);
});

Deno.test("npz: rows come in blocks, whatever pieces the file comes in", async () => {
  const data = Uint8Array.from({ length: 60 }, (_, i) => i);
  const file = writeNpy(data, [5, 3, 4]);
  for (const length of [1, 7, 64, 1000]) {
    assertEquals(await rowsOf(pieces(file, length), 2), [...data]);
  }
  await using rows = await openNpyRows(pieces(file));
  assertEquals(rows.shape, [5, 3, 4]);
  assertEquals((await rows.next(4)).length, 48);
  assertEquals((await rows.next(4)).length, 12);
  assertEquals((await rows.next(4)).length, 0);
});

Deno.test("npz: rows that are cut, too many, of another type or order are FormatErrors", async () => {
  const file = writeNpy(Uint8Array.from({ length: 60 }, (_, i) => i), [5, 12]);
  const longer = new Uint8Array([...file, 0]);
  const fortran = Uint8Array.from(file);
  const text = new TextDecoder("latin1").decode(file.subarray(10, 128));
  fortran.set(new TextEncoder().encode(text.replace("False", "True ")), 10);
  for (
    const [bytes, reason] of [
      [file.subarray(0, 150), "38 are missing"],
      [file.subarray(0, 60), "header is truncated"],
      [file.subarray(0, 5), "does not start"],
      [longer, "more bytes than elements"],
      [writeNpy(Float32Array.of(1, 2)), "it is f4"],
      [fortran, "column-major"],
    ] as const
  ) {
    await assertRejects(() => rowsOf(pieces(bytes), 2), FormatError, reason);
  }
});

Deno.test("zip: an entry in chunks is the entry, and damage shows", async () => {
  const random = new Random(4);
  const big = Uint8Array.from({ length: 3_000_000 }, () => random.integer(4));
  for (const compress of [false, true]) {
    const bytes = writeNpz({ big }, { compress });
    const read = async (file: Uint8Array) => {
      const chunks = [];
      for await (const chunk of openZip(file).chunks("big.npy")) chunks.push(chunk.slice());
      return chunks;
    };
    const chunks = await read(bytes);
    assert(chunks.length > 10, `${chunks.length}`);
    assertEquals(
      new Uint8Array(await new Blob(chunks).arrayBuffer()),
      openZip(bytes).get("big.npy"),
    );
    const damaged = bytes.slice();
    damaged[400_000] ^= 1;
    await assertRejects(() => read(damaged), FormatError, compress ? undefined : "checksum");
    await assertRejects(() => Array.fromAsync(openZip(bytes).chunks("x")), FormatError, '"x"');
  }
});
