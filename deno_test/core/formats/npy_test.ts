/** `.npy`: round trips, byte orders, Fortran order, and damage. */

import { FormatError, tensor } from "@countergrade/countergrade";
import { npyTensor, openNpyRows, readNpy, writeNpy } from "@countergrade/countergrade/formats";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";

/** A `.npy` file with any header text. */
function file(header: string, body: ArrayBufferView, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header + "\n");
  const start = version === 1 ? 10 : 12;
  const out = new Uint8Array(start + text.length + body.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  out.set(text, start);
  out.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), start + text.length);
  return out;
}

function dict(descr: string, shape: string, order = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
}

Deno.test("npy: the order of bytes is what the mark says; no mark, |, = and < are this machine's", () => {
  const values = Float32Array.of(1, -2.5, 1e-3);
  const turned = new Uint8Array(values.slice().buffer);
  for (let at = 0; at < turned.length; at += 4) turned.subarray(at, at + 4).reverse();
  for (const mark of ["<", "=", "|", ""]) {
    assertEquals(readNpy(file(dict(`${mark}f4`, "(3,)"), values)).data, values, mark);
  }
  assertEquals(readNpy(file(dict(">f4", "(3,)"), turned)).data, values);
});

Deno.test("npy: every element type is read back as its typed array", () => {
  const stored: [string, Parameters<typeof writeNpy>[0], ArrayLike<number>][] = [
    ["u1", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ["i1", Int8Array.of(-128, 127), Int8Array.of(-128, 127)],
    ["u2", Uint16Array.of(0, 65535), Uint16Array.of(0, 65535)],
    ["i2", Int16Array.of(-32768, 1), Int16Array.of(-32768, 1)],
    ["u4", Uint32Array.of(0, 2 ** 32 - 1), Uint32Array.of(0, 2 ** 32 - 1)],
    ["i4", Int32Array.of(-(2 ** 31), 1), Int32Array.of(-(2 ** 31), 1)],
    ["u8", BigUint64Array.of(0n, 9n), Float64Array.of(0, 9)],
    ["i8", BigInt64Array.of(-5n, 9n), Float64Array.of(-5, 9)],
    ["f2", Float16Array.of(0.5, -2), Float32Array.of(0.5, -2)],
    ["f4", Float32Array.of(0.1, NaN), Float32Array.of(0.1, NaN)],
    ["f8", Float64Array.of(0.1, -Infinity), Float64Array.of(0.1, -Infinity)],
  ];
  for (const [dtype, written, expected] of stored) {
    const read = readNpy(writeNpy(written, [2, 1]));
    assertEquals<unknown>(read, { shape: [2, 1], dtype, data: expected, fortranOrder: false });
  }
});

Deno.test("npy: the header is as NumPy writes it", () => {
  // numpy.save of numpy.array([1, 2], dtype="<f4"), version 1.21.
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const expected = file(text.padEnd(117), Float32Array.of(1, 2));
  assertEquals(writeNpy(Float32Array.of(1, 2)), expected);
});

Deno.test("npy: tensors of any shape round trip", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(4), { maxLength: 4 }),
    (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const t = tensor(shape, Array.from({ length: size }, (_, i) => i));
      assertEquals(npyTensor(readNpy(writeNpy(t))), t);
    },
  ));
});

Deno.test("npy: big-endian, booleans, versions 2 and 3, a scalar", () => {
  const big = new DataView(new ArrayBuffer(8));
  big.setFloat32(0, 1.5);
  big.setFloat32(4, -2);
  assertEquals(readNpy(file(dict(">f4", "(2,)"), big, 2)).data, Float32Array.of(1.5, -2));
  assertEquals(
    readNpy(file(dict("|b1", "(2,)"), Uint8Array.of(1, 0), 3)).data,
    Uint8Array.of(1, 0),
  );
  assertEquals(readNpy(file(dict("<f8", "()"), Float64Array.of(3))).shape, []);
});

Deno.test("npy: Fortran order becomes row-major", () => {
  const body = Uint8Array.of(1, 4, 2, 5, 3, 6);
  const read = readNpy(file(dict("|u1", "(2, 3)", "True"), body));
  assertEquals(read.data, Uint8Array.of(1, 2, 3, 4, 5, 6));
  assertEquals(read.fortranOrder, true);
  const cube = readNpy(file(dict("|u1", "(2, 1, 3)", "True"), body));
  assertEquals(cube.data, Uint8Array.of(1, 2, 3, 4, 5, 6));
});

