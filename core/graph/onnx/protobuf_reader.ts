/** A reader of protocol buffers that takes nothing which two readers could understand in two ways. */

import { refusal } from "../../refusal.ts";

/** What is wrong with a file. */
export const damaged = refusal("Cannot read the protocol buffer");

/** How a field is written. */
export const WIRE = { varint: 0, eight: 1, chunk: 2, four: 5 } as const;

/** The largest number of a field. */
const MOST_FIELDS = 2 ** 29 - 1;

/** Reads one message from its beginning to its end. Nothing is copied. */
export class WireReader {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether the message ends here. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /**
   * The number of a field and how it is written. C++ keeps 32 bits of what stands here and JavaScript 53: whatever has more
   * than 32, or needless ones, is refused.
   *
   * @throws {FormatError} As all methods do, when the message is damaged.
   */
  tag(): { field: number; wire: number } {
    const tag = varintOf(this.varint());
    const field = Number(tag >> 3n);
    if (field < 1 || field > MOST_FIELDS) throw damaged(`there is no field ${field}`);
    return { field, wire: Number(tag & 7n) };
  }

  /** The bytes of a varint, in the only form that is taken: as short as its value allows. */
  varint(): Uint8Array {
    const start = this.#at;
    this.#at = endOfVarint(this.#bytes, start);
    return this.#bytes.subarray(start, this.#at);
  }

  /** The bytes of a text, a message, or packed numbers. */
  chunk(): Uint8Array {
    return this.take(Number(varintOf(this.varint())));
  }

  /** So many bytes. */
  take(length: number): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (length > left) {
      throw damaged(`a field of ${length} bytes reaches beyond the ${left} left`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** The value of a varint that {@linkcode WireReader.varint} gave, without a sign. */
export function varintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = value << 7n | BigInt(bytes[i] & 0x7f);
  return value;
}

/** Where the varint ends that begins at a place. */
function endOfVarint(bytes: Uint8Array, start: number): number {
  for (let at = start; at < start + 10; at++) {
    if (at >= bytes.length) throw damaged("a number is cut off");
    const byte = bytes[at];
    if (byte >= 0x80) continue;
    if (byte === 0 && at > start) throw damaged("a number is longer than it need be");
    if (at === start + 9 && byte > 1) break;
    return at + 1;
  }
  throw damaged("a number has more than 64 bits");
}
