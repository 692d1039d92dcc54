/**
 * Digits drawn by strokes after Morpho-MNIST (Castro et al., JMLR 20, 2019), with the causes of Pawlowski et al. (NeurIPS 2020): the
 * thicker a digit, the brighter. What would have been, had it been thicker, can be drawn.
 */

import { type Dataset, datasets, definePlugin, Random, tensor } from "@countergrade/countergrade";
import { indicesIn } from "@countergrade/countergrade/images";
import { z } from "zod";
import { MEASUREMENTS } from "./measure.ts";
import { drawn, type Pen, SIZE } from "./strokes.ts";

const SPLITS: Readonly<Record<string, number>> = { train: 4000, val: 400, test: 400 };

/** What made an image, with what nobody sees. */
export interface Cause extends Pen {
  /** ε of the intensity: what it has beside the thickness. */
  readonly glow: number;
}

/** i = (191 σ(½ ε + 2 t − 5) + 64) / 255, as in the papers. */
export function intensityOf(thickness: number, glow: number): number {
  return (191 / (1 + Math.exp(-(0.5 * glow + 2 * thickness - 5))) + 64) / 255;
}

/** Image `index` of a split as it was drawn: t = ½ + Γ(10, 5), px, ε ~ N(0, 1), slant ~ N(0, 12²) degrees. */
export function causeOf(split: string, index: number): Cause {
  const random = new Random(1).fork("morpho", split, index);
  let thickness = 0.5;
  for (let k = 0; k < 10; k++) thickness -= Math.log(1 - random.uniform()) / 5;
  const glow = random.normal();
  return {
    digit: index % 10,
    thickness,
    glow,
    slant: 12 * random.normal(),
    intensity: intensityOf(thickness, glow),
    width: 8.5 * (1 + 0.08 * random.normal()),
    height: 9 * (1 + 0.06 * random.normal()),
  };
}

/** The data set `morpho`; its labels are thicknesses, a further label is the digit. */
export const morpho: Dataset = {
  id: "morpho",
  title: "Drawn digits",
  imageShape: [1, SIZE, SIZE],
  scale: { type: "continuous", names: ["thickness, px"] },
  splits: SPLITS,
  license: "CC0-1.0 (procedural)",
  fingerprint: "morpho/1",
  measurements: MEASUREMENTS,
  columns: [{
    name: "digit",
    scale: { type: "nominal", names: Array.from({ length: 10 }, (_, digit) => String(digit)) },
    labels: Object.fromEntries(
      Object.entries(SPLITS).map(([split, length]) => [
        split,
        Int32Array.from({ length }, (_, index) => index % 10),
      ]),
    ),
  }],
  // deno-lint-ignore require-await -- rejects instead of throwing
  async get(split, indices) {
    const wanted = indicesIn({ id: "morpho", splits: SPLITS }, split, indices);
    const causes = wanted.map((index) => causeOf(split, index));
    const size = SIZE * SIZE;
    const images = tensor([causes.length, 1, SIZE, SIZE], new Float32Array(causes.length * size));
    causes.forEach((cause, i) => images.data.set(drawn(cause), i * size));
    return {
      ids: wanted.map((index) => `${split}/${index}`),
      images,
      labels: Float64Array.from(causes, ({ thickness }) => thickness),
    };
  },
};

export default definePlugin({
  id: "drawn-digits",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "morpho",
      description: "Digits drawn by strokes, with their thickness",
      options: z.strictObject({}),
      discover: () => Promise.resolve([{ id: "morpho", title: morpho.title, options: {} }]),
      open: () => Promise.resolve(morpho),
    }),
});
