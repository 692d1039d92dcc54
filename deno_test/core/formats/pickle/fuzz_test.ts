/** Nothing that a pickle says is executed: real ones changed at random, attacks by every instruction, and bombs. */

import { FormatError } from "@countergrade/countergrade";
import { openZip } from "@countergrade/countergrade/formats";
import {
  PickledClass,
  PickledObject,
  plainOf,
  readPickle,
} from "../../../../core/formats/pickle/pickle.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BOMBS, program } from "./hostile_pickles.ts";

const folder = new URL("../../../plugins/encoders/checkpoints/", import.meta.url);

/** The pickles of checkpoints that PyTorch wrote, and pieces of other protocols. */
const real = ["rgb64", "official", "bare"].map((name) => {
  const archive = openZip(Deno.readFileSync(new URL(`${name}.ckpt`, folder)));
  return archive.get(archive.names.find((name) => name.endsWith("data.pkl"))!);
});

/** What a pickle could call or change if it could. */
const prototypes = [Object, Array, Map, Set, Function, Promise, String, Number, Uint8Array].map((
  { prototype },
) => prototype);

function surroundings(): unknown[] {
  return [globalThis, Deno, ...prototypes].map((object) =>
    Reflect.ownKeys(object).map((key) => {
      const found = Object.getOwnPropertyDescriptor(object, key)!;
      return [key, found.value, found.get, found.set];
    })
  );
}

/** Runs `work` while every way to run code or to reach out counts as touched. */
function untouched(work: () => void): void {
  const before = surroundings();
  const touched: string[] = [];
  const doors: [object, string][] = [
    [globalThis, "eval"],
    [globalThis, "Function"],
    [globalThis, "fetch"],
    [globalThis, "Worker"],
    [Deno, "Command"],
    [Deno, "readFileSync"],
    [Deno, "writeFileSync"],
    [Deno, "openSync"],
    [Deno, "env"],
    [Deno, "dlopen"],
    [Deno, "exit"],
  ];
  const saved = doors.map(([object, name]) => Object.getOwnPropertyDescriptor(object, name)!);
  doors.forEach(([object, name]) =>
    Object.defineProperty(object, name, {
      configurable: true,
      get() {
        touched.push(name);
        throw new Error(`${name} was touched`);
      },
    })
  );
  try {
    work();
  } finally {
    doors.forEach(([object, name], i) => Object.defineProperty(object, name, saved[i]));
  }
  assertEquals(touched, []);
  const after = surroundings();
  // Compared one by one: a global's value may be a getter that assertEquals would run.
  const parts = before.flat(2);
  assert(after.flat(2).every((part, i) => Object.is(part, parts[i])), "a global was changed");
}

