/** The stack machine that a pickle is a program for: what it holds, and the few things that instructions do to it. */

import { attacks, constructors, harmless, type PickleConstructor } from "./constructors.ts";
import { Namespace, NumpyType, PickledClass, PickledObject, refused } from "./values.ts";

/** How a pickle is read. */
export interface PickleOptions {
  /** Constructors that may be called beside the built-in ones, by full name, as `torch._utils._rebuild_parameter`. */
  readonly constructors?: ReadonlyMap<string, PickleConstructor>;
  /** Finds what a persistent id stands for; without it such ids are refused. */
  readonly persistent?: (id: unknown) => unknown;
  /** What happens to other names: `refuse` (the default) or `inert` records. */
  readonly foreign?: "refuse" | "inert";
}

/** The stack machine: input, stack, marks on the stack, and memo. */
export class Machine {
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
    if (length > this.bytes.length - this.at) throw refused(`truncated at byte ${this.at}`);
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
    if (end < 0) throw refused(`truncated at byte ${this.at}`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw refused("the stack is empty");
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw refused("the stack is empty");
    return this.stack.at(-1);
  }

  /** Everything above the last mark, which is removed. */
  popMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw refused("there is no mark");
    return this.stack.splice(mark);
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw refused(`memo ${index} is empty`);
    this.push(this.memo.get(index));
  }

  name(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (full.length > 500) throw refused("a class name is too long");
    const known = this.#find(full) !== undefined || full === "_codecs.encode";
    const inert = this.options.foreign === "inert" &&
      (harmless.has(full) || !attacks.has(full.split(".")[0]));
    if (!known && !inert) {
      throw refused(`it names ${full}, which is not allowed; nothing was executed`);
    }
    this.push(new PickledClass(full));
  }

  #find(name: string): PickleConstructor | undefined {
    return this.options.constructors?.get(name) ?? constructors.get(name);
  }

  call(of: unknown, args: unknown): void {
    if (!(of instanceof PickledClass) || !Array.isArray(args)) {
      throw refused("expected a class and its arguments");
    }
    for (const arg of args) {
      if (Array.isArray(arg)) this.#copies -= arg.length;
      if (arg instanceof Map) this.#copies -= arg.size;
    }
    if (this.#copies < 0) throw refused("it copies far more than it holds");
    if (of.name === "_codecs.encode") this.push(this.#encode(args[0]));
    else {
      const make = this.#find(of.name);
      this.push(make ? make(...args) : new PickledObject(of.name, args));
    }
  }

  #encode(text: unknown): Uint8Array {
    if (typeof text !== "string") throw refused("expected a text to encode");
    let bytes = this.#encoded.get(text);
    if (!bytes) this.#encoded.set(text, bytes = Uint8Array.from(text, (c) => c.charCodeAt(0)));
    return bytes;
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickledObject) target.state = state;
    else if (target instanceof Namespace && state instanceof Map) target.attributes = state;
    else if (target instanceof NumpyType && Array.isArray(state)) {
      if (typeof state[1] === "string") target.order = state[1];
    } // Attributes of a dict, as the `_metadata` of a state_dict, are not needed.
    else if (!(target instanceof Map)) throw refused("expected an object to set the state of");
  }

  setItems(pairs: readonly unknown[]): void {
    const target = this.top();
    const map = target instanceof PickledObject ? target.items : target;
    if (!(map instanceof Map) || pairs.length % 2) throw refused("expected a dict to add pairs to");
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const target = this.top();
    const list = target instanceof PickledObject ? target.list : target;
    if (!Array.isArray(list)) throw refused("expected a list to append to");
    for (const item of items) list.push(item);
  }

  addItems(items: readonly unknown[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw refused("expected a set to add to");
    for (const item of items) target.add(item);
  }
}
