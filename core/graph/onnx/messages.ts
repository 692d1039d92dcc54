/** ONNX messages from bytes to plain objects and back, both by one table: only what was understood is written again. */

import { FormatError } from "../../errors.ts";
import { damaged, varintOf, WIRE, WireReader } from "./protobuf_reader.ts";
import { MessageWriter } from "./protobuf_writer.ts";
import {
  ALTERNATIVES,
  type Message,
  type MessageName,
  type Rule,
  type Scalar,
  SCHEMA,
} from "./schema.ts";

/** Messages within messages: as many as C++ reads. */
const MOST_LEVELS = 100;
/** Messages and texts in a file, each of which takes far more memory here than the two bytes that it may take there. */
const MOST_PARTS = 2_000_000;

/** A message whose fields are not known by name. */
type Any = Record<string, unknown>;

/** How scalars are written, and what their bytes must keep to. */
const SCALARS: Record<Scalar, { wire: number; value: (bytes: Uint8Array) => unknown }> = {
  int32: { wire: WIRE.varint, value: int32Of },
  int64: { wire: WIRE.varint, value: (bytes) => BigInt.asIntN(64, varintOf(bytes)) },
  uint64: { wire: WIRE.varint, value: varintOf },
  float: { wire: WIRE.four, value: (bytes) => bytes },
  double: { wire: WIRE.eight, value: (bytes) => bytes },
  string: { wire: WIRE.chunk, value: textOf },
  bytes: { wire: WIRE.chunk, value: (bytes) => bytes },
};

/** Bytes of numbers that are packed. */
const BYTES: Record<number, number> = { [WIRE.four]: 4, [WIRE.eight]: 8 };

/** C++ keeps 32 bits of whatever stands there. */
function int32Of(bytes: Uint8Array): number {
  const value = BigInt.asIntN(64, varintOf(bytes));
  if (BigInt.asIntN(32, value) !== value) throw damaged(`${value} has more than 32 bits`);
  return Number(value);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw damaged("a text is not UTF-8");
  }
}

/**
 * Reads a message.
 *
 * @throws {FormatError} When it is damaged, has a field that is not in the table or is written in another way than there, gives
 *     twice what may be given once, or has a tensor whose data lie in another file.
 */
export function readMessage<K extends MessageName>(
  bytes: Uint8Array,
  name: K,
  mostParts = MOST_PARTS,
): Message<K> {
  return new Reading(mostParts).message(bytes, name, 0) as Message<K>;
}

/** One file that is read. */
class Reading {
  /** Messages and texts that may still come. */
  #left: number;

  constructor(readonly mostParts: number) {
    this.#left = mostParts;
  }

  message(bytes: Uint8Array, name: MessageName, level: number): Any {
    if (level > MOST_LEVELS) throw damaged(`messages are nested more than ${MOST_LEVELS} deep`);
    const rules: Readonly<Record<number, Rule>> = SCHEMA[name];
    const reader = new WireReader(bytes);
    const out: Any = {};
    while (!reader.done) {
      const { field, wire } = reader.tag();
      const rule = rules[field];
      if (!rule) throw damaged(`field ${field} of ${name} is unknown`);
      this.#field(out, reader, wire, rule, level);
    }
    joinNumbers(out, rules);
    refuseBoth(out, name);
    if (name === "Tensor") refuseExternal(out);
    return out;
  }

