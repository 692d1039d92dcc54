/** The measures of one phantom: everything that is drawn at random about it, except texture and noise. */

import type { Random } from "@countergrade/countergrade";
import { GRADE_BANDS } from "./grade.ts";

/** The parameters of one image. Lengths are in pixels; those of the spine are before {@linkcode Pose.scale}. */
export interface DrawnMeasures {
  /** 0 to 3, the band of {@linkcode DrawnMeasures.heightLoss}. */
  readonly grade: number;
  /** 1 − anterior/posterior height of the central body, in [0, 0.55). */
  readonly heightLoss: number;
  /** Heights of the central body as they appear in the image, in pixels (scale included). */
  readonly anterior: number;
  readonly middle: number;
  readonly posterior: number;
  readonly pose: Pose;
  /** Posterior height of a body. */
  readonly height: number;
  /** Half the depth (front to back) of a body. */
  readonly halfDepth: number;
  /** Height of a disc. */
  readonly disc: number;
  /** How far an end plate's middle lies inside, px. */
  readonly concavity: number;
  /** Kyphosis per level in degrees; lordosis is negative. */
  readonly curvature: number;
  readonly exposure: Exposure;
}

/** Where the central body lies. */
export interface Pose {
  /** Center of the posterior wall's height at half depth, in pixels from the image's top left corner. */
  readonly x: number;
  readonly y: number;
  /** Degrees, clockwise as seen. */
  readonly rotation: number;
  readonly scale: number;
}

/** Brightness out = gain · in^gamma + offset, for intensities in [0, 1]. */
export interface Exposure {
  readonly gain: number;
  readonly gamma: number;
  readonly offset: number;
}

/** The middle of the body loses this share of what the front loses (wedge plus bowing). */
export const MIDDLE_SHARE = 0.62;

/** Draws the parameters of an image of a grade. */
export function drawMeasures(random: Random, grade: number): DrawnMeasures {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const heightLoss = between(GRADE_BANDS[grade], GRADE_BANDS[grade + 1]);
  const pose = {
    x: 27 + between(-3, 3),
    y: 32 + between(-3, 3),
    rotation: between(-6, 6),
    scale: between(0.92, 1.08),
  };
  const height = between(19, 21);
  const concavity = between(0.6, 1.5);
  return {
    grade,
    heightLoss,
    anterior: height * (1 - heightLoss) * pose.scale,
    middle: (height * (1 - MIDDLE_SHARE * heightLoss) - 2 * concavity) * pose.scale,
    posterior: height * pose.scale,
    pose,
    height,
    halfDepth: between(12.2, 13.6),
    disc: between(4.8, 6.4),
    concavity,
    curvature: between(-5, 3),
    exposure: {
      gain: between(0.93, 1.05),
      gamma: between(0.88, 1.14),
      offset: between(-0.03, 0.03),
    },
  };
}
