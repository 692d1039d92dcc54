/** The bits of JPEG-LS: behind 0xFF a byte has seven (ITU-T T.87, A.1). */

/** Reads bits up to the end of a scan. */
export class LsBits {
  readonly #bytes: Uint8Array;
  #at = 0;
  #word = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {Error} When there are no more. */
  bit(): number {
    if (this.#left === 0) {
      if (this.#at >= this.#bytes.length) throw new Error("its pixels are cut off");
      this.#left = this.#word === 0xff ? 7 : 8;
      this.#word = this.#bytes[this.#at++];
    }
    return (this.#word >> --this.#left) & 1;
  }

  /** A number of `count` bits. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  /** A number in a Golomb code of parameter k, with an escape at `limit` (A.5.3). */
  golomb(k: number, limit: number, qbpp: number): number {
    let zeros = 0;
    while (this.bit() === 0) {
      if (++zeros > limit) throw new Error("its pixels are damaged");
    }
    return zeros < limit - qbpp - 1 ? zeros * 2 ** k + this.bits(k) : this.bits(qbpp) + 1;
  }
}
