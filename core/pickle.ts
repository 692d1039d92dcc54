/**
 * Python's pickle format, protocols 0 to 5, read without executing anything.
 *
 * A pickle is a program for a small stack machine that may name any Python function and have it called. Here a name is
 * looked up in a fixed list of harmless constructors (`pickle_constructors.ts`) or one given by the caller. Any other
 * name is refused, or becomes an inert record (`pickle_values.ts`): data that says which class stood there, and that
 * nothing ever calls.
 */

import { FormatError } from "./errors.ts";
import { attacks, constructors, type PickleConstructor } from "./pickle_constructors.ts";
import { damaged, Namespace, NumpyType, PickledClass, PickledObject } from "./pickle_values.ts";

export type { PickleConstructor } from "./pickle_constructors.ts";
export { PickledClass, PickledObject, plainOf } from "./pickle_values.ts";

/** How a pickle is read. */
export interface PickleOptions {
  /** Constructors that may be called beside the built-in ones, by full name, as `torch._utils._rebuild_parameter`. */
  readonly constructors?: ReadonlyMap<string, PickleConstructor>;
  /** Finds what a persistent id stands for; without it such ids are refused. */
  readonly persistent?: (id: unknown) => unknown;
  /** What happens to other names: `refuse` (the default) or `inert` records. */
  readonly foreign?: "refuse" | "inert";
}

/**
 * Reads a pickle. Python values become: None null; int number, or bigint beyond 2⁵³; str string; bytes Uint8Array;
 * tuple and list arrays; dict Map; set Set; a class {@linkcode PickledClass}; a foreign object
 * {@linkcode PickledObject}. {@linkcode plainOf} turns these into plain records.
 *
 * @throws {FormatError} When the pickle is damaged, or names something that is not allowed.
 * @example
 * ```ts
 * import { readPickle } from "@countergrade/countergrade";
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
      if (!run) throw damaged(`unknown instruction ${code} at byte ${machine.at - 1}`);
      run(machine);
    }
    return machine.pop();
  } catch (error) {
    // The input is hostile until shown otherwise: whatever fails in here is its fault, as a list beyond what fits.
    if (error instanceof FormatError) throw error;
    throw damaged(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The stack machine: input, stack, marks on the stack, and memo. */
class Machine {
  readonly view: DataView;
  at = 0;
  done = false;
  readonly stack: unknown[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, unknown>();
  /** Bytes by the text they were encoded from: calls repeat, memory does not. */
  readonly #encoded = new Map<string, Uint8Array>();
  /** Items that calls may still copy: a short program could copy one long list over and over. */
  #copies: number;

  constructor(readonly bytes: Uint8Array, readonly options: PickleOptions) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copies = 4 * bytes.length + 10_000;
  }

  take(length: number): number {
    if (length > this.bytes.length - this.at) throw damaged(`truncated at byte ${this.at}`);
    const at = this.at;
    this.at += length;
    return at;
  }

  byte(): number {
    return this.bytes[this.take(1)];
  }

  uint16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  slice(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  text(length: number): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.slice(length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw damaged(`truncated at byte ${this.at}`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw damaged("the stack is empty");
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw damaged("the stack is empty");
    return this.stack.at(-1);
  }

  /** Everything above the last mark, which is removed. */
  popMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw damaged("there is no mark");
    return this.stack.splice(mark);
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw damaged(`memo ${index} is empty`);
    this.push(this.memo.get(index));
  }

  name(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (full.length > 500) throw damaged("a class name is too long");
    const known = this.#find(full) !== undefined || full === "_codecs.encode";
    if (!known && (this.options.foreign !== "inert" || attacks.has(full.split(".")[0]))) {
      throw damaged(`it names ${full}, which is not allowed; nothing was executed`);
    }
    this.push(new PickledClass(full));
  }

  #find(name: string): PickleConstructor | undefined {
    return this.options.constructors?.get(name) ?? constructors.get(name);
  }

  call(of: unknown, args: unknown): void {
    if (!(of instanceof PickledClass) || !Array.isArray(args)) {
      throw damaged("expected a class and its arguments");
    }
    for (const arg of args) {
      if (Array.isArray(arg)) this.#copies -= arg.length;
      if (arg instanceof Map) this.#copies -= arg.size;
    }
    if (this.#copies < 0) throw damaged("it copies far more than it holds");
    if (of.name === "_codecs.encode") this.push(this.#encode(args[0]));
    else {
      const make = this.#find(of.name);
      this.push(make ? make(...args) : new PickledObject(of.name, args));
    }
  }

  #encode(text: unknown): Uint8Array {
    if (typeof text !== "string") throw damaged("expected a text to encode");
    let bytes = this.#encoded.get(text);
    if (!bytes) this.#encoded.set(text, bytes = Uint8Array.from(text, (c) => c.charCodeAt(0)));
    return bytes;
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickledObject) target.state = state;
    else if (target instanceof Namespace && state instanceof Map) target.attributes = state;
    else if (target instanceof NumpyType && Array.isArray(state)) target.order = String(state[1]);
    // Attributes of a dict, as the `_metadata` of a state_dict, are not needed.
    else if (!(target instanceof Map)) throw damaged("expected an object to set the state of");
  }

  setItems(pairs: readonly unknown[]): void {
    const target = this.top();
    const map = target instanceof PickledObject ? target.items : target;
    if (!(map instanceof Map) || pairs.length % 2) throw damaged("expected a dict to add pairs to");
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const target = this.top();
    const list = target instanceof PickledObject ? target.list : target;
    if (!Array.isArray(list)) throw damaged("expected a list to append to");
    for (const item of items) list.push(item);
  }

  addItems(items: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw damaged("expected a set to add to");
    for (const item of items) target.add(item);
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
    if (typeof module !== "string" || typeof name !== "string") throw damaged("expected a name");
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
  if (protocol > 5) throw damaged(`expected protocol 0 to 5, it is ${protocol}`);
}

function persistent(m: Machine, id: unknown): unknown {
  if (!m.options.persistent) throw damaged("it refers to data outside the pickle");
  return m.options.persistent(id);
}

function intOrBool(line: string): unknown {
  return line === "01" ? true : line === "00" ? false : intOf(line);
}

function intOf(text: string): number | bigint {
  if (!/^[+-]?\d{1,1000}$/.test(text.trim())) throw damaged("expected a whole number");
  return narrow(BigInt(text.trim().replace(/^\+/, "")));
}

/** Little-endian two's complement. */
function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length > 1000) throw damaged("a whole number is too long");
  const hex = Array.from(bytes.toReversed(), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return narrow(BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`)));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function floatOf(line: string): number {
  const special: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  const value = Object.hasOwn(special, line) ? special[line] : Number(line);
  if (line.trim() === "" || (Number.isNaN(value) && line !== "nan")) {
    throw damaged("expected a number");
  }
  return value;
}

/** A Python 2 string literal, as `'it\'s\n'`. */
function quotedText(line: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(line.trim());
  if (!quoted) throw damaged("expected a quoted text");
  const named: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return quoted[2].replace(
    /\\(?:x([0-9a-f]{2})|(.))/gis,
    (_, hex, char) => hex ? String.fromCharCode(parseInt(hex, 16)) : named[char] ?? char,
  );
}

function unescape16(line: string): string {
  return line.replace(
    /\\u([0-9a-f]{4})/gi,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
}
