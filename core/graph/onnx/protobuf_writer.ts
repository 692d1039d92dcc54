/** A writer of protocol buffer messages: just what ONNX files need. */

/** Collects the fields of one message. */
export class MessageWriter {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** A varint field (wire type 0). Zero is written too. */
  int(field: number, value: number): this {
    return this.#push(varint(field * 8)).#push(varint(value));
  }

  /** A 32-bit float field (wire type 5). */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + 5)).#push(bytes);
  }

  /** A bytes, string or message field (wire type 2). */
  bytes(field: number, value: Uint8Array | string | MessageWriter): this {
    const bytes = typeof value === "string"
      ? new TextEncoder().encode(value)
      : value instanceof MessageWriter
      ? value.finish()
      : value;
    return this.#push(varint(field * 8 + 2)).#push(varint(bytes.length)).#push(bytes);
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

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return Uint8Array.from(bytes);
}
