/** Attributes of images that are no disease: how bright, how sharp, where. What an edit may be told to leave alone. */

import { type Dataset, type Images, type Measurement, row } from "@countergrade/countergrade";

/** A quantity of one image `[1, c, h, w]`, or volume, whose slices count as channels, read from its pixels. */
function measurement(
  name: string,
  unit: string,
  description: string,
  of: (pixels: Float32Array, width: number, height: number) => number,
): Measurement {
  return {
    name,
    unit,
    description,
    measure: (images: Images) =>
      Float64Array.from(
        { length: images.shape[0] },
        (_, i) => of(row(images, i).data, images.shape.at(-1)!, images.shape.at(-2)!),
      ),
  };
}

const mean = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};

/** The standard deviation of all pixels. */
function deviation(pixels: Float32Array): number {
  const center = mean(pixels);
  let sum = 0;
  for (const value of pixels) sum += (value - center) ** 2;
  return Math.sqrt(sum / pixels.length);
}

/**
 * The root mean square difference of neighbors in a row, over the standard deviation: independent of brightness and contrast. The mean
 * absolute difference would not tell a soft edge from a hard one.
 */
function sharpness(pixels: Float32Array, width: number): number {
  let sum = 0;
  for (let i = 1; i < pixels.length; i++) {
    if (i % width !== 0) sum += (pixels[i] - pixels[i - 1]) ** 2;
  }
  return Math.sqrt(sum / pixels.length) / Math.max(1e-6, deviation(pixels));
}

/** Where the light is, along one axis: the center of mass of intensities above black, as a share of the image's size. */
function centerOf(pixels: Float32Array, width: number, height: number, axis: "x" | "y"): number {
  let [weight, place] = [0, 0];
  for (let i = 0; i < pixels.length; i++) {
    const light = pixels[i] + 1;
    const at = axis === "x" ? (i % width) / width : Math.floor(i / width) % height / height;
    weight += light;
    place += light * at;
  }
  return weight > 0 ? place / weight : 0.5;
}

/** What can be measured in any image. */
export const ATTRIBUTES: readonly Measurement[] = [
  measurement("brightness", "intensity, −1 to 1", "The mean of all pixels", mean),
  measurement("contrast", "intensity", "The standard deviation of all pixels", deviation),
  measurement(
    "sharpness",
    "share of the contrast",
    "The root mean square difference of neighboring pixels over the contrast",
    sharpness,
  ),
  measurement(
    "positionX",
    "share of the width",
    "The center of mass of the light, from the left",
    (pixels, width, height) => centerOf(pixels, width, height, "x"),
  ),
  measurement(
    "positionY",
    "share of the height",
    "The center of mass of the light, from the top",
    (pixels, width, height) => centerOf(pixels, width, height, "y"),
  ),
];

/** What often gives away where an image comes from rather than what it shows. */
export const TRACES: readonly Measurement[] = [
  measurement(
    "border",
    "intensity",
    "The mean of the outermost twentieth on all sides minus that of the rest",
    border,
  ),
  measurement(
    "marker",
    "intensity",
    "The spot in the corners that is brightest against its surroundings, as a letter of lead is",
    (pixels, width, height) => brightestSpot(pixels, width, height),
  ),
];

/** The mean of the rim minus that of the inside. */
function border(pixels: Float32Array, width: number, height: number): number {
  const rim = Math.max(1, Math.round(width / 20));
  const [outer, inner]: [number[], number[]] = [[], []];
  pixels.forEach((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const depth = Math.min(x, y, width - 1 - x, height - 1 - y);
    (depth < rim ? outer : inner).push(value);
  });
  return mean(outer) - mean(inner);
}

/** The greatest difference, over places in the corners, of a small square's mean and that of the square three times as wide. */
function brightestSpot(pixels: Float32Array, width: number, height: number): number {
  const sums = areaSums(pixels, width, height);
  const side = Math.max(2, Math.round(width / 21));
  const corner = Math.round(width / 4);
  const meanOf = (x: number, y: number, size: number) => {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    const [right, bottom] = [Math.min(width, x + size), Math.min(height, y + size)];
    const at = (column: number, row: number) => sums[row * (width + 1) + column];
    const sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
    return sum / ((right - left) * (bottom - top));
  };
  let most = -Infinity;
  for (const left of [0, width - corner]) {
    for (const top of [0, height - corner]) {
      for (let y = top; y + side <= top + corner; y++) {
        for (let x = left; x + side <= left + corner; x++) {
          most = Math.max(most, meanOf(x, y, side) - meanOf(x - side, y - side, 3 * side));
        }
      }
    }
  }
  return most;
}

/** Sums of the mean over channels from the top left corner to each place, `[height + 1, width + 1]`. */
function areaSums(pixels: Float32Array, width: number, height: number): Float64Array {
  const out = new Float64Array((width + 1) * (height + 1));
  const channels = pixels.length / (width * height);
  for (let y = 0; y < height; y++) {
    let line = 0;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        line += pixels[(c * height + y) * width + x] / channels;
      }
      const at = (y + 1) * (width + 1) + x + 1;
      out[at] = out[at - width - 1] + line;
    }
  }
  return out;
}

/** All attributes of a data set's images: what the data set measures, and those of any image that it does not name itself. */
export function attributesOf({ measurements = [] }: Dataset): readonly Measurement[] {
  const own = new Set(measurements.map(({ name }) => name));
  return [...ATTRIBUTES.filter(({ name }) => !own.has(name)), ...measurements];
}

/** The same without parts of others, see {@linkcode Measurement.part}. */
export function wholeAttributesOf(dataset: Dataset): readonly Measurement[] {
  return attributesOf(dataset).filter(({ part }) => !part);
}

/** The same with the traces that scanners and hands leave: whatever can be asked for by name. */
export function namedAttributesOf(dataset: Dataset): readonly Measurement[] {
  const all = [...attributesOf(dataset), ...TRACES];
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}
