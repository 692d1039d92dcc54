/** How the pixels of a TIFF page lie in its strips or tiles. */

import { refused, type TiffDirectory } from "./directory.ts";

/** Tags (TIFF 6.0, section 8, and its supplements). */
const TAGS = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  offsets: 273,
  orientation: 274,
  samples: 277,
  rows: 278,
  counts: 279,
  planar: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileCounts: 325,
  extraSamples: 338,
  format: 339,
  tables: 347,
} as const;

/** The values of a tag by its name. */
export type TiffTag = keyof typeof TAGS;

/** What samples are. */
export type SampleFormat = "unsigned" | "signed" | "real";

/** A page. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  /** Of each sample. */
  readonly bits: number;
  readonly format: SampleFormat;
  readonly compression: number;
  readonly photometric: number;
  readonly predictor: number;
  /** Each sample in parts of its own. */
  readonly planar: boolean;
  /** The first pixel of a byte is in its lowest bit. */
  readonly reversed: boolean;
  /** Size of a strip or tile, in pixels. */
  readonly part: { readonly width: number; readonly height: number };
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  readonly littleEndian: boolean;
  values(tag: TiffTag): readonly number[] | undefined;
}

const FORMATS: Readonly<Record<number, SampleFormat>> = { 1: "unsigned", 2: "signed", 3: "real" };

/** Bits that samples of each format may have. */
const BITS: Readonly<Record<SampleFormat, (bits: number) => boolean>> = {
  unsigned: (bits) => bits >= 1 && bits <= 32,
  signed: (bits) => [8, 16, 32].includes(bits),
  real: (bits) => [16, 32, 64].includes(bits),
};

/** The most pixels of all parts together; tiles may reach beyond the picture. */
const MOST_PIXELS = 2 ** 28;
/** Colors and opacity. */
const MOST_SAMPLES = 5;

/**
 * Reads the layout of a page.
 *
 * @param length Bytes of the file, which no part may reach beyond.
 * @throws {FormatError} When it has more than `maxPixels`, is damaged or not read.
 */
export function layoutOf(
  directory: TiffDirectory,
  length: number,
  maxPixels: number,
): TiffLayout {
  const first = (tag: TiffTag, fallback: number) => directory.first(TAGS[tag], fallback);
  const values = (tag: TiffTag) => directory.values(TAGS[tag]);
  const [width, height] = [first("width", 0), first("height", 0)];
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw refused(`expected at most ${maxPixels} pixels, it has ${width} × ${height}`);
  }
  const [samples, bits] = [first("samples", 1), first("bits", 1)];
  // 4 says that nothing is known of them.
  const format = FORMATS[first("format", 1) === 4 ? 1 : first("format", 1)];
  const alike = values("bits")?.every((one) => one === bits) ?? true;
  if (!(samples >= 1 && samples <= MOST_SAMPLES && alike && format && BITS[format](bits))) {
    throw refused(`${samples} samples of ${values("bits")?.join(", ") ?? 1} bits are not read`);
  }
  const tiled = values("tileWidth") !== undefined;
  const rows = Math.min(first("rows", height), height);
  const part = tiled
    ? { width: first("tileWidth", 0), height: first("tileHeight", 0) }
    : { width, height: rows };
  const layout: TiffLayout = {
    width,
    height,
    samples,
    bits,
    format,
    compression: first("compression", 1),
    photometric: first("photometric", 1),
    predictor: first("predictor", 1),
    planar: first("planar", 1) === 2 && samples > 1,
    reversed: first("fillOrder", 1) === 2,
    part,
    offsets: values(tiled ? "tileOffsets" : "offsets") ?? [],
    counts: values(tiled ? "tileCounts" : "counts") ?? [],
    littleEndian: directory.littleEndian,
    values,
  };
  checkParts(layout, length);
  return layout;
}

/** Parts across and down a page, and in how many layers. */
export function gridOf({ width, height, part, planar, samples }: TiffLayout) {
  return {
    across: Math.ceil(width / part.width),
    down: Math.ceil(height / part.height),
    layers: planar ? samples : 1,
  };
}

function checkParts(layout: TiffLayout, length: number): void {
  const { part, offsets, counts } = layout;
  const { across, down, layers } = gridOf(layout);
  if (!(part.width >= 1 && part.height >= 1)) throw refused("its strips or tiles have no size");
  if (!(part.width * part.height * across * down <= MOST_PIXELS)) {
    throw refused("its tiles are too large");
  }
  const needed = across * down * layers;
  if (offsets.length > needed) {
    throw refused(`expected at most ${needed} strips or tiles, it has ${offsets.length}`);
  }
  if (offsets.length < needed || counts.length < needed) {
    throw refused(`expected ${needed} strips or tiles, it has ${offsets.length}`);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > length || offsets.some((at, i) => at + counts[i] > length)) {
    throw refused("its strips or tiles share bytes, or reach beyond the file");
  }
}
