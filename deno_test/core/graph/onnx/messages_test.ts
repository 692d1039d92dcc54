/** Messages that are read and written anew: the same where they are plain, refused where they could be read in two ways. */

import { FormatError } from "@countergrade/countergrade";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { readMessage, writeMessage } from "../../../../core/graph/onnx/messages.ts";
import { MessageWriter } from "../../../../core/graph/onnx/protobuf_writer.ts";
import { type MessageName, type Rule, SCHEMA } from "../../../../core/graph/onnx/schema.ts";
import { MODELS } from "./models.ts";
import { type Form, ledAway } from "./mutations.ts";

const message = () => new MessageWriter();
const NAMES = Object.keys(SCHEMA) as MessageName[];
const SCALARS = ["int32", "int64", "uint64", "float", "double", "string", "bytes"];

const rulesOf = (name: MessageName): [number, Rule][] =>
  Object.entries(SCHEMA[name]).map(([field, rule]) => [Number(field), rule as Rule]);

/** Something of a kind, as a field; numbers in lists are packed. */
function sample(writer: MessageWriter, field: number, kind: string): MessageWriter {
  const item = kind.replace("[]", "");
  const packed = { float: 4, double: 8, int32: 2, int64: 2, uint64: 2 }[item];
  if (kind.endsWith("[]") && packed) return writer.bytes(field, new Uint8Array(packed).fill(5));
  if (item === "float" || item === "double") return writer.fixed(field, new Uint8Array(packed!));
  if (packed) return writer.int(field, 7);
  return writer.bytes(field, item in SCHEMA ? message() : "text");
}

const through = (name: MessageName, writer: MessageWriter) =>
  writeMessage(readMessage(writer.finish(), name), name);

Deno.test("every kind of the table is a scalar or a message of the table", () => {
  const odd = NAMES.flatMap((name) => rulesOf(name).map(([, [, kind]]) => kind.replace("[]", "")))
    .filter((kind) => !SCALARS.includes(kind) && !(kind in SCHEMA));
  assertEquals(odd, []);
});

Deno.test("every field of every message comes out as it went in, or not at all where the table says so", () => {
  let kept = 0;
  for (const name of NAMES) {
    for (const [field, [key, kind, fate]] of rulesOf(name)) {
      if (key === "externalData" || key === "dataLocation") continue;
      const writer = sample(message(), field, kind);
      assertEquals(through(name, writer), fate ? new Uint8Array() : writer.finish(), name + key);
      kept += fate ? 0 : 1;
    }
  }
  assert(kept > 60, `${kept} fields`);
});

Deno.test("what a field is not, it is not taken for: other wire types, groups, the same field twice", () => {
  for (const name of NAMES) {
    for (const [field, [key, kind]] of rulesOf(name)) {
      const whole = sample(message(), field, kind).finish();
      const wire = whole[0] & 7;
      for (const other of [0, 1, 2, 3, 4, 5, 6, 7].filter((other) => other !== wire)) {
        // Numbers of a list may come one by one.
        if (kind.endsWith("[]") && wire === 2 && ![3, 4, 6, 7].includes(other)) continue;
        const changed = message().int(field, 0).finish().map((byte, i) =>
          i === 0 ? byte & 0xf8 | other : byte
        );
        if (field < 16) assertThrows(() => readMessage(changed, name), FormatError, "written as");
      }
      const twice = sample(sample(message(), field, kind), field, kind);
      if (kind.endsWith("[]") || key === "dataLocation") continue;
      assertThrows(() => readMessage(twice.finish(), name), FormatError, `"${key}" is given twice`);
    }
  }
});

Deno.test("fields that the table lacks are refused", () => {
  for (const name of NAMES) {
    const unknown = message().bytes(99, "").finish();
    assertThrows(() => readMessage(unknown, name), FormatError, `field 99 of ${name} is unknown`);
  }
});

Deno.test("of fields that exclude each other one is taken", () => {
  const length = message().int(1, 3);
  assertEquals(through("Dimension", length), length.finish());
  assertThrows(
    () => readMessage(length.bytes(2, "n").finish(), "Dimension"),
    FormatError,
    '"dimValue" and "dimParam" exclude each other',
  );
  const type = message().bytes(1, message()).bytes(4, message()).finish();
  assertThrows(() => readMessage(type, "Type"), FormatError, "exclude each other");
});

