/** The measures of one phantom in three axes: everything that is drawn at random about it, except texture and noise. */

import type { Random } from "@countergrade/countergrade";
import { GRADE_BANDS } from "../grade.ts";

/** The parameters of one volume; lengths in voxels. x runs from front to back, y from head to foot, z from left to right. */
export interface DrawnVolume {
  /** 0 to 3, the band of {@linkcode DrawnVolume.heightLoss}. */
  readonly grade: number;
  /** 1 − the lesser of anterior and middle height over the posterior height, in [0, 0.55). */
  readonly heightLoss: number;
  /** From 0, a wedge, over 1/3, where front and middle give way alike, to 1, biconcave. */
  readonly form: number;
  /** Center of the body in the middle. */
  readonly center: { readonly x: number; readonly y: number; readonly z: number };
  /** Degrees: `lean` in the sagittal plane, clockwise as seen, `roll` to the side, `turn` about the long axis. */
  readonly lean: number;
  readonly roll: number;
  readonly turn: number;
  /** Posterior height of a body. */
  readonly height: number;
  /** Half the depth (front to back) of a body. */
  readonly halfDepth: number;
  /** Half the width (left to right) of a body. */
  readonly halfWidth: number;
  /** Height of a disc. */
  readonly disc: number;
  /** Kyphosis per level in degrees; lordosis is negative. */
  readonly curvature: number;
  /** Brightness out = gain · in + offset, for intensities in [-1, 1]. */
  readonly gain: number;
  readonly offset: number;
}

/** Draws the parameters of a volume of a grade. */
export function drawVolume(random: Random, grade: number): DrawnVolume {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  return {
    grade,
    heightLoss: between(GRADE_BANDS[grade], GRADE_BANDS[grade + 1]),
    form: random.uniform() ** 1.5,
    center: { x: 13 + between(-1, 1), y: 16 + between(-1, 1), z: 16 + between(-1, 1) },
    lean: between(-5, 5),
    roll: between(-4, 4),
    turn: between(-5, 5),
    height: between(12.4, 13.6),
    halfDepth: between(7.6, 8.4),
    halfWidth: between(9.6, 10.8),
    disc: between(3, 4),
    curvature: between(-4, 2),
    gain: between(0.94, 1.06),
    offset: between(-0.04, 0.04),
  };
}
