/** Pickle: every protocol's instructions, and that nothing is ever called that is not on the list. */

import { FormatError } from "@countergrade/countergrade";
import {
  PickledClass,
  PickledObject,
  plainOf,
  readPickle,
} from "../../../../core/formats/pickle/pickle.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { build, call, global, Instructions, pickle, type Pickled, tuple } from "./writer.ts";

function text(program: string): Uint8Array {
  return Uint8Array.from(program, (char) => char.charCodeAt(0));
}

Deno.test("pickle: nested JSON values round trip through protocol 2", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    fc.pre(!JSON.stringify(value).includes('"__proto__"'));
    // The writer stores whole numbers in 32 bits.
    fc.pre(!/\d{10}/.test(JSON.stringify(value)));
    assertEquals(plainOf(readPickle(pickle(value as Pickled))), value);
  }));
});

Deno.test("pickle: instructions of protocols 0 to 5", async (t) => {
  // The programs follow the listing of Python's pickletools.
  const cases: [string, string, unknown][] = [
    ["0: numbers", "(I1\nI01\nI00\nL-12345678901234567890L\nF1.5\nFnan\nl.", [
      1,
      true,
      false,
      -12345678901234567890n,
      1.5,
      NaN,
    ]],
    ["0: texts", "(S'a\\n\\x41\\''\nVb\\u00e9\nl.", ["a\nA'", "bé"]],
    ["0: list with memo", "(lp0\nI5\nag0\n0.", [5]],
    ["0: dict", "(dp0\nS'a'\nI1\ns.", { a: 1 }],
    ["0: tuple", "(I1\n(I2\ntt.", [1, [2]]],
    ["0: mark popped", "I1\n(I2\n1.", 1],
    ["1: integers", "(J\xff\xff\xff\xffK\xc8M\x01\x02l.", [-1, 200, 513]],
    ["1: float", "G\x3f\xf8\0\0\0\0\0\0.", 1.5],
    ["1: texts", "(U\x02abT\x01\0\0\0cX\x02\0\0\0\xc3\xa9l.", ["ab", "c", "é"]],
    ["1: containers", "]q\0(NK\x01e.", [null, 1]],
    ["1: dup", "K\x01" + "2\x86.", [1, 1]],
    ["2: long", "\x80\x02(\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00\x8b\x01\0\0\0\x7fl.", [
      0,
      -1,
      255,
      127,
    ]],
    ["2: beyond 2^53", "\x80\x02\x8a\x08\0\0\0\0\0\0\0\x40.", 2n ** 62n],
    ["2: tuples", "\x80\x02K\x01K\x02K\x03\x87\x85\x88\x86.", [[[1, 2, 3]], true]],
    ["3: bytes", "\x80\x03(C\x01aB\x01\0\0\0bl.", [Uint8Array.of(97), Uint8Array.of(98)]],
    ["4: frame, memo, text", "\x80\x04\x95\0\0\0\0\0\0\0\0\x8c\x01a\x94h\0\x86.", ["a", "a"]],
    ["4: sets", "\x80\x04\x8f(K\x01K\x01\x90(K\x02\x91\x86.", [[1], [2]]],
    ["4: wide lengths", "\x80\x04\x8d\x01\0\0\0\0\0\0\0a.", "a"],
    ["5: bytearray", "\x80\x05\x96\x01\0\0\0\0\0\0\0a.", Uint8Array.of(97)],
  ];
  for (const [name, program, expected] of cases) {
    await t.step(name, () => assertEquals(plainOf(readPickle(text(program))), expected));
  }
});

Deno.test("pickle: allowed constructors build plain containers", () => {
  const cases: [Pickled, unknown][] = [
    [call(global("collections", "OrderedDict"), [["a", 1], ["b", 2]]), { a: 1, b: 2 }],
    [build(call(global("collections", "OrderedDict")), { _metadata: 1 }), {}],
    [build(call(global("argparse", "Namespace")), { lr: 0.5 }), { lr: 0.5 }],
    [call(global("__builtin__", "set"), [1, 2]), [1, 2]],
    [
      call(
        global("numpy.core.multiarray", "scalar"),
        build(
          call(global("numpy", "dtype"), "f8", 0, 1),
          tuple(3, "<", null, null, null, -1, -1, 0),
        ),
        call(global("_codecs", "encode"), "\0\0\0\0\0\0\u00f8\u003f", "latin1"),
      ),
      1.5,
    ],
  ];
  for (const [value, expected] of cases) {
    assertEquals(plainOf(readPickle(pickle(value))), expected);
  }
});

Deno.test("pickle: unknown classes are refused, or inert records on request", () => {
  const member = call(global("diffae.choices", "ModelType"), "autoencoder");
  const config = build(
    new Instructions([...global("diffae.config", "TrainConfig").bytes, 0x29, 0x81]),
    { model_type: member, batch: 4 },
  );
  assertThrows(() => readPickle(pickle(config)), FormatError, "diffae.config.TrainConfig");
  const read = readPickle(pickle(config), { foreign: "inert" });
  assert(read instanceof PickledObject);
  assertEquals(plainOf(read), {
    $class: "diffae.config.TrainConfig",
    args: [],
    state: { model_type: { $class: "diffae.choices.ModelType", args: ["autoencoder"] }, batch: 4 },
  });
  const named = readPickle(pickle(global("torch", "float32")), { foreign: "inert" });
  assert(named instanceof PickledClass);
  assertEquals(plainOf(named), { $class: "torch.float32" });
  const byName = call(global("builtins", "getattr"), global("a", "Color"), "RED");
  assertEquals(plainOf(readPickle(pickle(byName), { foreign: "inert" })), {
    $class: "a.Color",
    args: ["RED"],
  });
});

