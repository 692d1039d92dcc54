/** Safetensors: round trips, other element types, and damage. */

import { FormatError, type Tensor, tensor } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";

/** A file with this header and data, whatever sense they make. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

Deno.test("safetensors: what is written is read back", () => {
  fc.assert(fc.property(
    fc.dictionary(fc.string(), fc.array(fc.float({ noNaN: true }), { maxLength: 12 })),
    fc.dictionary(fc.string(), fc.string()),
    (arrays, metadata) => {
      const tensors = Object.entries(arrays)
        .filter(([name]) => name !== "__metadata__")
        .map(([name, data]): [string, Tensor] => [
          name,
          tensor([data.length, 1], data),
        ]);
      const read = readSafetensors(writeSafetensors(tensors, metadata));
      assertEquals(new Map(tensors), read.tensors);
      assertEquals(Object.entries(read.metadata).sort(), Object.entries(metadata).sort());
    },
  ));
});

Deno.test("safetensors: the bytes do not depend on the order, and data is 8-byte aligned", () => {
  const a = tensor([3], [1, 2, 3]);
  const b = tensor([], [4]);
  const bytes = writeSafetensors({ a, b }, { x: "1", y: "2" });
  assertEquals(bytes, writeSafetensors([["b", b], ["a", a]], { y: "2", x: "1" }));
  assertEquals((bytes.length - 16) % 8, 0);
  assertEquals(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
});

Deno.test("safetensors: F16 rounds to half precision and refuses what does not fit", () => {
  const bytes = writeSafetensors({ a: tensor([3], [1 / 3, -2, Infinity]) }, {}, "F16");
  assertEquals(
    readSafetensors(bytes).tensors.get("a")?.data,
    Float32Array.of(Math.f16round(1 / 3), -2, Infinity),
  );
  assertThrows(
    () => writeSafetensors({ a: tensor([2], [1, 1e5]) }, {}, "F16"),
    RangeError,
    'tensor "a": expected values within ±65504 for F16, element 1 is 100000',
  );
});

Deno.test("safetensors: every element type becomes float32", () => {
  const stored: [string, ArrayBufferView, number[]][] = [
    ["F64", Float64Array.of(0.1, -2), [Math.fround(0.1), -2]],
    ["I64", BigInt64Array.of(-3n, 5n), [-3, 5]],
    ["I32", Int32Array.of(-3, 7), [-3, 7]],
    ["U8", Uint8Array.of(0, 255), [0, 255]],
    ["BOOL", Uint8Array.of(0, 1), [0, 1]],
    ["F16", Float16Array.of(0.5, -1), [0.5, -1]],
    ["BF16", Uint16Array.of(0x3f80, 0xc000), [1, -2]],
  ];
  for (const [dtype, array, expected] of stored) {
    const data = bytesOf(array);
    const read = readSafetensors(
      file({ t: { dtype, shape: [2], data_offsets: [0, data.length] } }, data),
    );
    assertEquals(read.tensors.get("t"), tensor([2], expected), dtype);
  }
});

Deno.test("safetensors: a file at an odd address reads the same", () => {
  const bytes = writeSafetensors({ a: tensor([2], [1, 2]) });
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assertEquals(readSafetensors(shifted.subarray(3)), readSafetensors(bytes));
});

Deno.test("safetensors: damage is a FormatError that says what is wrong", async (t) => {
  const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });
  const huge = new Uint8Array(16);
  new DataView(huge.buffer).setBigUint64(0, 100_000_001n, true);
  const cases: [string, Uint8Array, string][] = [
    ["too short", new Uint8Array(7), "at least 8 bytes"],
    ["header beyond the limit", huge, "at most 100000000 bytes"],
    ["header beyond the file", file("{}").fill(9, 0, 1), "expected 9 bytes of header"],
    ["header not JSON", file("{nope"), "not JSON"],
    ["header not an object", file([1]), "JSON object"],
    ["metadata not texts", file({ __metadata__: { a: 1 } }), "__metadata__"],
    ["unknown type", file({ a: { dtype: "Q4", shape: [], data_offsets: [0, 0] } }), '"Q4"'],
    [
      "inherited type name",
      file({ a: { dtype: "constructor", shape: [], data_offsets: [0, 0] } }),
      '"constructor"',
    ],
    ["no type name", file({ a: { dtype: 3 } }), "current type is 3"],
    ["negative shape", file({ a: f32([-1], [0, 4]) }), "whole numbers"],
    ["fractional range", file({ a: f32([1], [0.5, 4.5]) }), "data_offsets"],
    ["size differs", file({ a: f32([2], [0, 4]) }, new Uint8Array(4)), "expected 8 bytes"],
    ["out of range", file({ a: f32([2], [0, 8]) }, new Uint8Array(4)), "expected 8 bytes"],
    ["rest", file({ a: f32([1], [0, 4]) }, new Uint8Array(5)), "expected 4 bytes"],
    ["gap", file({ a: f32([1], [4, 8]) }, new Uint8Array(8)), "gap"],
    [
      "overlap",
      file({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, new Uint8Array(12)),
      "overlap",
    ],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => readSafetensors(bytes), FormatError, message);
    });
  }
});

Deno.test("safetensors: no flipped or missing byte causes anything but a FormatError", () => {
  const bytes = writeSafetensors({ a: tensor([2, 2], [1, 2, 3, 4]), b: tensor([1], [5]) }, {
    k: "v",
  });
  fc.assert(
    fc.property(
      fc.nat(bytes.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.nat(bytes.length),
      (at, flip, length) => {
        const damaged = bytes.slice(0, length);
        if (at < length) damaged[at] ^= flip;
        try {
          readSafetensors(damaged);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});
