/** The configuration of a foreign checkpoint: from shapes what shapes tell, the rest from hints and hyper-parameters. */

import { type ConvertHints, FormatError } from "@countergrade/countergrade";
import { type DaeConfig, parseDaeConfig } from "@countergrade/countergrade/engine";
import type { HyperParameters } from "./hyper_parameters.ts";
import { encoderLevels, type Levels, type Shapes, unetLevels } from "./levels.ts";

/** A configuration, and in words what had to be assumed for it. */
export interface CheckpointConfig {
  readonly config: DaeConfig;
  readonly assumed: readonly string[];
}

/** Where Diff-AE has attention unless it is told otherwise, in pixels. */
const USUAL_ATTENTION = 16;

/**
 * Shapes tell channels, multipliers, blocks, levels with attention, and the lengths of code and embedding. They cannot
 * tell the image's size, the number of heads and the image range.
 *
 * @param sample The shape of the buffer `x_T`, which has the size of the images.
 * @throws {FormatError} When the shapes are not those of a Diffusion Autoencoder that can be computed here.
 */
export function checkpointConfig(
  shapes: Shapes,
  given: HyperParameters,
  hints: ConvertHints,
  sample?: readonly number[],
): CheckpointConfig {
  const assumed: string[] = given.unread.map((name) => `hyper-parameters of ${name} are not read`);
  const assume = <T>(value: T, words: string): T => {
    assumed.push(words);
    return value;
  };
  const shape = (name: string): readonly number[] => {
    const found = shapes.get(name);
    if (found) return found;
    throw new FormatError(`Cannot import the checkpoint: parameter "${name}" is missing`);
  };
  const [embedding, channels] = shape("time_embed.time_embed.0.weight");
  const [, imageChannels, ...kernel] = shape("input_blocks.0.0.weight");
  const outChannels = shape("out.2.weight")[0];
  const code = shape("encoder.out.3.weight");
  const isMean = code.length === 2 + kernel.length && code.slice(2).every((side) => side === 1) &&
    !shapes.has("encoder.out.2.weight");
  if (!isMean) throw unknown("an encoder that ends in the mean over positions (net_enc_pool)");
  if (imageChannels !== 1 && imageChannels !== 3) {
    throw unknown(`1 or 3 image channels, there are ${imageChannels}`);
  }
  if (outChannels !== imageChannels) {
    throw unknown(
      `as many channels out of the U-Net as in, ${imageChannels}, there are ${outChannels}`,
    );
  }
  const levels = unetLevels(shapes);
  const encoder = chosen(encoderLevels(shapes), levels, given, assume);
  const imageSize = hints.imageSize ?? given.imageSize ?? sample?.[2] ??
    sizeByAttention(levels, assume);
  const resolutions = ({ attention }: Levels) =>
    attention.map((level) => Math.floor(imageSize / 2 ** level));
  const noiseSteps = given.noiseSteps ?? 1000;
  const config = parseDaeConfig({
    imageSize,
    imageChannels,
    ...kernel.length === 3 && { axes: 3 },
    channels,
    multipliers: levels.widths.map((width) => width / channels),
    encoderMultipliers: encoder.widths.map((width) => width / channels),
    residualBlocks: levels.perLevel,
    ...(levels.inputPerLevel === levels.perLevel
      ? {}
      : { inputResidualBlocks: levels.inputPerLevel }),
    encoderResidualBlocks: encoder.perLevel,
    attention: resolutions(levels),
    encoderAttention: resolutions(encoder),
    heads: hints.heads ?? given.heads ?? assume(1, "1 attention head"),
    embedding,
    codeSize: code[0],
    noiseSteps,
    // Diff-AE's linear schedule keeps its range of noise whatever the number of steps.
    betas: [1e-4, 0.02].map((beta) => beta * 1000 / noiseSteps),
    prediction: given.prediction,
    imageRange: hints.imageRange ?? rangeOf(given.origin, imageChannels, assume),
  });
  return { config, assumed };
}

/** The medical fork trains on [0, 1], official diffae, which knows color only, on [-1, 1]. */
function rangeOf(
  origin: HyperParameters["origin"],
  imageChannels: number,
  assume: <T>(value: T, words: string) => T,
): [number, number] {
  if (origin === "fork") return [0, 1];
  if (origin === "official") return [-1, 1];
  return imageChannels === 1
    ? assume([0, 1], "images in 0 … 1, as these are gray")
    : assume([-1, 1], "images in -1 … 1");
}

/** With attention at one level only, that is most probably the usual one. */
function sizeByAttention(
  { attention, widths }: Levels,
  assume: (value: number, words: string) => number,
): number {
  if (attention.length === 1) {
    const size = USUAL_ATTENTION * 2 ** attention[0];
    return assume(size, `images of ${size} pixels, as attention is mostly at ${USUAL_ATTENTION}`);
  }
  const size = Math.max(64, 2 ** (widths.length - 1));
  return assume(size, `images of ${size} pixels`);
}

/** The most plausible of the encoder's patterns: as it says itself, else like the U-Net, else 2 blocks as usual. */
function chosen(
  candidates: readonly Levels[],
  unet: Levels,
  { encoderBlocks }: HyperParameters,
  assume: (value: Levels, words: string) => Levels,
): Levels {
  const said = candidates.find(({ perLevel }) => perLevel === encoderBlocks);
  if (said) return said;
  const alike = ({ attention, widths }: Levels) => {
    const depth = Math.min(widths.length, unet.widths.length);
    const both = ({ attention }: Levels) => attention.filter((level) => level < depth).join();
    return both({ attention, widths, perLevel: 0 }) === both(unet);
  };
  const rank = (levels: Levels): number =>
    4 * Number(alike(levels)) + 2 * Number(levels.perLevel === unet.perLevel) +
    Number(levels.perLevel === 2);
  const [best, second] = candidates.toSorted((a, b) => rank(b) - rank(a));
  if (!second) return best;
  return assume(best, `${best.perLevel} residual block(s) per encoder level`);
}

function unknown(what: string): FormatError {
  return new FormatError(`Cannot import the checkpoint: expected ${what}`);
}
