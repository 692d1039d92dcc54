/** A writer of protocol buffer messages: just what ONNX files need. */

/** Collects the fields of one message. */
export class MessageWriter {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** A varint field (wire type 0). Zero is written too. */
  int(field: number, value: number | bigint): this {
    return this.#push(varint(field * 8)).#push(varint(value));
  }

  /** A 32-bit float field (wire type 5). */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.fixed(field, bytes);
  }

  /** A field of 4 or 8 bytes (wire types 5 and 1). */
  fixed(field: number, bytes: Uint8Array): this {
    return this.#push(varint(field * 8 + (bytes.length === 4 ? 5 : 1))).#push(bytes);
  }

  /** A bytes, string or message field (wire type 2). */
  bytes(field: number, value: Uint8Array | string | MessageWriter): this {
    const parts = typeof value === "string"
      ? [new TextEncoder().encode(value)]
      : value instanceof MessageWriter
      ? value.#parts
      : [value];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#push(varint(field * 8 + 2)).#push(varint(length));
    // Not copied before finish(): tensors may be large, and lie some messages deep.
    for (const part of parts) this.#push(part);
    return this;
  }

  /** The message. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return Uint8Array.from(bytes);
}
