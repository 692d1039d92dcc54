/** The segments of a JPEG file: frame, tables and scans (ITU-T T.81, annex B). */

import { type HuffmanTable, huffmanTable } from "./bits.ts";
import { isFrame } from "./frame.ts";
import type { LsParameters } from "./ls_parameters.ts";

/** One component of a frame: a color, or gray. */
export interface Component {
  readonly id: number;
  /** Samples of it in a unit of pixels, across and down. */
  readonly across: number;
  readonly down: number;
  /** The number of its table of divisors. */
  readonly divisors: number;
}

/** A pass over the pixels, with the tables as they stood before it. */
export interface Scan {
  readonly components: readonly { place: number; dc?: HuffmanTable; ac?: HuffmanTable }[];
  /** Lossless: the predictor; JPEG-LS: how far samples may be off; else the first coefficient. */
  readonly start: number;
  /** JPEG-LS: how components follow each other. */
  readonly interleave: number;
  /** Lossless: bits that were cut off. */
  readonly low: number;
  /** Units between restarts; 0 for none. */
  readonly interval: number;
  readonly divisors: readonly (Uint16Array | undefined)[];
  readonly bytes: Uint8Array;
}

/** A file taken apart. */
export interface Segments {
  /** 0 baseline, 1 extended, 2 progressive, 3 lossless, 55 JPEG-LS; others are arithmetic or hierarchical. */
  readonly process: number;
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  readonly scans: readonly Scan[];
  /** What Adobe's marker says: 0 as stored, 1 YCbCr, 2 YCCK. */
  readonly adobe?: number;
  /** JPEG-LS: what its preset parameters say. */
  readonly preset?: Partial<Omit<LsParameters, "near">>;
}

/** Takes a file apart; pixels are not looked at. @throws {Error} When it is damaged. */
export function segmentsOf(bytes: Uint8Array): Segments {
  const reader = new SegmentReader(bytes);
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new Error(`expected a marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (end > bytes.length || end < at + 4) throw new Error("a segment is cut off");
    at = reader.read(marker, bytes.subarray(at + 4, end), end);
  }
  return reader.segments();
}

class SegmentReader {
  readonly #bytes: Uint8Array;
  readonly #divisors: (Uint16Array | undefined)[] = [];
  readonly #tables: HuffmanTable[] = [];
  readonly #scans: Scan[] = [];
  #frame: Omit<Segments, "scans" | "adobe" | "preset"> | undefined;
  #interval = 0;
  #adobe: number | undefined;
  #preset: Segments["preset"];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Reads one segment, and says where the next one begins. */
  read(marker: number, content: Uint8Array, end: number): number {
    if (marker === 0xdb) this.#readDivisors(content);
    else if (marker === 0xc4) this.#readTables(content);
    else if (marker === 0xdd) this.#interval = content[0] * 256 + content[1];
    else if (marker === 0xee && String.fromCharCode(...content.subarray(0, 5)) === "Adobe") {
      this.#adobe = content[11];
    } else if (marker === 0xda) return this.#readScan(content, end);
    else if (marker === 0xf8) this.#readPreset(content);
    else if (isFrame(marker)) {
      if (this.#frame) throw new Error("it has two frames");
      this.#frame = frameFrom(marker - 0xc0, content);
    }
    return end;
  }

  segments(): Segments {
    if (!this.#frame) throw new Error("it has no frame");
    return { ...this.#frame, scans: this.#scans, adobe: this.#adobe, preset: this.#preset };
  }

  #readDivisors(content: Uint8Array): void {
    for (let at = 0; at < content.length;) {
      const [wide, number] = [content[at] >> 4, content[at] & 15];
      at++;
      const size = wide ? 2 : 1;
      const values = Uint16Array.from(
        { length: 64 },
        (_, i) => wide ? content[at + 2 * i] * 256 + content[at + 2 * i + 1] : content[at + i],
      );
      this.#divisors[number] = values;
      at += 64 * size;
    }
  }

  /** Parameters of JPEG-LS (T.87, C.2.4.1.1); tables of palettes are not read. */
  #readPreset(content: Uint8Array): void {
    if (content[0] !== 1) throw new Error("its table of colors is not read");
    const [maxval, t1, t2, t3, reset] = [1, 3, 5, 7, 9].map((at) =>
      content[at] * 256 + content[at + 1]
    );
    this.#preset = { maxval, t1, t2, t3, reset };
  }

  /** By 16 · class + number: class 0 is DC or lossless, 1 AC. */
  #readTables(content: Uint8Array): void {
    for (let at = 0; at + 17 <= content.length;) {
      const counts = content.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      this.#tables[content[at]] = huffmanTable(counts, content.subarray(at + 17, at + 17 + total));
      at += 17 + total;
    }
  }

  #readScan(content: Uint8Array, start: number): number {
    const count = content[0];
    const components = Array.from({ length: count }, (_, i) => {
      const place = this.#frame?.components.findIndex(({ id }) => id === content[1 + 2 * i]) ?? -1;
      if (place < 0) throw new Error("a scan has a component that the frame has not");
      const tables = content[2 + 2 * i];
      return { place, dc: this.#tables[tables >> 4], ac: this.#tables[16 + (tables & 15)] };
    });
    let end = start;
    const isLs = this.#frame?.process === 55;
    while (end < this.#bytes.length && !(isLs ? this.#isLsEnd(end) : this.#isEnd(end))) end++;
    this.#scans.push({
      components,
      start: content[1 + 2 * count],
      interleave: content[2 + 2 * count],
      low: content[3 + 2 * count] & 15,
      interval: this.#interval,
      divisors: [...this.#divisors],
      bytes: this.#bytes.subarray(start, end),
    });
    return end;
  }

  /** A marker that is neither a stuffed byte nor a restart. */
  #isEnd(at: number): boolean {
    const next = this.#bytes[at + 1];
    return this.#bytes[at] === 0xff && next !== 0 && !(next >= 0xd0 && next <= 0xd7);
  }

  /** In JPEG-LS the byte behind 0xFF has no highest bit, unless it is a marker's. */
  #isLsEnd(at: number): boolean {
    return this.#bytes[at] === 0xff && this.#bytes[at + 1] >= 0x80;
  }
}

function frameFrom(
  process: number,
  content: Uint8Array,
): Omit<Segments, "scans" | "adobe" | "preset"> {
  const word = (at: number) => content[at] * 256 + content[at + 1];
  const components = Array.from({ length: content[5] }, (_, i) => {
    const [id, sampling, divisors] = content.subarray(6 + 3 * i, 9 + 3 * i);
    const [across, down] = [sampling >> 4, sampling & 15];
    if (!(across >= 1 && across <= 4 && down >= 1 && down <= 4)) throw new Error("it is damaged");
    return { id, across, down, divisors };
  });
  return { process, bits: content[0], height: word(1), width: word(3), components };
}
