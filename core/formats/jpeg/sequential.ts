/** JPEG by cosines in one pass (ITU-T T.81, annex F) as libjpeg-turbo here does not read it: 12 bits, four components. */

import { ScanBits } from "./bits.ts";
import type { Component, Scan, Segments } from "./segments.ts";

/** Where the coefficients of a block stand, in the order in which they are stored (figure A.6). */
const ZIGZAG = zigzag();

function zigzag(): Uint8Array {
  const order = Array.from({ length: 64 }, (_, i) => i);
  const diagonal = (i: number) => (i & 7) + (i >> 3);
  // Diagonals are walked up and down in turn.
  return Uint8Array.from(
    order.sort((i, j) =>
      diagonal(i) - diagonal(j) || (diagonal(i) % 2 ? (i >> 3) - (j >> 3) : (j >> 3) - (i >> 3))
    ),
  );
}

/** cos((2x + 1)uπ/16) · C(u)/2 at 8x + u. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [x, u] = [i >> 3, i & 7];
  return Math.cos((2 * x + 1) * u * Math.PI / 16) / 2 * (u === 0 ? Math.SQRT1_2 : 1);
});

/** One component's samples while they are decoded, in whole blocks. */
interface Plane extends Component {
  readonly stride: number;
  readonly data: Uint16Array;
}

/**
 * Decodes the samples `[height, width, component]`; components of fewer samples are repeated.
 *
 * @throws {Error} When the file is damaged, or takes several passes.
 */
export function decodeSequential(file: Segments): Uint16Array {
  const { width, height, components } = file;
  const [most, deepest] = [
    Math.max(...components.map(({ across }) => across)),
    Math.max(...components.map(({ down }) => down)),
  ];
  const [unitsAcross, unitsDown] = [
    Math.ceil(width / (8 * most)),
    Math.ceil(height / (8 * deepest)),
  ];
  const planes = components.map((component): Plane => {
    const stride = unitsAcross * component.across * 8;
    const data = new Uint16Array(stride * unitsDown * component.down * 8);
    return { ...component, stride, data };
  });
  for (const scan of file.scans) decodeScan(scan, file, planes, unitsAcross, unitsDown);
  const out = new Uint16Array(width * height * components.length);
  planes.forEach(({ data, stride, across, down }, place) => {
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y * down / deepest) * stride;
      for (let x = 0; x < width; x++) {
        out[(y * width + x) * components.length + place] =
          data[row + Math.floor(x * across / most)];
      }
    }
  });
  return out;
}

function decodeScan(
  scan: Scan,
  { bits, width, height, components }: Segments,
  planes: readonly Plane[],
  unitsAcross: number,
  unitsDown: number,
): void {
  const reader = new ScanBits(scan.bytes);
  const memory = scan.components.map(() => 0);
  const single = scan.components.length === 1;
  // The blocks of a component that stands alone in its scan are those that its samples need (A.2.2).
  const only = planes[scan.components[0].place];
  const blocks = (size: number, factor: number, all: (one: Component) => number) =>
    Math.ceil(size * factor / Math.max(...components.map(all)) / 8);
  const columns = single ? blocks(width, only.across, ({ across }) => across) : unitsAcross;
  const rows = single ? blocks(height, only.down, ({ down }) => down) : unitsDown;
  for (let unit = 0; unit < columns * rows; unit++) {
    if (scan.interval && unit && unit % scan.interval === 0) {
      reader.restart();
      memory.fill(0);
    }
    const [x, y] = [unit % columns, Math.floor(unit / columns)];
    scan.components.forEach((component, i) => {
      const plane = planes[component.place];
      const [across, down] = single ? [1, 1] : [plane.across, plane.down];
      const divisors = scan.divisors[plane.divisors];
      for (let k = 0; k < across * down; k++) {
        const column = x * across + k % across;
        const row = y * down + Math.floor(k / across);
        const block = coefficients(reader, component, divisors, memory[i]);
        memory[i] = block.dc;
        drawBlock(block.values, plane, row * 8 * plane.stride + column * 8, bits);
      }
    });
  }
}

function coefficients(
  reader: ScanBits,
  { dc, ac }: Scan["components"][number],
  divisors: Uint16Array | undefined,
  before: number,
): { dc: number; values: Float64Array } {
  if (!dc || !ac || !divisors) throw new Error("a table is missing");
  const values = new Float64Array(64);
  const size = reader.symbol(dc);
  if (size > 16) throw new Error("its pixels are damaged");
  const sum = before + reader.signed(size);
  values[0] = sum * divisors[0];
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac);
    const [zeros, bits] = [symbol >> 4, symbol & 15];
    if (bits === 0) {
      if (zeros < 15) break;
      k += 15;
      continue;
    }
    k += zeros;
    if (k > 63) throw new Error("its pixels are damaged");
    values[ZIGZAG[k]] = reader.signed(bits) * divisors[k];
  }
  return { dc: sum, values };
}

/** The inverse cosine transform (A.3.3), first along rows, then along columns. */
function drawBlock(values: Float64Array, { data, stride }: Plane, at: number, bits: number): void {
  const half = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += values[8 * v + u] * COSINES[8 * x + u];
      half[8 * v + x] = sum;
    }
  }
  const [middle, most] = [2 ** (bits - 1), 2 ** bits - 1];
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let sum = middle;
      for (let v = 0; v < 8; v++) sum += half[8 * v + x] * COSINES[8 * y + v];
      data[at + y * stride + x] = Math.min(most, Math.max(0, Math.round(sum)));
    }
  }
}