  /** Adds what stands in a field. */
  #field(out: Any, reader: WireReader, wire: number, [name, kind]: Rule, level: number): void {
    const many = kind.endsWith("[]");
    const item = many ? kind.slice(0, -2) : kind;
    const expected = isScalar(item) ? SCALARS[item].wire : WIRE.chunk;
    const packed = many && expected !== WIRE.chunk && wire === WIRE.chunk;
    if (wire !== expected && !packed) throw damaged(`"${name}" is written as of kind ${wire}`);
    if (!many && name in out) throw damaged(`"${name}" is given twice`);
    const bytes = bytesOf(reader, wire);
    if (!many) return void (out[name] = this.#one(bytes, item, level));
    const list = (out[name] ??= []) as unknown[];
    if (expected === WIRE.chunk) list.push(this.#one(bytes, item, level));
    else list.push(checkedNumbers(bytes, item as Scalar, packed));
  }

  #one(bytes: Uint8Array, kind: string, level: number): unknown {
    if (this.#left-- === 0) throw damaged(`it has more than ${this.mostParts} parts`);
    if (isScalar(kind)) return SCALARS[kind].value(bytes);
    return this.message(bytes, kind as MessageName, level + 1);
  }
}

function isScalar(kind: string): kind is Scalar {
  return kind in SCALARS;
}

function bytesOf(reader: WireReader, wire: number): Uint8Array {
  if (wire === WIRE.varint) return reader.varint();
  return wire === WIRE.chunk ? reader.chunk() : reader.take(BYTES[wire]);
}

/** The bytes of one number, or of packed ones, once they are known to be whole and in range. */
function checkedNumbers(bytes: Uint8Array, kind: Scalar, packed: boolean): Uint8Array {
  const { wire } = SCALARS[kind];
  if (wire !== WIRE.varint) {
    if (bytes.length % BYTES[wire]) throw damaged(`${bytes.length} bytes of ${kind} are cut off`);
    return bytes;
  }
  const reader = new WireReader(bytes);
  do {
    if (packed && reader.done) break;
    const number = reader.varint();
    // Four bytes or less hold 28 bits.
    if (kind === "int32" && number.length > 4) int32Of(number);
  } while (!reader.done);
  return bytes;
}

/** Numbers may come one by one, packed, or both. */
function joinNumbers(out: Any, rules: Readonly<Record<number, Rule>>): void {
  for (const [name, kind] of Object.values(rules)) {
    const item = kind.slice(0, -2);
    const list = out[name];
    if (!Array.isArray(list) || !isScalar(item) || SCALARS[item].wire === WIRE.chunk) continue;
    out[name] = list.length === 1 ? list[0] : joined(list);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

function refuseBoth(out: Any, name: MessageName): void {
  const given = (ALTERNATIVES[name] ?? []).filter((field) => field in out);
  if (given.length > 1) throw damaged(`"${given.join('" and "')}" exclude each other`);
}

/** The runtime would open whatever path stands there. */
function refuseExternal({ name, externalData, dataLocation }: Message<"Tensor">): void {
  if (!externalData && !dataLocation) return;
  throw new FormatError(
    `it keeps tensors in other files, as "${name ?? ""}"; save the model as one file`,
  );
}

/** Writes a message: its fields in the order of their numbers, each in the shortest form, numbers packed. */
export function writeMessage<K extends MessageName>(
  message: Message<K>,
  name: K,
): Uint8Array<ArrayBuffer> {
  return written(message as Any, name).finish();
}

function written(message: Any, name: MessageName): MessageWriter {
  const writer = new MessageWriter();
  const rules: [string, Rule][] = Object.entries(SCHEMA[name]);
  for (const [field, [key, kind, fate]] of rules) {
    const value = message[key];
    if (value === undefined || fate) continue;
    const many = kind.endsWith("[]");
    const item = many ? kind.slice(0, -2) : kind;
    if (value instanceof Uint8Array && many) {
      if (value.length) writer.bytes(Number(field), value);
    } else {
      for (const one of many ? value as unknown[] : [value]) {
        writeOne(writer, Number(field), item, one);
      }
    }
  }
  return writer;
}

function writeOne(writer: MessageWriter, field: number, kind: string, value: unknown): void {
  if (!isScalar(kind)) writer.bytes(field, written(value as Any, kind as MessageName));
  else if (kind === "float" || kind === "double") writer.fixed(field, value as Uint8Array);
  else if (SCALARS[kind].wire === WIRE.varint) writer.int(field, value as number | bigint);
  else writer.bytes(field, value as Uint8Array | string);
}