Deno.test("lists of numbers are packed, however they came", () => {
  const packed = message().bytes(1, Uint8Array.of(2, 0xac, 2, 1));
  const single = message().int(1, 2).int(1, 300).int(1, 1);
  const mixed = message().bytes(1, Uint8Array.of(2)).bytes(1, "").int(1, 300).int(1, 1);
  for (const form of [packed, single, mixed]) {
    assertEquals(through("Tensor", form), packed.finish());
  }
  const floats = message().float(4, 1).float(4, 2);
  assertEquals(
    through("Tensor", floats),
    message().bytes(4, new Uint8Array(Float32Array.of(1, 2).buffer)).finish(),
  );
});

Deno.test("numbers that do not fit, are cut off or needlessly long are refused, packed ones too", () => {
  const cases: [MessageName, MessageWriter, string][] = [
    ["Tensor", message().int(2, 2 ** 32 + 1), "more than 32 bits"],
    ["Tensor", message().bytes(5, message().int(1, 2 ** 31).finish().slice(1)), "32 bits"],
    ["Tensor", message().bytes(7, Uint8Array.of(1, 0x80)), "cut off"],
    ["Tensor", message().bytes(7, Uint8Array.of(0x80, 0)), "longer than it need be"],
    ["Tensor", message().bytes(4, new Uint8Array(6)), "6 bytes of float are cut off"],
    ["Tensor", message().bytes(10, new Uint8Array(4)), "4 bytes of double are cut off"],
    ["Node", message().bytes(4, Uint8Array.of(0xff)), "not UTF-8"],
  ];
  for (const [name, writer, text] of cases) {
    assertThrows(() => readMessage(writer.finish(), name), FormatError, text);
  }
  assertEquals(through("Tensor", message().int(2, -1)), message().int(2, -1).finish());
});

Deno.test("a hundred messages within messages are read, more are not", () => {
  const nested = (levels: number) => {
    let graph = message();
    for (let i = 0; i < levels; i++) {
      graph = message().bytes(i % 3 === 0 ? 6 : i % 3 === 1 ? 5 : 1, graph);
    }
    return graph.finish();
  };
  readMessage(nested(99), "Graph");
  assertThrows(() => readMessage(nested(102), "Graph"), FormatError, "nested more than 100 deep");
});

Deno.test("a file of more messages than any model has is refused before they fill the memory", () => {
  const many = new Uint8Array(20).map((_, i) => i % 2 ? 0 : 0x0a);
  assertEquals(readMessage(many, "Graph", 10).node?.length, 10);
  assertThrows(() => readMessage(many, "Graph", 9), FormatError, "more than 9 parts");
});

Deno.test("a tensor with data in another file is refused by its name, wherever it is and however that is told", () => {
  let told = 0;
  for (const [about, seed] of Object.entries(MODELS)) {
    for (const form of ["short", "padded", "high"] satisfies Form[]) {
      for (const model of ledAway(seed, "keys.txt", form)) {
        const reason = {
          short: "keeps tensors in other files, as",
          padded: "need be",
          high: "no field",
        };
        assertThrows(() => readMessage(model, "Model"), FormatError, reason[form], about);
        told++;
      }
    }
  }
  assert(told > 50, `${told} models`);
  const tensor = message().bytes(8, "W");
  const named = (writer: MessageWriter) => readMessage(writer.finish(), "Tensor");
  assertThrows(() => named(tensor.int(14, 1)), FormatError, 'as "W"');
  assertThrows(() => named(message().bytes(13, "").bytes(8, "V")), FormatError, 'as "V"');
  assertThrows(() => named(message().int(14, 2)), FormatError, "other files");
  assertEquals(named(message().int(14, 0)), { dataLocation: 0 });
});

Deno.test("what was written anew is written anew the same", () => {
  for (const seed of Object.values(MODELS)) {
    const once = writeMessage(readMessage(seed, "Model"), "Model");
    assertEquals(writeMessage(readMessage(once, "Model"), "Model"), once);
  }
});
