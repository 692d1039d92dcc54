/** TIFF files as images. */

import { attempt, attemptLater } from "../../refusal.ts";
import type { Orientation } from "../jpeg/exif.ts";
import { type Pixels, pixelsOf, turned } from "../pixels.ts";
import { defaultMaxPixels } from "../png/header.ts";
import { readDirectory, refused } from "./directory.ts";
import { layoutOf, type TiffLayout } from "./layout.ts";
import { samplesOf, type TiffNumbers } from "./samples.ts";

/** What colors are, by the number of PhotometricInterpretation: samples of a pixel that are colors. */
const COLORS: Readonly<Record<number, { name: string; samples: number }>> = {
  0: { name: "inverted", samples: 1 },
  1: { name: "gray", samples: 1 },
  2: { name: "RGB", samples: 3 },
  3: { name: "palette", samples: 1 },
  5: { name: "CMYK", samples: 4 },
  6: { name: "YCbCr", samples: 3 },
};

const JPEG = 7;

/** A page as it was read. */
export interface TiffPage {
  /** Upright, gray or RGB. */
  readonly pixels: Pixels;
  /** The file's numbers that are black and white. */
  readonly numbers: readonly [black: number, white: number];
}

/**
 * Decodes the first page of a TIFF or BigTIFF, upright as its orientation says: unsigned numbers of up to 24 bits from the least to the greatest of that many bits, others from the
 * page's own least to its greatest value. Opacity is ignored.
 *
 * @throws {FormatError} When the file is damaged, has more than `maxPixels`, or holds other colors.
 */
export async function readTiff(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number } = {},
): Promise<TiffPage> {
  const layout = attempt(() => layoutOf(readDirectory(bytes), bytes.length, maxPixels), refused);
  const { photometric, samples, compression } = layout;
  const kind = COLORS[photometric];
  const isRead = kind && samples >= kind.samples && (photometric !== 6 || compression === JPEG);
  if (!isRead) {
    throw refused(
      `colors of kind ${photometric} (${
        kind?.name ?? "unknown"
      }) with ${samples} samples are not read`,
    );
  }
  const numbers = await attemptLater(() => samplesOf(bytes, layout), refused);
  const page = asStored(numbers, layout) ?? attempt(() => inPlanes(numbers, layout), refused);
  const orientation = layout.values("orientation")?.[0] ?? 1;
  if (!(orientation > 1 && orientation <= 8)) return page;
  return { ...page, pixels: turned(page.pixels, orientation as Orientation) };
}

/** Gray and colors whose numbers need no change; undefined for others. */
function asStored(
  numbers: TiffNumbers,
  { photometric, width, height, samples, bits }: TiffLayout,
): TiffPage | undefined {
  if (numbers instanceof Float64Array || ![1, 2, 6].includes(photometric)) return undefined;
  const most = 2 ** bits - 1;
  const pixels = {
    ...{ channels: photometric === 1 ? 1 : 3, height, width, data: numbers, half: most / 2 },
    ...{ start: 0, strides: [1, width * samples, samples] as const },
  };
  return { pixels, numbers: [0, most] };
}

function inPlanes(numbers: TiffNumbers, layout: TiffLayout): TiffPage {
  const { planes, black, white } = planesOf(numbers, layout);
  const { width, height } = layout;
  const channels = planes.length / (width * height);
  const pixels = pixelsOf({ shape: [1, channels, height, width], data: planes });
  return { pixels, numbers: [black, white] };
}

function planesOf(
  numbers: TiffNumbers,
  layout: TiffLayout,
): { planes: Float32Array; black: number; white: number } {
  const { photometric, width, height, samples } = layout;
  if (photometric === 3) return { planes: paletteColors(numbers, layout), black: 0, white: 255 };
  if (photometric === 5) return { planes: printColors(numbers, layout), black: 0, white: 255 };
  const plane = width * height;
  const colors = photometric === 2 || photometric === 6 ? 3 : 1;
  const { low, high } = rangeOf(numbers, layout, colors);
  const inverted = photometric === 0;
  const planes = new Float32Array(colors * plane);
  for (let c = 0; c < colors; c++) {
    for (let i = 0; i < plane; i++) {
      const y = high > low ? 2 * (numbers[i * samples + c] - low) / (high - low) - 1 : -1;
      // NaN is background.
      planes[c * plane + i] = (inverted ? -1 : 1) * (y > -1 ? Math.min(1, y) : -1);
    }
  }
  return { planes, black: inverted ? high : low, white: inverted ? low : high };
}

/** Of unsigned numbers what their bits hold, of others what the page has in its colors. */
function rangeOf(
  numbers: TiffNumbers,
  { format, bits, samples }: TiffLayout,
  colors: number,
): { low: number; high: number } {
  if (format === "unsigned" && bits <= 24) return { low: 0, high: 2 ** bits - 1 };
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    if (i % samples >= colors || !Number.isFinite(numbers[i])) continue;
    if (numbers[i] < low) low = numbers[i];
    if (numbers[i] > high) high = numbers[i];
  }
  return { low, high };
}

/** Indices of a map of red, then green, then blue (TIFF 6.0, section 5). */
function paletteColors(numbers: TiffNumbers, layout: TiffLayout): Float32Array {
  const { width, height, samples, bits } = layout;
  const [map, count] = [layout.values("colorMap") ?? [], 2 ** bits];
  if (bits > 16 || map.length !== 3 * count) throw refused("its map of colors is missing or short");
  // Some writers give 8 bits where 16 are meant.
  const most = map.some((value) => value > 255) ? 65_535 : 255;
  const plane = width * height;
  return Float32Array.from({ length: 3 * plane }, (_, at) => {
    const [color, i] = [Math.floor(at / plane), at % plane];
    return 2 * map[color * count + numbers[i * samples]] / most - 1;
  });
}

/** Cyan, magenta, yellow and black ink on white paper. */
function printColors(numbers: TiffNumbers, layout: TiffLayout): Float32Array {
  const { width, height, samples, bits } = layout;
  const most = 2 ** bits - 1;
  const plane = width * height;
  return Float32Array.from({ length: 3 * plane }, (_, at) => {
    const [color, i] = [Math.floor(at / plane), at % plane];
    const [ink, black] = [numbers[i * samples + color], numbers[i * samples + 3]];
    return 2 * (1 - ink / most) * (1 - black / most) - 1;
  });
}
