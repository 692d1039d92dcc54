/** What a Diffusion Autoencoder looks like, as data. */

import { z } from "zod";
import { FormatError } from "../errors.ts";
import type { OptionsSchema } from "../options_schema.ts";
import type { ImageShape } from "../image_shape.ts";

const count = z.int().min(1);
const multipliers = z.array(z.number().positive().max(64)).min(1).max(8);
const beta = z.number().min(1e-8).lt(1);

/** The architecture of a Diffusion Autoencoder. Resolutions count after pixel-unshuffle. */
export interface DaeConfig {
  /** Height and width in pixels, of volumes also depth in voxels, up to 1024. */
  imageSize: number;
  /** Axes of space: 2 of images, as when it is missing, or 3 of volumes. */
  axes?: 2 | 3;
  /** 1 gray, 3 RGB. */
  imageChannels: 1 | 3;
  /** Blocks of this size become channels before the networks. */
  unshuffle: 1 | 2 | 4 | 8;
  /** Channels that multipliers multiply, and numbers of the sinusoidal time embedding. */
  channels: number;
  /** Channels of each U-Net level, as multiples. */
  multipliers: number[];
  /** Channels of each encoder level, as multiples. */
  encoderMultipliers: number[];
  /** Residual blocks per U-Net level. */
  residualBlocks: number;
  /** The same for the way down alone; as `residualBlocks` when missing. */
  inputResidualBlocks?: number;
  /** Residual blocks per encoder level. */
  encoderResidualBlocks: number;
  /** Resolutions with attention; the deepest level always has it. */
  attention: number[];
  /** The same for the encoder; as `attention` when missing. */
  encoderAttention?: number[];
  /** Attention heads. */
  heads: number;
  /** Length of the time embedding. */
  embedding: number;
  /** Length d of the semantic code z. */
  codeSize: number;
  /** Share of the features in each residual block of the U-Net that is dropped while training, 0 to 0.9. */
  dropout: number;
  /** How the encoder ends: the mean over positions, as in Diff-AE, or a grid of positions, so that z knows where things are. */
  pool: "mean" | "grid";
  /** Whether the networks see all images from one side, as if all were of right knees: the last number of z tells the side, 1 or −1. */
  laterality?: true;
  /** Diffusion steps T. */
  noiseSteps: number;
  /** First and last β of the linear schedule. */
  betas: [number, number];
  /** What the U-Net predicts. */
  prediction: "eps" | "v" | "x0";
  /** Intensity range that the networks see. */
  imageRange: [number, number];
}

