/** Messages as bytes: what goes in comes out, and what is none is refused before anything is kept of it. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  frames,
  MOST_BYTES,
  packed,
  readerOf,
  rings,
  unpacked,
} from "../../../../core/host/isolation/frames.ts";

const message = {
  numbers: [NaN, -0, Infinity, undefined, null],
  text: "größer",
  arrays: [
    new Float32Array([1, NaN]),
    { deep: Float64Array.of(0.1, -0), empty: new Int32Array(0) },
    new Uint8Array([1, 2, 3]).subarray(1),
  ],
};

async function all(chunks: readonly Uint8Array[], most?: number): Promise<ArrayBuffer[]> {
  const read = readerOf(ReadableStream.from(chunks));
  return await Array.fromAsync(frames(read, { most }));
}

Deno.test("a message comes back from its frame as it was, and its arrays stay with their owner", () => {
  const frame = packed(message);
  message.arrays.forEach((array) =>
    assertEquals("buffer" in array && array.buffer.detached, false)
  );
  assertEquals(unpacked(frame.buffer), message);
});

Deno.test("members that are functions stay, other kinds of arrays are refused", () => {
  assertEquals(unpacked(packed({ call: () => 1, x: 2 }).buffer), { x: 2 });
  assertThrows(() => packed([new BigInt64Array(1)]), TypeError, "a BigInt64Array cannot go");
});

Deno.test("frames come out of a pipe whole, however it cuts them", async () => {
  const two = [packed(message), packed([7], true)];
  const bytes = new Uint8Array(two[0].length + two[1].length);
  bytes.set(two[0]);
  bytes.set(two[1], two[0].length);
  const pieces = (size: number) =>
    Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.slice(i * size, (i + 1) * size),
    );
  for (const size of [1, 15, 17, bytes.length]) {
    const out = await all(pieces(size));
    assertEquals(out.map(unpacked), [message, [7]]);
    assertEquals(out.map(rings), [false, true]);
  }
  assertEquals((await all([bytes.subarray(0, bytes.length - 1)])).length, 1);
});

Deno.test("what is no frame is refused", async () => {
  const frame = packed(message);
  const changed = (place: number, value: number) => {
    const copy = frame.slice();
    new Uint32Array(copy.buffer)[place] = value;
    return copy;
  };
  const text = new TextEncoder().encode("what a plugin prints");
  await assertRejects(() => all([text]), FormatError, "it starts with something else");
  await assertRejects(() => all([frame], frame.length - 1), FormatError, "expected at most");
  assertEquals((await all([frame], frame.length)).map(unpacked), [message]);
  assertEquals(MOST_BYTES, 0xffff_ffff);
  await assertRejects(() => all([changed(3, 2 ** 32 - 1)], 1e6), FormatError, "expected at most");
  await assertRejects(() => all([changed(3, 3)]), FormatError, "a head of");
  await assertRejects(() => all([changed(2, 2 ** 31)]), FormatError, "a head of");
  assertThrows(() => unpacked(changed(2, 3).buffer), FormatError, "its head is broken");
  // An array that reaches beyond the frame.
  assertThrows(() => unpacked(frame.slice(0, frame.length - 8).buffer), FormatError);
});
