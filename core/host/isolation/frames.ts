/** Messages between a host and the process of an isolated plugin as bytes: a head, and typed arrays as they lie in memory. */

import { deserialize, serialize } from "node:v8";
import { FormatError } from "../../errors.ts";

/** The kinds of typed arrays that members give and get. */
const KINDS = { Float32Array, Float64Array, Int32Array, Uint8Array };

/** Where the head has an array: its kind, the byte where it starts behind the head, its length. */
const ARRAY = "\0array";

/** A frame starts with four numbers of 32 bits: this one, whether it rings, the bytes of its head, and all its bytes. */
const MAGIC = 0x52474443;
const PREFIX = 16;

/** What a frame can hold, in bytes. */
export const MOST_BYTES = 2 ** 32 - 1;

/**
 * A message as one frame, with copies of its typed arrays: their owner keeps them.
 *
 * @param rings Whether a thread stands still until it comes.
 * @throws {TypeError} When it holds an array of another kind.
 * @throws {RangeError} When it is larger than {@linkcode MOST_BYTES}.
 */
export function packed(message: unknown, rings = false): Uint8Array<ArrayBuffer> {
  const views: Arrays[] = [];
  let size = 0;
  const value = walked(message, (view) => {
    const place = [view.constructor.name, size, view.length];
    views.push(view);
    size += aligned(view.byteLength);
    return { [ARRAY]: place };
  });
  const head = serialize(value);
  const start = aligned(PREFIX + head.length);
  if (start + size > MOST_BYTES) {
    throw new RangeError(`a message of ${start + size} bytes is larger than ${MOST_BYTES}`);
  }
  const frame = new Uint8Array(start + size);
  new Uint32Array(frame.buffer, 0, 4).set([MAGIC, Number(rings), head.length, frame.length]);
  frame.set(head, PREFIX);
  let at = start;
  for (const view of views) {
    frame.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
    at += aligned(view.byteLength);
  }
  return frame;
}

/** The message of a frame; its typed arrays are views of it. @throws {FormatError} When it holds none. */
export function unpacked(frame: ArrayBuffer): unknown {
  try {
    const [, , head] = prefixOf(new Uint8Array(frame));
    const value: unknown = deserialize(new Uint8Array(frame, PREFIX, head));
    return revived(value, frame, aligned(PREFIX + head));
  } catch (error) {
    throw new FormatError("Cannot read a frame: its head is broken", { cause: error });
  }
}

/** Whether a thread stands still until this frame comes. */
export function rings(frame: ArrayBuffer): boolean {
  return prefixOf(new Uint8Array(frame))[1] === 1;
}

/** Reads bytes into an array: how many, or null at the end. */
export type Read = (into: Uint8Array<ArrayBuffer>) => number | null | Promise<number | null>;

/**
 * The frames that come out of a pipe, each in a buffer of its own.
 *
 * @param read Reads what is there; the beginning of a frame may be long in coming.
 * @param rest Reads what belongs to a frame that has begun.
 * @param most The most bytes that a frame may have.
 * @throws {FormatError} When something else comes, or a larger one: nothing is kept of it.
 */
export async function* frames(
  read: Read,
  { rest = read, most = MOST_BYTES }: { rest?: Read; most?: number } = {},
): AsyncGenerator<ArrayBuffer> {
  while (true) {
    const prefix = new Uint8Array(PREFIX);
    if (!await filled(prefix, 0, read)) return;
    const frame = new Uint8Array(sizeOf(prefix, most));
    frame.set(prefix);
    if (!await filled(frame, PREFIX, rest)) return;
    yield frame.buffer;
  }
}

/** Whether there was enough to fill an array, from byte `at` on. */
async function filled(array: Uint8Array<ArrayBuffer>, at: number, read: Read): Promise<boolean> {
  while (at < array.length) {
    const count = await read(array.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return true;
}

/** Reads from a stream. */
export function readerOf(stream: ReadableStream<Uint8Array>): Read {
  const reader = stream.getReader();
  let left: Uint8Array = new Uint8Array(0);
  return async (into) => {
    while (!left.length) {
      const { value, done } = await reader.read();
      if (done) return null;
      left = value;
    }
    const part = left.subarray(0, into.length);
    into.set(part);
    left = left.subarray(part.length);
    return part.length;
  };
}

function sizeOf(start: Uint8Array<ArrayBuffer>, most: number): number {
  const [magic, , head, size] = prefixOf(start);
  if (magic !== MAGIC) throw new FormatError("Cannot read a frame: it starts with something else");
  if (head > size - PREFIX) {
    throw new FormatError(`Cannot read a frame: a head of ${head} bytes in a frame of ${size}`);
  }
  if (size <= most) return size;
  throw new FormatError(`Cannot read a frame: expected at most ${most} bytes, it has ${size}`);
}

function prefixOf({ buffer }: Uint8Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(buffer, 0, 4);
}

/** Typed arrays start at multiples of 8 bytes. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

type Arrays = InstanceType<typeof KINDS[keyof typeof KINDS]>;

function walked(value: unknown, replace: (view: Arrays) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    if (Object.hasOwn(KINDS, kind)) return replace(value as Arrays);
    throw new TypeError(
      `a ${kind} cannot go to another process, only ${Object.keys(KINDS).join(", ")}`,
    );
  }
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== "object")
      ? value
      : value.map((item) => walked(item, replace));
  }
  const entries = Object.entries(value).filter(([, item]) => typeof item !== "function");
  return Object.fromEntries(entries.map(([key, item]) => [key, walked(item, replace)]));
}

function revived(value: unknown, frame: ArrayBuffer, start: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== "object")
      ? value
      : value.map((item) => revived(item, frame, start));
  }
  if (Object.hasOwn(value, ARRAY)) {
    const [kind, at, length] = (value as { [ARRAY]: [keyof typeof KINDS, number, number] })[ARRAY];
    return new KINDS[kind](frame, start + at, length);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, revived(item, frame, start)]),
  );
}