Deno.test("npy: damage is a FormatError that says what is wrong", async (t) => {
  const good = writeNpy(Float32Array.of(1, 2));
  const one = Uint8Array.of(1);
  const cases: [string, Uint8Array, string][] = [
    ["foreign", new TextEncoder().encode("PK and so on"), "does not start"],
    ["empty", new Uint8Array(0), "does not start"],
    ["version", good.with(6, 4), "expected version 1, 2 or 3, it is 4"],
    ["header truncated", good.slice(0, 50), "header of 128 bytes, the file has 50"],
    ["truncated", good.slice(0, -1), "expected 8 bytes for f4 of shape [2], there are 7"],
    ["too long", Uint8Array.from([...good, 0]), "there are 9"],
    ["text", file(dict("<U4", "(1,)"), one), "found '<U4'"],
    ["objects", file(dict("|O", "(1,)"), one), "found '|O'"],
    ["records", file("{'descr': [('a', '<f4')]}", one), "found [('a'"],
    ["inherited", file(dict("|u1", "(1,)").replace("|u1", "toString1"), one), "element type"],
    ["order", file("{'descr': '|u1'}", one), "fortran_order"],
    ["shape", file("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", one), "shape"],
    ["huge shape", file(dict("|u1", `(${"9".repeat(30)},)`), one), "whole numbers"],
    ["beyond 2^53", writeNpy(BigInt64Array.of(0n, 2n ** 60n)), "element 1 is 1152921504606846976"],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => readNpy(bytes), FormatError, message);
    });
  }
});

Deno.test("npy: writing elements that do not fill the shape is refused", () => {
  assertThrows(() => writeNpy(Uint8Array.of(1), [2]), TypeError, "expected 2 elements");
});

/** A file in chunks of `size` bytes; `ended` says whether the reader let go of it. */
function chunked(bytes: Uint8Array, size: number) {
  const state = { given: 0, ended: false };
  async function* chunks() {
    try {
      for (let at = 0; at < bytes.length; at += size) {
        state.given++;
        yield await Promise.resolve(bytes.subarray(at, at + size));
      }
    } finally {
      state.ended = true;
    }
  }
  return { chunks: chunks(), state };
}

Deno.test("npy rows: blocks of any size from chunks of any size are the array, in order and to its end", async () => {
  const values = Uint8Array.from({ length: 7 * 3 * 2 }, (_, i) => i + 1);
  for (const bytes of [writeNpy(values, [7, 3, 2]), file(dict("|u1", "(7, 3, 2)"), values, 2)]) {
    for (const size of [1, 5, 11, 12, 13, bytes.length - 1, bytes.length]) {
      for (const block of [1, 2, 7, 100]) {
        const { chunks, state } = chunked(bytes, size);
        await using rows = await openNpyRows(chunks);
        assertEquals(rows.shape, [7, 3, 2]);
        const all: number[] = [];
        for (let part = await rows.next(block); part.length; part = await rows.next(block)) {
          assertEquals(part.length % 6, 0);
          assert(part.length <= 6 * block);
          all.push(...part);
        }
        assertEquals(all, [...values], `chunks of ${size}, blocks of ${block}`);
        assert(state.given <= Math.ceil(bytes.length / size));
      }
    }
  }
});

Deno.test("npy rows: no more is read than was asked for, and a reader that leaves lets go of the file", async () => {
  const { chunks, state } = chunked(writeNpy(new Uint8Array(1000), [1000, 1]), 100);
  {
    await using rows = await openNpyRows(chunks);
    await rows.next(50);
    assert(state.given <= 3, `${state.given} chunks`);
    assert(!state.ended);
  }
  assert(state.ended);
});

Deno.test("npy rows: bytes that are missing or too many are told when they are reached", async () => {
  const bytes = writeNpy(new Uint8Array(6), [3, 2]);
  {
    await using rows = await openNpyRows(chunked(bytes.subarray(0, -3), 9).chunks);
    assertEquals((await rows.next(1)).length, 2);
    await assertRejects(() => rows.next(2), FormatError, "expected 6 bytes, 3 are missing");
  }
  const long = new Uint8Array(bytes.length + 1);
  long.set(bytes);
  await using rows = await openNpyRows(chunked(long, 9).chunks);
  assertEquals((await rows.next(2)).length, 4);
  await assertRejects(() => rows.next(1), FormatError, "more bytes than elements");
});

Deno.test("npy rows: only bytes in row-major order with at least one axis, behind a header of bounded length", async () => {
  const open = (bytes: Uint8Array) => openNpyRows(chunked(bytes, 20).chunks);
  const body = new Uint8Array(12);
  const refused: [Uint8Array, string][] = [
    [file(dict("<f4", "(3,)"), body), "it is f4"],
    [file(dict("|u1", "(3, 4)", "True"), body), "it is u1, column-major"],
    [file(dict("|u1", "()"), body), "expected u1"],
    [file(dict("|u1", "(12,)"), body).subarray(0, 30), "the header is truncated"],
    [file(dict("|u1", "(12,)") + " ".repeat(2 ** 16), body, 2), "its header would end at byte"],
    [new Uint8Array(3), "Cannot read .npy"],
    [new Uint8Array(100), "Cannot read .npy"],
  ];
  for (const [bytes, message] of refused) {
    await assertRejects(() => open(bytes), FormatError, message);
  }
  await using widest = await open(
    file(dict("|u1", "(12,)").padEnd(2 ** 16 - 13), body, 2),
  );
  assertEquals((await widest.next(12)).length, 12);
});
