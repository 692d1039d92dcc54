/** The numbers of a TIFF page, put together from its strips or tiles. */

import { turbo } from "../jpeg/turbo.ts";
import { frameOf } from "../jpeg/frame.ts";
import { refused } from "./directory.ts";
import { gridOf, type TiffLayout } from "./layout.ts";
import { UNPACKERS } from "./unpack.ts";

const JPEG = 7;

/** Names of compressions that are not read, for the message. */
const FOREIGN: Readonly<Record<number, string>> = {
  2: "fax, CCITT group 3",
  3: "fax, CCITT group 3",
  4: "fax, CCITT group 4",
  6: "JPEG of a retired kind",
  34_712: "JPEG 2000",
  34_925: "LZMA",
  50_000: "ZSTD",
  50_001: "WebP",
};

/** Numbers in as little memory as holds them. */
export type TiffNumbers = Uint8Array | Uint16Array | Float64Array;

function zerosFor({ format, bits }: TiffLayout, length: number): TiffNumbers {
  if (format !== "unsigned" || bits > 16) return new Float64Array(length);
  return bits > 8 ? new Uint16Array(length) : new Uint8Array(length);
}

/** Reads `[height, width, sample]`. @throws {FormatError} When a part is damaged, or its compression is not read. */
export async function samplesOf(bytes: Uint8Array, layout: TiffLayout): Promise<TiffNumbers> {
  const { width, height, samples, compression, planar, part } = layout;
  const isJpeg = compression === JPEG;
  if (!isJpeg && !UNPACKERS[compression]) {
    const name = FOREIGN[compression] ?? `number ${compression}`;
    throw refused(`its compression (${name}) is not read; \`tiffcp -c lzw\` of libtiff changes it`);
  }
  const out = zerosFor(layout, width * height * samples);
  const { across, down } = gridOf(layout);
  const within = planar ? 1 : samples;
  for (const [i, at] of layout.offsets.entries()) {
    const place = i % (across * down);
    const [left, top] = [place % across * part.width, Math.floor(place / across) * part.height];
    const layer = Math.floor(i / (across * down));
    // The last strip ends with the page; tiles are whole.
    const rows = layout.values("tileWidth") ? part.height : Math.min(part.height, height - top);
    const packed = bytes.subarray(at, at + layout.counts[i]);
    const numbers = isJpeg
      ? await decodedJpeg(packed, rows, layout)
      : expanded(packed, i, rows, within, layout);
    for (let y = 0; y < Math.min(rows, height - top); y++) {
      for (let x = 0; x < Math.min(part.width, width - left); x++) {
        for (let s = 0; s < within; s++) {
          out[((top + y) * width + left + x) * samples + layer + s] =
            numbers[(y * part.width + x) * within + s];
        }
      }
    }
  }
  return out;
}

function expanded(
  packed: Uint8Array,
  i: number,
  rows: number,
  within: number,
  layout: TiffLayout,
): ArrayLike<number> {
  const { bits, reversed, compression, part } = layout;
  const line = Math.ceil(part.width * within * bits / 8);
  let raw: Uint8Array;
  try {
    raw = UNPACKERS[compression](reversed ? packed.map(reversedBits) : packed, line * rows);
  } catch (error) {
    throw refused(`its strip or tile ${i} ${(error as Error).message}`, error);
  }
  if (raw.length < line * rows) throw refused(`its strip or tile ${i} is cut off`);
  const whole = raw.slice();
  if (layout.predictor === 3) unpredictReal(whole, line, within, layout);
  const numbers = numbersIn(whole, line, rows, part.width * within, layout);
  if (layout.predictor === 2) unpredict(numbers, part.width * within, within, layout);
  return numbers;
}

/** The bits of a byte from the other side. */
function reversedBits(byte: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) out |= ((byte >> bit) & 1) << (7 - bit);
  return out;
}

