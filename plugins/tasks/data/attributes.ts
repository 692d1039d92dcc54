/** Attributes of images that are no disease: how bright, how sharp, where. What an edit may be told to leave alone. */

import { type Dataset, type Images, type Measurement, row } from "@countergrade/countergrade";

/** A quantity of one image `[1, c, h, w]`, read from its pixels. */
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
        (_, i) => of(row(images, i).data, images.shape[3], images.shape[2]),
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

/** All attributes of a data set's images: what the data set measures, and those of any image that it does not name itself. */
export function attributesOf({ measurements = [] }: Dataset): readonly Measurement[] {
  const own = new Set(measurements.map(({ name }) => name));
  return [...ATTRIBUTES.filter(({ name }) => !own.has(name)), ...measurements];
}