Deno.test("pickle: code is refused by every instruction that could call it", async (t) => {
  const programs: [string, Uint8Array][] = [
    ["REDUCE", text("cos\nsystem\n(S'touch pwned'\ntR.")],
    ["STACK_GLOBAL", text("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.")],
    ["INST", text("(S'touch pwned'\nios\nsystem\n.")],
    ["OBJ", text("(cos\nsystem\nS'touch pwned'\no.")],
    ["NEWOBJ", text("\x80\x02csubprocess\nPopen\n(S'x'\nt\x81.")],
    ["NEWOBJ_EX", text("\x80\x04cposix\nsystem\n)}\x92.")],
    ["BUILD", text("cbuiltins\neval\n(S'1'\ntRN}b.")],
    ["named only", text("c__builtin__\nexec\n.")],
    ["a deeper module", text("cos.path\njoin\n.")],
  ];
  for (const [name, bytes] of programs) {
    for (const foreign of ["refuse", "inert"] as const) {
      await t.step(`${name}, ${foreign}`, () => {
        assertThrows(() => readPickle(bytes, { foreign }), FormatError, "not allowed");
      });
    }
  }
});

Deno.test("pickle: an inert name that JavaScript knows is not called either", () => {
  for (const name of ["Function", "eval", "constructor", "__proto__", "toString"]) {
    const read = readPickle(pickle(call(global("globalThis", name), "throw 1")), {
      foreign: "inert",
    });
    assertEquals(plainOf(read), { $class: `globalThis.${name}`, args: ["throw 1"] });
  }
  const evil = readPickle(text("(dV__proto__\n(dVpolluted\nI1\nss."));
  assertEquals(Object.keys(plainOf(evil) as object), ["__proto__"]);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("pickle: damage is a FormatError that says what is wrong", async (t) => {
  const twice = "(lp0\n" +
    Array.from({ length: 60 }, (_, i) => `(g${i}\ng${i}\nlp${i + 1}\n`).join("");
  const pairs = "]q\0(" + "K\x01".repeat(9000) + "e0" +
    "c__builtin__\nlist\nh\0\x85R0".repeat(2000);
  const dicts = "}q\0(" + Array.from({ length: 3000 }, (_, i) => `I${i}\nN`).join("") + "u0" +
    "ccollections\nOrderedDict\nh\0\x85R0".repeat(100);
  const cases: [string, string, string][] = [
    ["empty", "", "truncated at byte 0"],
    ["truncated", "X\x05\0\0\0ab", "truncated at byte 5"],
    ["no newline", "I1", "truncated"],
    ["unknown instruction", "\x01.", "unknown instruction 1 at byte 0"],
    ["protocol", "\x80\x06N.", "protocol 0 to 5, it is 6"],
    ["nothing left", ".", "stack is empty"],
    ["below the mark", "I1\n(a.", "stack is empty"],
    ["no mark", "]e.", "no mark"],
    ["memo", "h\x07.", "memo 7 is empty"],
    ["not a number", "Iabc\n.", "whole number"],
    ["not a float", "F1x\n.", "expected a number"],
    ["not quoted", "Sabc\n.", "quoted"],
    ["append to a number", "K\x01K\x02a.", "expected a list"],
    ["odd pairs", "}(K\x01u.", "expected a dict"],
    ["call of a text", "S'f'\n)R.", "expected a class"],
    ["state of a number", "K\x01Nb.", "expected an object"],
    ["outside", "Pid\n.", "outside the pickle"],
    ["extension", "\x82\x01.", "unknown instruction"],
    ["itself", "(lp0\ng0\na.", "nested beyond 100 levels"],
    ["doubled 60 times", twice + ".", "over a million parts"],
    ["copied over and over", pairs + "N.", "copies far more"],
    ["dicts copied over and over", dicts + "N.", "copies far more"],
    ["add to a list", "](K\x01\x90.", "expected a set"],
    ["encode a number", "c_codecs\nencode\n(K\x01tR.", "expected a text to encode"],
    ["a long name", `c${"a".repeat(500)}\nb\n.`, "a class name is too long"],
  ];
  for (const [name, program, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => plainOf(readPickle(text(program))), FormatError, message);
    });
  }
});

Deno.test("pickle: what is copied once may be long, and a call with many items is no bomb", () => {
  const items = Array.from({ length: 12_000 }, (_, i) => i);
  const set = plainOf(readPickle(pickle(call(global("__builtin__", "set"), items))));
  assertEquals(set, items);
});

Deno.test("pickle: random programs cause nothing but FormatErrors", () => {
  const codes = [
    ..."(.012N)]}la dsteuRbcioQIKXqhjr\x80\x81\x85\x86\x87\x88\x8a\x8f\x90\x91\x93\x94",
  ]
    .map((char) => char.charCodeAt(0));
  const byte = fc.oneof(fc.constantFrom(...codes), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (program) => {
      try {
        plainOf(readPickle(Uint8Array.from(program), { foreign: "inert" }));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
