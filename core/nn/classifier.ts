/** A small convolutional network that tells the label of an image: the supervised baseline beside which probes are judged. */

import {
  add,
  averagePool,
  concat,
  groupNorm,
  reduceMean,
  reshape,
  silu,
  type Value,
} from "../graph/graph.ts";
import { convolution, linear } from "./layers.ts";
import { parametersOf, type ParameterSource, type ParameterSpec, scoped } from "./parameters.ts";

/** What a classifier looks like. */
export interface ClassifierConfig {
  /** Height and width, px. */
  readonly imageSize: number;
  /** 1 gray, 3 RGB. */
  readonly imageChannels: number;
  /** How many classes it tells apart. */
  readonly classes: number;
  /**
   * Channels of each level, multiples of 8; each level has half the resolution of the one before. Levels beyond the last
   * even resolution are left out.
   */
  readonly channels: readonly number[];
  /** `plain` by default; `residual` is larger and of another kind, see {@linkcode classifierNetwork}. */
  readonly network?: "plain" | "residual";
  /** `classes` by default: logits; `regression`: one number, the grade itself. */
  readonly head?: "classes" | "regression";
}

/** Numbers that a network gives per image: one per class, or the grade. */
export function classifierOutputs({ classes, head }: ClassifierConfig): number {
  return head === "regression" ? 1 : classes;
}

/** Groups of the normalization (Wu & He 2018). */
const GROUPS = 8;
/** Channels that the last layer sees at every position. */
const PLACE_CHANNELS = 8;

/** What a network makes of images. */
export interface Told {
  /** Means over positions of the last level, `[n, f]`: what the last layer sees. */
  readonly features: Value;
  /** Logits, or grades. */
  readonly out: Value;
}

/** Numbers of the features. */
export function classifierFeatures(config: ClassifierConfig): number {
  return levelsOf(config).at(-1)!;
}

/** Residual blocks on each level of the residual network. */
const BLOCKS = 2;

/**
 * Images `[n, c, h, w]` in [-1, 1] to logits `[n, classes]`, or to grades `[n, 1]`.
 *
 * The plain network: a 3 × 3 convolution, then on each level a residual block (GroupNorm → SiLU → conv 3 × 3) and, between levels, GroupNorm →
 * SiLU → mean of 2 × 2 → conv 3 × 3 to the next number of channels; at the end GroupNorm → SiLU, and a linear layer on the mean over
 * positions together with a few channels at every position: medical images are aligned, and where something is tells.
 *
 * The residual network: on each level two pre-activation blocks of two 3 × 3 convolutions (He et al. 2016, Identity mappings in deep
 * residual networks), the mean of 2 × 2 between levels, and a linear layer on the mean over positions alone: it does not know where
 * something is.
 */
export function classifierNetwork(
  config: ClassifierConfig,
  p: ParameterSource,
  images: Value,
): Told {
  return config.network === "residual"
    ? residualNetwork(config, p, images)
    : plainNetwork(config, p, images);
}

function residualNetwork(config: ClassifierConfig, p: ParameterSource, images: Value): Told {
  const levels = levelsOf(config);
  let h = convolution(scoped(p, "input"), images, levels[0], 3);
  levels.forEach((channels, level) => {
    const at = scoped(p, `levels.${level}`);
    if (level > 0) h = averagePool(h);
    for (let block = 0; block < BLOCKS; block++) {
      const here = scoped(at, `blocks.${block}`);
      const first = convolution(
        scoped(here, "conv1"),
        active(scoped(here, "norm1"), h),
        channels,
        3,
      );
      const second = convolution(
        scoped(here, "conv2"),
        active(scoped(here, "norm2"), first),
        channels,
        3,
      );
      const way = h.shape[1] === channels ? h : convolution(scoped(here, "skip"), h, channels, 1);
      h = add(way, second);
    }
  });
  const features = reduceMean(active(scoped(p, "norm"), h), [2, 3]);
  return { features, out: linear(scoped(p, "out"), features, classifierOutputs(config)) };
}

function plainNetwork(config: ClassifierConfig, p: ParameterSource, images: Value): Told {
  const levels = levelsOf(config);
  let h = convolution(scoped(p, "input"), images, levels[0], 3);
  levels.forEach((channels, level) => {
    const at = scoped(p, `levels.${level}`);
    if (level > 0) {
      const pooled = averagePool(active(scoped(at, "down.norm"), h));
      h = convolution(scoped(at, "down.conv"), pooled, channels, 3);
    }
    h = add(h, convolution(scoped(at, "conv"), active(scoped(at, "norm"), h), channels, 3));
  });
  const features = active(scoped(p, "norm"), h);
  const places = convolution(scoped(p, "places"), features, PLACE_CHANNELS, 1);
  const flat = reshape(places, [h.shape[0], -1]);
  const means = reduceMean(features, [2, 3]);
  const out = linear(scoped(p, "out"), concat([means, flat], 1), classifierOutputs(config));
  return { features: means, out };
}

/** The parameters of {@linkcode classifierNetwork}, in order. */
export function classifierParameters(config: ClassifierConfig): ParameterSpec[] {
  const { imageChannels, imageSize } = config;
  return parametersOf((source) => {
    const images = source.graph.input("images", [1, imageChannels, imageSize, imageSize]);
    classifierNetwork(config, source, images);
  });
}

/** Channels of the levels that the image size allows. */
function levelsOf({ imageSize, channels }: ClassifierConfig): readonly number[] {
  const odd = channels.findIndex((count) => !Number.isInteger(count / GROUPS) || count < GROUPS);
  if (odd >= 0) {
    throw new TypeError(
      `Cannot build a classifier: expected channels to be multiples of ${GROUPS}, current value is ${
        channels[odd]
      }`,
    );
  }
  return channels.filter((_, level) => imageSize % 2 ** level === 0);
}

/** GroupNorm and SiLU. */
function active(p: ParameterSource, x: Value): Value {
  const [, c] = x.shape;
  const perChannel = (name: string, fill: number) => reshape(p.get(name, [c], { fill }), [1, c]);
  return silu(groupNorm(x, perChannel("weight", 1), perChannel("bias", 0), GROUPS, 1e-5));
}
