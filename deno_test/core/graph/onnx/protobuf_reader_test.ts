/** Bytes that one reader of protocol buffers understands in another way than the next. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { varintOf, WIRE, WireReader } from "../../../../core/graph/onnx/protobuf_reader.ts";

const reader = (...bytes: number[]) => new WireReader(Uint8Array.from(bytes));

Deno.test("a tag is a field and a kind, a varint 64 bits at most", () => {
  assertEquals(reader(0x6a).tag(), { field: 13, wire: 2 });
  assertEquals(reader(0xfa, 0xff, 0xff, 0xff, 0x0f).tag(), { field: 2 ** 29 - 1, wire: 2 });
  assertEquals(varintOf(reader(0xac, 2).varint()), 300n);
  const most = Array(9).fill(0xff);
  assertEquals(varintOf(reader(...most, 1).varint()), 2n ** 64n - 1n);
});

Deno.test("fields follow each other to the end of the message, the last byte included", () => {
  assertEquals(WIRE, { varint: 0, eight: 1, chunk: 2, four: 5 });
  const message = reader(0x0a, 2, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 5, 0x22, 0);
  assertEquals([message.tag(), [...message.chunk()]], [{ field: 1, wire: 2 }, [7, 8]]);
  assertEquals([message.tag(), [...message.take(4)]], [{ field: 2, wire: 5 }, [1, 2, 3, 4]]);
  assertEquals([message.tag(), varintOf(message.varint())], [{ field: 3, wire: 0 }, 5n]);
  assertEquals([message.tag(), message.done], [{ field: 4, wire: 2 }, false]);
  assertEquals([[...message.chunk()], message.done], [[], true]);
  assertThrows(() => message.take(1), FormatError, "1 bytes reaches beyond the 0 left");
});

Deno.test("tags that C++ cuts to 32 bits are refused, as is a field without a number", () => {
  for (
    const tag of [
      [0xea, 0x80, 0x80, 0x80, 0x10],
      [0xea, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
      [0x02],
      [0x07],
    ]
  ) assertThrows(() => reader(...tag).tag(), FormatError, "there is no field");
});

Deno.test("numbers that are longer than they need be are refused, in tags, lengths and values", () => {
  const needless = [[0xea, 0], [0x80, 0x80, 0], [0xff, 0x80, 0x80, 0]];
  for (const bytes of needless) {
    for (const read of ["tag", "chunk", "varint"] as const) {
      assertThrows(() => reader(...bytes)[read](), FormatError, "longer than it need be");
    }
  }
});

Deno.test("what is cut off or has more than 64 bits is refused", () => {
  const nine = Array(9).fill(0x80);
  assertThrows(() => reader(0x80).varint(), FormatError, "cut off");
  assertThrows(() => reader().varint(), FormatError, "cut off");
  assertThrows(() => reader(...nine, 2).varint(), FormatError, "more than 64 bits");
  assertThrows(() => reader(...nine, 0x81, 1).varint(), FormatError, "more than 64 bits");
  assertThrows(() => reader(3, 1, 2).chunk(), FormatError, "3 bytes reaches beyond the 2 left");
  assertThrows(() => reader(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f).chunk(), FormatError, "beyond");
});