/** Readers of whole bytes, by format and bits. */
const READERS: Readonly<Record<string, (v: DataView, at: number, little: boolean) => number>> = {
  unsigned8: (v, at) => v.getUint8(at),
  unsigned16: (v, at, little) => v.getUint16(at, little),
  unsigned32: (v, at, little) => v.getUint32(at, little),
  signed8: (v, at) => v.getInt8(at),
  signed16: (v, at, little) => v.getInt16(at, little),
  signed32: (v, at, little) => v.getInt32(at, little),
  real16: (v, at, little) => v.getFloat16(at, little),
  real32: (v, at, little) => v.getFloat32(at, little),
  real64: (v, at, little) => v.getFloat64(at, little),
};

function numbersIn(
  raw: Uint8Array,
  line: number,
  rows: number,
  perRow: number,
  layout: TiffLayout,
): TiffNumbers {
  const { format, bits, littleEndian, predictor } = layout;
  const out = zerosFor(layout, rows * perRow);
  const read = READERS[`${format}${bits}`];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  // Predictor 3 leaves the most significant byte first.
  const little = predictor === 3 ? false : littleEndian;
  for (let y = 0; y < rows; y++) {
    for (let i = 0; i < perRow; i++) {
      out[y * perRow + i] = read
        ? read(view, y * line + i * bits / 8, little)
        : packedBits(raw, y * line * 8 + i * bits, bits);
    }
  }
  return out;
}

/** A number of any bits, the highest first. */
function packedBits(raw: Uint8Array, start: number, bits: number): number {
  let value = 0;
  for (let bit = start; bit < start + bits; bit++) {
    value = value * 2 + ((raw[bit >> 3] >> (7 - (bit & 7))) & 1);
  }
  return value;
}

/** Each number was stored as its difference from the one a pixel before. */
function unpredict(
  numbers: TiffNumbers,
  perRow: number,
  step: number,
  { bits, format }: TiffLayout,
): void {
  const range = 2 ** bits;
  const low = format === "signed" ? -range / 2 : 0;
  for (let row = 0; row < numbers.length; row += perRow) {
    for (let i = row + step; i < row + perRow; i++) {
      const sum = numbers[i] + numbers[i - step] - low;
      numbers[i] = (sum % range + range) % range + low;
    }
  }
}

/** Bytes of real numbers, sorted by weight and stored as differences (Adobe's technical note 3). */
function unpredictReal(raw: Uint8Array, line: number, step: number, { bits }: TiffLayout): void {
  const size = bits / 8;
  const count = line / size;
  for (let row = 0; row < raw.length; row += line) {
    for (let i = row + step; i < row + line; i++) raw[i] += raw[i - step];
    const sorted = raw.slice(row, row + line);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < size; k++) raw[row + i * size + k] = sorted[k * count + i];
    }
  }
}

/** A part that is a JPEG file, whose tables may stand in the directory. Its colors become RGB unless they are. */
async function decodedJpeg(
  packed: Uint8Array,
  rows: number,
  layout: TiffLayout,
): Promise<Uint8Array> {
  const { part, samples, bits, planar, photometric } = layout;
  if (bits !== 8 || planar) throw refused("its JPEG of other than 8 bits or in planes is not read");
  const tables = Uint8Array.from(layout.values("tables") ?? [0xff, 0xd8, 0xff, 0xd9]);
  // Adobe's marker says whether colors are RGB; without it they would be taken for YCbCr.
  const name = [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, photometric === 2 ? 0 : 1];
  const marker = samples === 3 ? [0xff, 0xee, 0, 14, ...name] : [];
  const file = Uint8Array.from([
    ...[0xff, 0xd8],
    ...marker,
    ...tables.subarray(2, -2),
    ...packed.subarray(2),
  ]);
  const { width, height, components } = frameOf(file);
  if (width !== part.width || height < rows || height > part.height || components !== samples) {
    throw refused("a JPEG in it has another size than its strip or tile");
  }
  return await turbo.decode(file, (_frame, data) => data.slice());
}
