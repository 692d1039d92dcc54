/**
 * Python's pickle format, protocols 0 to 5, read without executing anything.
 *
 * A pickle is a program for a small stack machine that may name any Python function and have it called. Here a name is
 * looked up in a fixed list of harmless constructors (`constructors.ts`) or one given by the caller. Any other
 * name is refused, or becomes an inert record (`values.ts`): data that says which class stood there, and that
 * nothing ever calls.
 */

import { FormatError } from "../../errors.ts";
import { Machine, type PickleOptions } from "./machine.ts";
import { floatOf, intOf, intOrBool, longOf, quotedText, unescape16 } from "./scalars.ts";
import { refused } from "./values.ts";

export type { PickleConstructor } from "./constructors.ts";
export type { PickleOptions } from "./machine.ts";
export { PickledClass, PickledObject, plainOf } from "./values.ts";

/**
 * Reads a pickle. Python values become: None null; int number, or bigint beyond 2⁵³; str string; bytes Uint8Array;
 * tuple and list arrays; dict Map; set Set; a class {@linkcode PickledClass}; a foreign object
 * {@linkcode PickledObject}. {@linkcode plainOf} turns these into plain records.
 *
 * @throws {FormatError} When the pickle is damaged, or names something that is not allowed.
 * @example
 * ```ts
 * import { readPickle } from "./pickle.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * assertEquals(readPickle(bytes("(I1\nI2\nl.")), [1, 2]);
 * assertThrows(() => readPickle(bytes("cos\nsystem\n(S'ls'\ntR.")), Error, "os.system");
 * ```
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions = {}): unknown {
  const machine = new Machine(bytes, options);
  try {
    while (!machine.done) {
      const code = machine.byte();
      const run = opcodes.get(code);
      if (!run) throw refused(`unknown instruction ${code} at byte ${machine.at - 1}`);
      run(machine);
    }
    return machine.pop();
  } catch (error) {
    // The input is hostile until shown otherwise: whatever fails in here is its fault, as a list beyond what fits.
    if (error instanceof FormatError) throw error;
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
}

/** What each instruction does, by its byte: the names of Python's pickletools, oldest protocol first. */
const opcodes: ReadonlyMap<number, (m: Machine) => void> = new Map([
  // Stack and memo.
  [0x28, /* MARK */ (m) => m.marks.push(m.stack.length)],
  [0x2e, /* STOP */ (m) => m.done = true],
  [0x30, /* POP */ (m) => m.stack.length === m.marks.at(-1) ? m.marks.pop() : m.pop()],
  [0x31, /* POP_MARK */ (m) => m.popMark()],
  [0x32, /* DUP */ (m) => m.push(m.top())],
  [0x67, /* GET */ (m) => m.recall(Number(m.line()))],
  [0x68, /* BINGET */ (m) => m.recall(m.byte())],
  [0x6a, /* LONG_BINGET */ (m) => m.recall(m.uint32())],
  [0x70, /* PUT */ (m) => m.memo.set(Number(m.line()), m.top())],
  [0x71, /* BINPUT */ (m) => m.memo.set(m.byte(), m.top())],
  [0x72, /* LONG_BINPUT */ (m) => m.memo.set(m.uint32(), m.top())],
  [0x94, /* MEMOIZE */ (m) => m.memo.set(m.memo.size, m.top())],
  [0x80, /* PROTO */ (m) => checkProtocol(m.byte())],
  [0x95, /* FRAME */ (m) => void m.uint64()],
  // Constants and numbers.
  [0x4e, /* NONE */ (m) => m.push(null)],
  [0x88, /* NEWTRUE */ (m) => m.push(true)],
  [0x89, /* NEWFALSE */ (m) => m.push(false)],
  [0x49, /* INT */ (m) => m.push(intOrBool(m.line()))],
  [0x4c, /* LONG */ (m) => m.push(intOf(m.line().replace(/L$/, "")))],
  [0x4a, /* BININT */ (m) => m.push(m.view.getInt32(m.take(4), true))],
  [0x4b, /* BININT1 */ (m) => m.push(m.byte())],
  [0x4d, /* BININT2 */ (m) => m.push(m.uint16())],
  [0x8a, /* LONG1 */ (m) => m.push(longOf(m.slice(m.byte())))],
  [0x8b, /* LONG4 */ (m) => m.push(longOf(m.slice(m.uint32())))],
  [0x46, /* FLOAT */ (m) => m.push(floatOf(m.line()))],
  [0x47, /* BINFLOAT */ (m) => m.push(m.view.getFloat64(m.take(8)))],
  // Texts and bytes.
  [0x53, /* STRING */ (m) => m.push(quotedText(m.line()))],
  [0x54, /* BINSTRING */ (m) => m.push(m.text(m.uint32()))],
  [0x55, /* SHORT_BINSTRING */ (m) => m.push(m.text(m.byte()))],
  [0x56, /* UNICODE */ (m) => m.push(unescape16(m.line()))],
  [0x58, /* BINUNICODE */ (m) => m.push(m.text(m.uint32()))],
  [0x8c, /* SHORT_BINUNICODE */ (m) => m.push(m.text(m.byte()))],
  [0x8d, /* BINUNICODE8 */ (m) => m.push(m.text(m.uint64()))],
  [0x42, /* BINBYTES */ (m) => m.push(m.slice(m.uint32()))],
  [0x43, /* SHORT_BINBYTES */ (m) => m.push(m.slice(m.byte()))],
  [0x8e, /* BINBYTES8 */ (m) => m.push(m.slice(m.uint64()))],
  [0x96, /* BYTEARRAY8 */ (m) => m.push(m.slice(m.uint64()))],
  // Containers.
  [0x29, /* EMPTY_TUPLE */ (m) => m.push([])],
  [0x74, /* TUPLE */ (m) => m.push(m.popMark())],
  [0x85, /* TUPLE1 */ (m) => m.push([m.pop()])],
  [0x86, /* TUPLE2 */ (m) => m.push([m.pop(), m.pop()].reverse())],
  [0x87, /* TUPLE3 */ (m) => m.push([m.pop(), m.pop(), m.pop()].reverse())],
  [0x5d, /* EMPTY_LIST */ (m) => m.push([])],
  [0x6c, /* LIST */ (m) => m.push(m.popMark())],
  [0x61, /* APPEND */ (m) => m.append([m.pop()])],
  [0x65, /* APPENDS */ (m) => m.append(m.popMark())],
  [0x7d, /* EMPTY_DICT */ (m) => m.push(new Map())],
  [0x64, /* DICT */ (m) => {
    const pairs = m.popMark();
    m.push(new Map());
    m.setItems(pairs);
  }],
  [0x73, /* SETITEM */ (m) => m.setItems([m.pop(), m.pop()].reverse())],
  [0x75, /* SETITEMS */ (m) => m.setItems(m.popMark())],
  [0x8f, /* EMPTY_SET */ (m) => m.push(new Set())],
  [0x90, /* ADDITEMS */ (m) => m.addItems(m.popMark())],
  [0x91, /* FROZENSET */ (m) => m.push(new Set(m.popMark()))],
  // Names and what Python would call.
  [0x63, /* GLOBAL */ (m) => m.name(m.line(), m.line())],
  [0x93, /* STACK_GLOBAL */ (m) => {
    const [module, name] = [m.pop(), m.pop()].reverse();
    if (typeof module !== "string" || typeof name !== "string") throw refused("expected a name");
    m.name(module, name);
  }],
  [0x52, /* REDUCE */ (m) => {
    const args = m.pop();
    m.call(m.pop(), args);
  }],
  [0x81, /* NEWOBJ */ (m) => {
    const args = m.pop();
    m.call(m.pop(), args);
  }],
  [0x92, /* NEWOBJ_EX */ (m) => {
    const named = m.pop();
    const args = m.pop();
    const hasNamed = named instanceof Map && named.size > 0;
    m.call(m.pop(), hasNamed && Array.isArray(args) ? [...args, named] : args);
  }],
  [0x69, /* INST */ (m) => {
    m.name(m.line(), m.line());
    const of = m.pop();
    m.call(of, m.popMark());
  }],
  [0x6f, /* OBJ */ (m) => {
    const [of, ...args] = m.popMark();
    m.call(of, args);
  }],
  [0x62, /* BUILD */ (m) => m.build()],
  [0x50, /* PERSID */ (m) => m.push(persistent(m, m.line()))],
  [0x51, /* BINPERSID */ (m) => m.push(persistent(m, m.pop()))],
]);

function checkProtocol(protocol: number): void {
  if (protocol > 5) throw refused(`expected protocol 0 to 5, it is ${protocol}`);
}

function persistent(m: Machine, id: unknown): unknown {
  if (!m.options.persistent) throw refused("it refers to data outside the pickle");
  return m.options.persistent(id);
}