/** Checks a {@linkcode DaeConfig} and fills in what is usual; the fields without a default are those of {@linkcode DaePreset}. */
export const DaeConfigSchema: OptionsSchema<DaeConfig> = z.strictObject({
  imageSize: count.max(1024).describe("Height and width in pixels, of volumes also the depth"),
  axes: z.union([z.literal(2), z.literal(3)]).optional().describe(
    "Axes of space: 2 of images, 3 of volumes; default: 2",
  ),
  imageChannels: z.union([z.literal(1), z.literal(3)]).describe("1 gray, 3 RGB"),
  unshuffle: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]).default(1)
    .describe("Blocks of this size become channels before the networks"),
  channels: count.max(4096).describe(
    "Channels that multipliers multiply, and numbers of the sinusoidal time embedding",
  ),
  multipliers: multipliers.describe("Channels of each U-Net level, as multiples"),
  encoderMultipliers: multipliers.describe("Channels of each encoder level, as multiples"),
  residualBlocks: count.max(16).default(2).describe("Residual blocks per U-Net level"),
  inputResidualBlocks: count.max(16).optional().describe(
    "The same for the way down alone; default: as residualBlocks",
  ),
  encoderResidualBlocks: count.max(16).default(2).describe("Residual blocks per encoder level"),
  attention: z.array(count).default([16]).describe("Resolutions with attention"),
  encoderAttention: z.array(count).optional().describe(
    "The same for the encoder; default: as attention",
  ),
  heads: count.default(1).describe("Attention heads"),
  embedding: count.max(16384).default(512).describe("Length of the time embedding"),
  codeSize: count.max(16384).default(512).describe("Length of the semantic code z"),
  dropout: z.number().min(0).max(0.9).default(0).describe(
    "Share of the features in each residual block of the U-Net that is dropped while training",
  ),
  pool: z.enum(["mean", "grid"]).default("mean").describe(
    "How the encoder ends: the mean over positions, as in Diff-AE, or a grid of positions, so that z knows where things are",
  ),
  laterality: z.literal(true).optional().describe(
    "Whether the networks see all images from one side, as if all were of right knees; the last number of the code tells the side; default: as they are",
  ),
  noiseSteps: count.min(2).max(100_000).default(1000).describe("Diffusion steps T"),
  betas: z.tuple([beta, beta]).default([1e-4, 0.02])
    .describe("First and last β of the linear schedule"),
  prediction: z.enum(["eps", "v", "x0"]).default("eps")
    .describe("What the U-Net predicts"),
  imageRange: z.tuple([z.number(), z.number()]).default([-1, 1])
    .describe("Intensity range that the networks see"),
}).superRefine((config, context) => {
  const fail = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (config.channels % 2) {
    fail("channels", `expected an even number, current value is ${config.channels}`);
  }
  for (const path of ["multipliers", "encoderMultipliers"] as const) {
    const odd = config[path].map((m) => m * config.channels).find((width) =>
      Math.abs(width - Math.round(width)) > 1e-6 || width < 1
    );
    if (odd !== undefined) fail(path, `expected whole numbers of channels, one level has ${odd}`);
  }
  const uneven = normalizedWidths(config).find((width) => width % Math.min(32, width));
  if (uneven !== undefined) {
    fail(
      "channels",
      `expected numbers of channels that GroupNorm can cut into 32 groups (a multiple of 32 in channels always ` +
        `does), ${uneven} come together in one place; current value is ${config.channels}`,
    );
  }
  const attended = attendedWidths(config).find((width) => width % config.heads);
  if (attended !== undefined) {
    fail(
      "heads",
      `expected a divisor of the ${attended} channels with attention, current value is ${config.heads}`,
    );
  }
  if (config.laterality && config.codeSize < 2) {
    fail("codeSize", `expected at least 2 with laterality, current value is ${config.codeSize}`);
  }
  const [low, high] = config.imageRange;
  if (!(low < high && Math.max(-low, high) <= 1e4)) {
    fail("imageRange", `expected low < high within ±10000, current value is ${low}, ${high}`);
  }
  // ln ᾱ_T: below this the last times hold no number that the samplers could divide by.
  const [first, last] = config.betas;
  if (config.noiseSteps * Math.log1p(-(first + last) / 2) < -100) {
    fail(
      "betas",
      `expected some of the image to be left after noiseSteps, the noise is too strong`,
    );
  }
  // What goes down the U-Net must come up again at the same size; the encoder may drop a row and a column.
  const divisor = config.unshuffle * 2 ** (config.multipliers.length - 1);
  const smallest = config.unshuffle * 2 ** (config.encoderMultipliers.length - 1);
  if (config.imageSize % divisor) {
    fail(
      "multipliers",
      `expected imageSize to be a multiple of ${divisor}, current value is ${config.imageSize}`,
    );
  }
  if (config.imageSize < smallest) {
    fail(
      "encoderMultipliers",
      `expected imageSize to be at least ${smallest}, current value is ${config.imageSize}`,
    );
  }
});

/** `[c, h, w]` of its images, or `[c, d, h, w]` of its volumes. */
export function imageShapeOf(
  { imageChannels, imageSize, axes }: Pick<DaeConfig, "imageChannels" | "imageSize" | "axes">,
): ImageShape {
  return axes === 3
    ? [imageChannels, imageSize, imageSize, imageSize]
    : [imageChannels, imageSize, imageSize];
}

/** The channels of one level. */
export function widthOf({ channels }: { readonly channels: number }, multiplier: number): number {
  return Math.round(channels * multiplier);
}

type Widths = Pick<DaeConfig, "channels" | "multipliers" | "encoderMultipliers">;

/** Every number of channels that goes through a GroupNorm: those of the levels, and on the way up joined with a skip. */
function normalizedWidths(config: Widths): number[] {
  const up = config.multipliers.map((multiplier) => widthOf(config, multiplier));
  const encoder = config.encoderMultipliers.map((multiplier) => widthOf(config, multiplier));
  const joined = up.flatMap((width, level) => [2 * width, width + (up[level + 1] ?? width)]);
  return [...up, ...encoder, ...joined];
}

