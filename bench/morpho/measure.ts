/** Thickness, slant and intensity of a digit, from its pixels alone. */

import { type Images, type Measurement, row } from "@countergrade/countergrade";
import { SIZE } from "./strokes.ts";

/** What is read of one image. */
interface Measures {
  readonly thickness: number;
  readonly slant: number;
  readonly intensity: number;
}

/** Ink of less than this share of the brightest is noise. */
const FAINT = 0.1;

/**
 * Intensity: the mean of the brightest tenth of the ink's pixels. Thickness: a stroke of length L and thickness t has the area tL and an
 * outline of 2L, so t = 2 · ink / outline, the outline being the sum of the lengths of gradients. Slant: how far rows are moved against each other,
 * by second moments, as in Morpho-MNIST (Castro et al. 2019).
 */
function measuresOf(pixels: Float32Array): Measures {
  const light = Array.from(pixels, (value) => (value + 1) / 2);
  const brightest = Math.max(...light);
  const strong = light.filter((value) => value > brightest / 2).sort((a, b) => b - a);
  const some = strong.slice(0, Math.max(3, Math.ceil(strong.length / 10)));
  const intensity = some.reduce((sum, value) => sum + value, 0) / some.length;
  if (!(intensity > 0.05)) return { thickness: NaN, slant: NaN, intensity: NaN };
  const ink = light.map((value) =>
    Math.min(1, Math.max(0, (value / intensity - FAINT) / (1 - FAINT)))
  );
  let [area, outline, mx, my] = [0, 0, 0, 0];
  for (let i = 0; i < ink.length; i++) {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    const right = x + 1 < SIZE ? ink[i + 1] - ink[i] : 0;
    const below = y + 1 < SIZE ? ink[i + SIZE] - ink[i] : 0;
    area += ink[i];
    outline += Math.hypot(right, below);
    mx += ink[i] * x;
    my += ink[i] * y;
  }
  let [xy, yy] = [0, 0];
  for (let i = 0; i < ink.length; i++) {
    const [x, y] = [i % SIZE - mx / area, Math.floor(i / SIZE) - my / area];
    xy += ink[i] * x * y;
    yy += ink[i] * y * y;
  }
  return {
    thickness: 2 * area / outline,
    slant: -Math.atan2(xy, yy) * 180 / Math.PI,
    intensity,
  };
}

function measurement(name: keyof Measures, unit: string, description: string): Measurement {
  return {
    name,
    unit,
    description,
    measure: (images: Images) =>
      Float64Array.from(
        { length: images.shape[0] },
        (_, i) => measuresOf(row(images, i).data)[name],
      ),
  };
}

/** What can be measured in images of digits. */
export const MEASUREMENTS: readonly Measurement[] = [
  measurement("thickness", "px", "Twice the ink over its outline"),
  measurement("slant", "degrees to the right", "How far rows are moved against each other"),
  measurement("intensity", "share of white", "The brightest tenth of the ink"),
];
