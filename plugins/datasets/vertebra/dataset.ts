/** The phantom as a data set: images are made when asked for, each from the seed, its split and its number alone. */

import {
  type Batch,
  type Dataset,
  type Images,
  InputError,
  type Measurement,
  Random,
  row,
  zeros,
} from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";
import { GRADE_NAMES, gradeOfHeightLoss } from "./grade.ts";
import { type HeightMeasurement, measureHeightLoss } from "./measure.ts";
import { render, SIZE } from "./render.ts";
import { drawMeasures, type DrawnMeasures } from "./drawn_measures.ts";

/** The version of the generator: raise it whenever the same seed gives other images. */
export const PHANTOM_VERSION = 1;

const SPLITS = { train: 4096, val: 256, test: 512 } as const;

const seen = new WeakMap<Float32Array, readonly HeightMeasurement[]>();

/**
 * {@linkcode measureHeightLoss} of every image, of larger ones shrunk, lengths in their own pixels; several measurements ask
 * for the same images one after the other.
 */
function measured(images: Images): readonly HeightMeasurement[] {
  const known = seen.get(images.data) ??
    Array.from({ length: images.shape[0] }, (_, i) => measuredAt(images.shape[2], row(images, i)));
  seen.set(images.data, known);
  return known;
}

function measuredAt(size: number, image: Images): HeightMeasurement {
  const found = measureHeightLoss(size > SIZE ? resize(image, SIZE, SIZE) : image);
  return { ...found, level: found.level * size / SIZE };
}

/** A part of {@linkcode measureHeightLoss} as others may use it. */
function part(
  name: "heightLoss" | "tilt" | "level",
  unit: string,
  description: string,
): Measurement {
  return {
    name,
    unit,
    description,
    measure: (images) => Float64Array.from(measured(images), (one) => one[name]),
  };
}

const MEASUREMENTS: readonly Measurement[] = [
  {
    ...part(
      "heightLoss",
      "share of the posterior height",
      "1 − anterior/posterior height of the body in the middle, from its outline",
    ),
    grade: gradeOfHeightLoss,
  },
  part("tilt", "degrees, clockwise", "How the body in the middle leans, by its end plates"),
  part("level", "px from the top", "Where the middle of its posterior height lies"),
];

/** The vertebra phantom; unlike real data it can tell what is true of its images. */
export interface VertebraDataset extends Dataset {
  /**
   * The parameters that image `index` of a split was drawn with.
   *
   * @throws {InputError} When the split or the index does not exist.
   */
  drawn(split: string, index: number): DrawnMeasures;
  /**
   * Image `index` of a split with another height loss, `[1, 1, size, size]`: pose, texture and noise as they are; the neighbors lean
   * as far as the spine then bends. What a counterfactual should look like.
   *
   * @throws {InputError} As {@linkcode VertebraDataset.drawn} does.
   */
  counterfactual(split: string, index: number, heightLoss: number): Images;
}

/** Sides in pixels that the phantom can be drawn with. */
export type PhantomSize = 64 | 128;

/** Ids of the data sets by the side of their images. */
export const PHANTOM_IDS: Readonly<Record<PhantomSize, string>> = {
  64: "vertebra",
  128: "vertebra128",
};

/**
 * Opens the phantom. Labels are grades 0 to 3, exactly balanced: image `i` has grade `i % 4`. Of every size they are the
 * same patients, with the same textures, and other noise.
 *
 * @example
 * ```ts
 * import { openVertebra } from "./dataset.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const phantom = openVertebra({ seed: 1 });
 * const { images, labels } = await phantom.get("train", [0, 3]);
 * assertEquals(images.shape, [2, 1, 64, 64]);
 * assertEquals([...labels], [0, 3]);
 * ```
 */
export function openVertebra(
  { seed, size = SIZE }: { seed: number; size?: PhantomSize },
): VertebraDataset {
  const source = new Random(seed);

  const drawn = (split: string, index: number): DrawnMeasures => {
    expectImage(split, index);
    return drawMeasures(source.fork(split, index), index % GRADE_NAMES.length);
  };

  return {
    id: PHANTOM_IDS[size],
    title: size === SIZE ? "Vertebra phantom" : `Vertebra phantom, ${size} px`,
    imageShape: [1, size, size],
    scale: { type: "ordinal", names: GRADE_NAMES },
    splits: SPLITS,
    license: "CC0-1.0 (procedural)",
    citation: "Drawn by Countergrade; bands of height loss after Genant et al., " +
      "J Bone Miner Res 8(9), 1993",
    fingerprint: `vertebra-phantom/${PHANTOM_VERSION}/seed-${seed}` +
      (size === SIZE ? "" : `/${size}-px`),
    measurements: MEASUREMENTS,
    drawn,
    counterfactual(split, index, heightLoss) {
      const texture = source.fork(split, index, "texture");
      const known = { ...drawn(split, index), heightLoss };
      return { shape: [1, 1, size, size], data: render(known, texture, size) };
    },
    get(split, indices): Promise<Batch> {
      const images = zeros([indices.length, 1, size, size]);
      const labels = new Int32Array(indices.length);
      const ids: string[] = [];
      try {
        for (let n = 0; n < indices.length; n++) {
          const known = drawn(split, indices[n]);
          const texture = source.fork(split, indices[n], "texture");
          images.data.set(render(known, texture, size), n * size * size);
          labels[n] = known.grade;
          ids.push(`${split}/${indices[n]}`);
        }
      } catch (error) {
        return Promise.reject(error);
      }
      return Promise.resolve({ ids, images, labels });
    },
  };
}

function expectImage(split: string, index: number): void {
  if (!Object.hasOwn(SPLITS, split)) {
    throw new InputError(
      `Cannot read vertebra: expected split ${Object.keys(SPLITS).join(", ")}, ` +
        `current split is "${split}"`,
      ["split"],
    );
  }
  const count = SPLITS[split as keyof typeof SPLITS];
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new InputError(
    `Cannot read vertebra: expected an index from 0 to ${count - 1} of split "${split}", ` +
      `current index is ${index}`,
    ["indices"],
  );
}