/** The channels of all attention layers; the deepest level always has one. */
function attendedWidths(config: Omit<DaeConfig, "prediction">): number[] {
  const size = config.imageSize / config.unshuffle;
  return ([
    [config.multipliers, config.attention],
    [config.encoderMultipliers, config.encoderAttention ?? config.attention],
  ] as const).flatMap(([multipliers, attention]) =>
    multipliers.filter((_, level) =>
      level === multipliers.length - 1 || attention.includes(Math.floor(size / 2 ** level))
    ).map((multiplier) => widthOf(config, multiplier))
  );
}

/** Parses a configuration. @throws {FormatError} Naming the fields and what was expected, at most five. */
export function parseDaeConfig(value: unknown): DaeConfig {
  const parsed = DaeConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) =>
    [path.join("."), message].filter(Boolean).join(": ")
  );
  throw new FormatError(`Cannot read the DAE configuration: ${reasons.slice(0, 5).join("; ")}`);
}

/** A configuration before defaults are filled in. */
export type DaePreset =
  & Partial<DaeConfig>
  & Pick<
    DaeConfig,
    "imageSize" | "imageChannels" | "channels" | "multipliers" | "encoderMultipliers"
  >;

/** The names of {@linkcode PRESETS}. */
export type PresetName =
  | "spider64"
  | "brats64"
  | "retina128"
  | "small64"
  | "small128"
  | "small256"
  | "tiny64"
  | "small28"
  | "tiny32v"
  | "small64v";

/** Named configurations. The first three are the reference's; the small ones train on a CPU, but for `small64v`. */
export const PRESETS: Readonly<Record<PresetName, DaePreset>> = {
  spider64: preset(64, 1, 64, [1, 2, 4, 8], [1, 2, 4, 8, 8]),
  brats64: preset(64, 1, 64, [1, 2, 4, 8], [1, 2, 4, 8, 8]),
  retina128: preset(128, 3, 128, [1, 1, 2, 3, 4], [1, 1, 2, 3, 4, 4]),
  small64: small(64, 1, 128),
  small128: larger(128, 4, [2, 2, 2, 4]),
  small256: larger(256, 8, [3, 2, 2, 4]),
  tiny64: { ...small(64, 1, 64), encoderMultipliers: [1, 2, 2], multipliers: [1, 2, 2] },
  small28: {
    ...small(28, 3, 128),
    multipliers: [1, 2],
    encoderMultipliers: [1, 2, 2],
    attention: [7],
    unshuffle: 1,
  },
  tiny32v: volume(32, [1, 1], 64),
  small64v: volume(64, [2, 2, 4], 128),
};

/**
 * As `small64`, of larger pictures: larger blocks keep the networks at 32 × 32 positions, and the first level is wide
 * enough for a block's noise to pass through, as v-prediction asks.
 */
function larger(imageSize: number, unshuffle: 4 | 8, multipliers: number[]): DaePreset {
  return { ...small(imageSize, 1, 128), unshuffle, multipliers };
}

/**
 * As {@linkcode small}, of volumes: blocks of 4³ voxels become channels. Those are more numbers than 32 channels hold, so x₀ is
 * predicted, which has no noise to pass on.
 */
function volume(imageSize: number, multipliers: number[], codeSize: number): DaePreset {
  return {
    ...small(imageSize, 1, codeSize),
    axes: 3,
    unshuffle: 4,
    multipliers,
    encoderMultipliers: multipliers,
    attention: [4],
    prediction: "x0",
  };
}

function preset(
  imageSize: number,
  imageChannels: 1 | 3,
  channels: number,
  multipliers: number[],
  encoderMultipliers: number[],
): DaePreset {
  return { imageSize, imageChannels, channels, multipliers, encoderMultipliers };
}

/** v-prediction behind a pixel-unshuffle: a quarter of the cost, and z must carry the image (ARCHITECTURE, "z use"). */
function small(
  imageSize: number,
  imageChannels: 1 | 3,
  codeSize: number,
): DaePreset {
  return {
    imageSize,
    imageChannels,
    unshuffle: 2,
    channels: 32,
    multipliers: [1, 2, 4],
    encoderMultipliers: [1, 2, 4],
    residualBlocks: 1,
    encoderResidualBlocks: 1,
    attention: [8],
    embedding: 128,
    codeSize,
    pool: "grid",
    prediction: "v",
  };
}
