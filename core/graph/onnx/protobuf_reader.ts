/** A reader of protocol buffer messages: just what looking into an ONNX file needs. */

import { refusal } from "../../refusal.ts";

const refused = refusal("Cannot read the protocol buffer");

/** One field of a message: a number for varints, bytes for everything else. */
export interface MessageField {
  /** Its number in the message's definition. */
  readonly field: number;
  /** A varint as a number, all else as bytes: a view on the message. */
  readonly value: number | Uint8Array;
}

/**
 * The fields of a message, in order. Nothing is copied. Varints beyond 2⁵³ lose their low bits.
 *
 * @throws {FormatError} When a field is damaged or reaches beyond the message.
 */
export function* messageFields(bytes: Uint8Array): Generator<MessageField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (at >= bytes.length) throw refused("a number is cut off");
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw refused("a number has no end");
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) {
      throw refused(`a field of ${length} bytes reaches beyond the ${bytes.length - at} left`);
    }
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field < 1) throw refused("a field has no number");
    if (wire === 0) yield { field, value: varint() };
    else if (wire === 1) yield { field, value: take(8) };
    else if (wire === 2) yield { field, value: take(varint()) };
    else if (wire === 5) yield { field, value: take(4) };
    else throw refused(`field ${field} is of the unknown kind ${wire}`);
  }
}