/** A FormatError or a value; a value's parts are data. */
function readSafely(bytes: Uint8Array): void {
  for (const foreign of ["refuse", "inert"] as const) {
    try {
      // A storage is whatever stands for it here.
      plainOf(readPickle(bytes, { foreign, persistent: () => null }));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}

/** A change of some bytes: they are replaced by a piece of the same, of another pickle, or by noise. */
const change = fc.record({
  at: fc.nat(1e6),
  length: fc.nat(20),
  piece: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.tuple(fc.nat(2), fc.nat(1e6), fc.nat(60)).map(([which, from, length]) => {
      const start = from % real[which].length;
      return real[which].subarray(start, start + length);
    }),
    fc.constantFrom(
      ...["cos\nsystem\n(S'id'\ntR", "cbuiltins\neval\n(S'1'\ntR", "R", "b", "o", "\x81", "\x92"],
      ...["c__builtin__\ngetattr\n(", "(", "t", "0", "2", "q\0", "h\0", ".", "\x93", "\x95"],
    ).map(program),
  ),
});

Deno.test("real pickles, changed at random, cause nothing but FormatErrors and touch nothing", () => {
  untouched(() =>
    fc.assert(
      fc.property(fc.nat(2), fc.array(change, { minLength: 1, maxLength: 6 }), (which, changes) => {
        let bytes = real[which];
        for (const { at, length, piece } of changes) {
          const start = at % bytes.length;
          const rest = bytes.subarray(Math.min(start + length, bytes.length));
          const joined = new Uint8Array(start + piece.length + rest.length);
          joined.set(bytes.subarray(0, start));
          joined.set(piece, start);
          joined.set(rest, start + piece.length);
          bytes = joined;
        }
        readSafely(bytes);
      }),
      { numRuns: 800, seed: 1 },
    )
  );
});

const names = [
  "os\nsystem",
  "posix\nsystem",
  "nt\nsystem",
  "subprocess\nPopen",
  "builtins\neval",
  "builtins\nexec",
  "builtins\n__import__",
  "__builtin__\ncompile",
  "builtins\nopen",
  "builtins\nsetattr",
  "builtins\ngetattr.__call__",
  "sys\nmodules",
  "importlib\nimport_module",
  "runpy\nrun_path",
  "pickle\nloads",
  "operator\nattrgetter",
  "types\nFunctionType",
  "torch.hub\nload",
  "torch.jit\nload",
  "torch.storage\n_load_from_bytes",
  "numpy\nload",
  "numpy.testing._private.utils\nrunstring",
  "cProfile\nrun",
  "webbrowser\nopen",
  "functools\npartial",
  "copyreg\n_extension_registry",
  "globalThis\neval",
  "Deno\nexit",
  "constructor\nconstructor",
  "__proto__\npolluted",
];

/** Every instruction that calls in Python, on the name that `%` stands for. */
const calls: Record<string, (module: string, name: string) => string> = {
  REDUCE: (module, name) => `c${module}\n${name}\n(S'x'\ntR.`,
  NEWOBJ: (module, name) => `\x80\x02c${module}\n${name}\n(S'x'\nt\x81.`,
  NEWOBJ_EX: (module, name) => `\x80\x04c${module}\n${name}\n(S'x'\nt}\x92.`,
  INST: (module, name) => `(S'x'\ni${module}\n${name}\n.`,
  OBJ: (module, name) => `(c${module}\n${name}\nS'x'\no.`,
  STACK_GLOBAL: (module, name) => `\x80\x04S'${module}'\nS'${name}'\n\x93S'x'\n\x85R.`,
  "by memo": (module, name) => `c${module}\n${name}\np0\n0g0\n(S'x'\ntR.`,
  "BUILD of the result": (module, name) => `c${module}\n${name}\n)R}S'__setstate__'\nS'x'\nsb.`,
  "BUILD with slots": (module, name) =>
    `c${module}\n${name}\n)\x81(N}S'__class__'\nc${module}\n${name}\nstb.`,
  "as a factory": (module, name) => `ccollections\ndefaultdict\n(c${module}\n${name}\ntR.`,
  "as an element": (module, name) => `cbuiltins\nset\n((c${module}\n${name}\nltR.`,
  "by getattr": (module, name) =>
    `cbuiltins\ngetattr\n(c${module}\n${name}\nS'__call__'\ntR(S'x'\ntR.`,
  "as a reconstructor": (module, name) =>
    `ccopy_reg\n_reconstructor\n(c${module}\n${name}\nc__builtin__\nobject\nNtR.`,
  "as a persistent id": (module, name) => `c${module}\n${name}\nQ.`,
};

Deno.test("untouched() notices a touched door and a changed global", () => {
  assertThrows(() => untouched(() => void globalThis.fetch), Error, "fetch was touched");
  const changed = globalThis as { polluted?: boolean };
  assertThrows(() => untouched(() => changed.polluted = true), Error, "a global was changed");
  delete changed.polluted;
});

Deno.test("no instruction calls what a pickle names", async (t) => {
  for (const [call, write] of Object.entries(calls)) {
    await t.step(call, () => {
      untouched(() => {
        for (const full of names) {
          const [module, name] = full.split("\n");
          const bytes = program(write(module, name));
          for (const foreign of ["refuse", "inert"] as const) {
            try {
              const value = readPickle(bytes, { foreign, persistent: (id) => id });
              assert(isInert(value), `${full} became ${Deno.inspect(value)}`);
            } catch (error) {
              if (!(error instanceof FormatError)) throw error;
            }
          }
        }
      });
    });
  }
});

/** Nothing of JavaScript's own, and no function anywhere. */
function isInert(value: unknown): boolean {
  if (typeof value === "function") return false;
  if (typeof value !== "object" || value === null) return true;
  if (value instanceof PickledClass) return true;
  if (value instanceof PickledObject) {
    return [value.state, ...value.args, ...value.list, ...value.items.keys()].every(isInert);
  }
  if (Array.isArray(value) || value instanceof Set) return [...value].every(isInert);
  if (value instanceof Map) return [...value].flat().every(isInert);
  return false;
}

Deno.test("bombs are refused, or stay small, in a process of 128 MB of heap", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      "--no-check",
      "--v8-flags=--max-old-space-size=128",
      new URL("hostile_pickles.ts", import.meta.url).pathname,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assert(Number(new TextDecoder().decode(stdout)) >= Object.keys(BOMBS).length);
});
