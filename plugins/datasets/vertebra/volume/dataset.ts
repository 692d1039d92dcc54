/** The phantom in three axes as a data set: volumes are made when asked for, each from the seed, its split and its number alone. */

import {
  type Batch,
  type Dataset,
  InputError,
  type Measurement,
  Random,
  row,
  zeros,
} from "@countergrade/countergrade";
import { GRADE_NAMES, gradeOfHeightLoss } from "../grade.ts";
import { type DrawnVolume, drawVolume } from "./drawn.ts";
import { measureVolume } from "./measure.ts";
import { renderVolume, SIZE } from "./render.ts";

/** The version of the generator: raise it whenever the same seed gives other volumes. */
export const VOLUME_VERSION = 1;

/** A voxel, mm: bodies are about 30 mm high. */
const VOXEL = 2.3;

/** Columns run to the back, rows downwards, slices to the right. */
const AFFINE = [0, 0, VOXEL, 0, -VOXEL, 0, 0, 0, 0, -VOXEL, 0, 0, 0, 0, 0, 1];

/** Its id. */
export const VOLUME_ID = "vertebra3d";

const SPLITS = { train: 4096, val: 256, test: 512 } as const;

const MEASUREMENTS: readonly Measurement[] = [{
  name: "heightLoss",
  unit: "share of the posterior height",
  description:
    "1 − the lesser of anterior and middle height over the posterior height of the body in the middle, from its voxels",
  measure: (images) =>
    Float64Array.from(
      { length: images.shape[0] },
      (_, i) => measureVolume(row(images, i)).heightLoss,
    ),
  grade: gradeOfHeightLoss,
}];

/** The vertebra phantom in three axes; unlike real data it can tell what is true of its volumes. */
export interface VertebraVolumes extends Dataset {
  /**
   * The parameters that volume `index` of a split was drawn with.
   *
   * @throws {InputError} When the split or the index does not exist.
   */
  drawn(split: string, index: number): DrawnVolume;
}

/**
 * Opens the phantom. Labels are grades 0 to 3, exactly balanced: volume `i` has grade `i % 4`.
 *
 * @example
 * ```ts
 * import { openVertebraVolumes } from "./dataset.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const phantom = openVertebraVolumes({ seed: 1 });
 * const { images, labels } = await phantom.get("train", [3]);
 * assertEquals(images.shape, [1, 1, 32, 32, 32]);
 * assertEquals([...labels], [3]);
 * ```
 */
export function openVertebraVolumes({ seed }: { seed: number }): VertebraVolumes {
  const source = new Random(seed);
  const drawn = (split: string, index: number): DrawnVolume => {
    expectVolume(split, index);
    return drawVolume(source.fork("volume", split, index), index % GRADE_NAMES.length);
  };
  const batchOf = (split: string, indices: ArrayLike<number>): Batch => {
    const images = zeros([indices.length, 1, SIZE, SIZE, SIZE]);
    const known = Array.from(indices, (index) => drawn(split, index));
    known.forEach((one, n) => {
      const texture = source.fork("volume", split, indices[n], "texture");
      row(images, n).data.set(renderVolume(one, texture));
    });
    return {
      ids: Array.from(indices, (index) => `${split}/${index}`),
      images,
      labels: Int32Array.from(known, ({ grade }) => grade),
      affines: known.map(() => AFFINE),
    };
  };
  return {
    id: VOLUME_ID,
    title: "Vertebra phantom in three axes",
    imageShape: [1, SIZE, SIZE, SIZE],
    scale: { type: "ordinal", names: GRADE_NAMES },
    splits: SPLITS,
    license: "CC0-1.0 (procedural)",
    citation: "Drawn by Countergrade; bands of height loss after Genant et al., " +
      "J Bone Miner Res 8(9), 1993",
    fingerprint: `vertebra-volumes/${VOLUME_VERSION}/seed-${seed}`,
    measurements: MEASUREMENTS,
    drawn,
    get: (split, indices) =>
      new Promise((resolve) => {
        resolve(batchOf(split, indices));
      }),
  };
}

function expectVolume(split: string, index: number): void {
  if (!Object.hasOwn(SPLITS, split)) {
    throw new InputError(
      `Cannot read ${VOLUME_ID}: expected split ${Object.keys(SPLITS).join(", ")}, ` +
        `current split is "${split}"`,
      ["split"],
    );
  }
  const count = SPLITS[split as keyof typeof SPLITS];
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new InputError(
    `Cannot read ${VOLUME_ID}: expected an index from 0 to ${count - 1} of split "${split}", ` +
      `current index is ${index}`,
    ["indices"],
  );
}
