/** Lossless JPEG (ITU-T T.81, annex H): each sample as its difference from a guess by its neighbors. */

import { type HuffmanTable, ScanBits } from "./bits.ts";
import type { Scan, Segments } from "./segments.ts";

/** The guesses by number, of the neighbors to the left (a), above (b), and above to the left (c) (table H.1). */
const GUESSES: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_a, b) => b,
  (_a, _b, c) => c,
  (a, b, c) => a + b - c,
  (a, b, c) => a + ((b - c) >> 1),
  (a, b, c) => b + ((a - c) >> 1),
  (a, b) => (a + b) >> 1,
];

/**
 * Decodes the samples `[height, width, component]`.
 *
 * @throws {Error} When the file is damaged, or has components of different size.
 */
export function decodeLossless(file: Segments): Uint16Array {
  const { width, height, components } = file;
  if (components.some(({ across, down }) => across !== 1 || down !== 1)) {
    throw new Error("components of different size are not read");
  }
  const out = new Uint16Array(width * height * components.length);
  for (const scan of file.scans) decodeScan(scan, file, out);
  return out;
}

function decodeScan(scan: Scan, { width, height, bits, components }: Segments, out: Uint16Array) {
  const guess = GUESSES[scan.start];
  if (!guess || scan.start === 0) throw new Error(`there is no predictor ${scan.start}`);
  const reader = new ScanBits(scan.bytes);
  const [step, line] = [components.length, width * components.length];
  const first = 2 ** (bits - scan.low - 1);
  let restartRow = 0;
  for (let y = 0, unit = 0; y < height; y++) {
    for (let x = 0; x < width; x++, unit++) {
      if (scan.interval && unit && unit % scan.interval === 0) {
        reader.restart();
        restartRow = y;
      }
      for (const { place, dc } of scan.components) {
        const at = y * line + x * step + place;
        const above = y > restartRow;
        const guessed = x === 0
          ? above ? out[at - line] : first
          : above
          ? guess(out[at - step], out[at - line], out[at - line - step])
          : out[at - step];
        out[at] = guessed + difference(reader, dc);
      }
    }
  }
  if (scan.low) { for (let i = 0; i < out.length; i++) out[i] <<= scan.low; }
}

function difference(reader: ScanBits, table: HuffmanTable | undefined): number {
  if (!table) throw new Error("a table of codes is missing");
  const size = reader.symbol(table);
  if (size > 16) throw new Error("its pixels are damaged");
  return size === 16 ? 32_768 : reader.signed(size);
}
