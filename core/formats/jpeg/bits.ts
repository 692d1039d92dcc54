/** The bits of a scan, and the codes in them (ITU-T T.81, annexes C and F). */

/** A table of codes: the symbols in the order of their codes, and the codes of each length. */
export interface HuffmanTable {
  /** By the code's length 1 … 16: the greatest code of it, −1 where there is none. */
  readonly last: Int32Array;
  /** By the code's length: what is added to a code to find its symbol. */
  readonly shift: Int32Array;
  readonly symbols: Uint8Array;
}

/** A table from how many codes there are of each length 1 … 16, and their symbols. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const last = new Int32Array(17).fill(-1);
  const shift = new Int32Array(17);
  let [code, place] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1];
    shift[length] = place - code;
    if (count) last[length] = code + count - 1;
    code = (code + count) << 1;
    place += count;
  }
  return { last, shift, symbols };
}

/** Reads the bits of a scan, in which 0xFF is followed by 0 and restart markers stand between intervals. */
export class ScanBits {
  readonly #bytes: Uint8Array;
  #at = 0;
  #word = 0;
  #left = 0;

  /** @param bytes From behind the header of a scan up to the next marker that is no restart. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {Error} When there are no more. */
  bit(): number {
    if (this.#left === 0) {
      if (this.#at >= this.#bytes.length) throw new Error("its pixels are cut off");
      this.#word = this.#bytes[this.#at++];
      if (this.#word === 0xff) {
        if (this.#bytes[this.#at] !== 0) throw new Error("its pixels are damaged");
        this.#at++;
      }
      this.#left = 8;
    }
    return (this.#word >> --this.#left) & 1;
  }

  /** A number of `count` bits. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  /** A number with sign of `size` bits: the lower half of the values are negative (T.81, F.2.2.1). */
  signed(size: number): number {
    if (size === 0) return 0;
    const value = this.bits(size);
    return value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
  }

  /** The symbol of the next code. @throws {Error} When there is no such code. */
  symbol({ last, shift, symbols }: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit();
      if (code <= last[length]) {
        const symbol = symbols[code + shift[length]];
        if (symbol !== undefined) return symbol;
      }
    }
    throw new Error("its pixels are damaged");
  }

  /** Goes on behind the next restart marker. */
  restart(): void {
    this.#left = 0;
    const [mark, number] = this.#bytes.subarray(this.#at);
    if (mark !== 0xff || number < 0xd0 || number > 0xd7) throw new Error("its pixels are damaged");
    this.#at += 2;
  }
}
