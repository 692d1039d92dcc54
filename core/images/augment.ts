/** Augmentation: images as they might also have been taken, for training only. */

import { z } from "zod";
import type { OptionsSchema } from "../options_schema.ts";
import { changeIntensity, type IntensityChange } from "./intensity.ts";
import type { Random } from "../random.ts";
import type { Images } from "../tensor.ts";
import { slicesAsChannels } from "./planes.ts";
import {
  distorted,
  type GridShift,
  type Places,
  samePlaces,
  shifted,
  turned,
  warp,
} from "./warp.ts";

/** How much images may change; 0 and false change nothing. */
export interface Augmentation {
  /** Largest rotation either way, in degrees, 0 to 180. */
  rotate: number;
  /** Whether half of the images are mirrored left to right. */
  flipHorizontal: boolean;
  /** Whether half of the images are turned upside down. */
  flipVertical: boolean;
  /** Largest zoom either way, 0 to 4: with 0.2 from 1/1.2 times to 1.2 times the size. */
  zoom: number;
  /** Largest shift up, down, left and right, as a share of the size, 0 to 0.5; absent as 0. */
  shift?: number;
  /** Largest shift of the inner nodes of a grid, as a share of a cell, 0 to 0.4. */
  distort: number;
  /** Cells of that grid along each side, 2 to 16. */
  distortCells: number;
  /** Largest change of brightness either way, 0 to 2; 2 is from black to white. */
  brightness: number;
  /** Largest change of contrast either way, 0 to 4: with 0.2 from 1/1.2 times to 1.2 times. */
  contrast: number;
  /** Largest change of gamma either way, 0 to 4: with 0.2 exponents from 1/1.2 to 1.2. */
  gamma: number;
  /** What comes in from beyond the border: the nearest pixel, or black. */
  fill: "edge" | "background";
}

/** How much images may change; everything is off by default. Each image draws its own change, uniformly. */
export const AugmentationSchema: OptionsSchema<Augmentation> = z.strictObject({
  rotate: z.number().min(0).max(180).default(0)
    .describe("Largest rotation either way, in degrees"),
  flipHorizontal: z.boolean().default(false).describe("Mirror half of the images left to right"),
  flipVertical: z.boolean().default(false).describe("Turn half of the images upside down"),
  zoom: z.number().min(0).max(4).default(0)
    .describe("Largest zoom either way: with 0.2 from 1/1.2 times to 1.2 times the size"),
  // Came later: with a default it would be part of the key of every job that augments.
  shift: z.number().min(0).max(0.5).optional()
    .describe("Largest shift up, down, left and right, as a share of the size; default: 0"),
  distort: z.number().min(0).max(0.4).default(0)
    .describe("Largest shift of the inner nodes of a grid, as a share of a cell"),
  distortCells: z.int().min(2).max(16).default(4).describe("Cells of that grid along each side"),
  brightness: z.number().min(0).max(2).default(0)
    .describe("Largest change of brightness either way; 2 is from black to white"),
  contrast: z.number().min(0).max(4).default(0)
    .describe("Largest change of contrast either way: with 0.2 from 1/1.2 times to 1.2 times"),
  gamma: z.number().min(0).max(4).default(0)
    .describe("Largest change of gamma either way: with 0.2 exponents from 1/1.2 to 1.2"),
  fill: z.enum(["edge", "background"]).default("edge")
    .describe("What comes in from beyond the border: the nearest pixel, or black"),
});

/**
 * Images `[n, c, h, w]` in [-1, 1], each changed in its own way. Rotation, flips, zoom, shift and distortion together are one
 * bilinear reading; intensities change after it. What is off draws nothing, and every part has a stream of its own:
 * switching one on leaves the others as they are. `random` is not used up. All slices of a volume move alike.
 *
 * @example
 * ```ts
 * import { Random, tensor } from "@countergrade/countergrade";
 * import { augment, AugmentationSchema } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const images = tensor([1, 1, 2, 2], [-1, 0, 0.5, 1]);
 * assertEquals(augment(images, AugmentationSchema.parse({}), new Random(1)), images);
 * ```
 */
export function augment(images: Images, options: Augmentation, random: Random): Images {
  const { data } = augmentPlanes(slicesAsChannels(images), options, random);
  return { shape: images.shape, data };
}

function augmentPlanes(images: Images, options: Augmentation, random: Random): Images {
  const [n, , height, width] = images.shape;
  const { rotate, flipHorizontal, flipVertical, zoom, shift, distort } = options;
  const { brightness, contrast, gamma } = options;
  const moves = rotate || flipHorizontal || flipVertical || zoom || shift || distort;
  const tones = brightness || contrast || gamma;
  const each = <T>(draw: (stream: Random) => T): T[] =>
    Array.from({ length: n }, (_, i) => draw(random.fork("augment", i)));
  const same = samePlaces(height, width);
  const moved = moves
    ? warp(images, each((stream) => placesFor(same, options, stream)), options.fill)
    : images;
  return tones ? changeIntensity(moved, each((stream) => toneFor(options, stream))) : moved;
}

function placesFor(same: Places, options: Augmentation, random: Random): Places {
  const { rotate, zoom, shift, distort, distortCells } = options;
  const grid = distort ? distorted(same, shiftFor(distort, distortCells, random)) : same;
  const placed = turned(grid, {
    degrees: rotate && either(rotate, random.fork("rotate")),
    zoom: factor(zoom, random.fork("zoom")),
    mirror: options.flipHorizontal && random.fork("flipHorizontal").uniform() < 0.5,
    upsideDown: options.flipVertical && random.fork("flipVertical").uniform() < 0.5,
  });
  if (!shift) return placed;
  const stream = random.fork("shift");
  return shifted(placed, same.height * either(shift, stream), same.width * either(shift, stream));
}

/** Inner nodes move, the border stays: distortion alone needs nothing from beyond it. */
function shiftFor(most: number, cells: number, random: Random): GridShift {
  const nodes = (cells + 1) ** 2;
  const inner = (i: number) => i > 0 && i < cells;
  const along = (name: string) => {
    const stream = random.fork("distort", name);
    return Float64Array.from({ length: nodes }, (_, i) => {
      const shift = either(most, stream);
      return inner(Math.floor(i / (cells + 1))) && inner(i % (cells + 1)) ? shift : 0;
    });
  };
  return { cells, y: along("y"), x: along("x") };
}

function toneFor({ brightness, contrast, gamma }: Augmentation, random: Random): IntensityChange {
  return {
    brightness: either(brightness, random.fork("brightness")),
    contrast: factor(contrast, random.fork("contrast")),
    gamma: factor(gamma, random.fork("gamma")),
  };
}

/** Uniform in ±most. */
function either(most: number, random: Random): number {
  return most * (2 * random.uniform() - 1);
}

/** From 1/(1 + most) to 1 + most, as often below 1 as above. */
function factor(most: number, random: Random): number {
  return (1 + most) ** (2 * random.uniform() - 1);
}
