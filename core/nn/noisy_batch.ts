/** Images with noise at some time: what the U-Net sees, in training and when it is looked at. */

import type { Schedule } from "../diffusion/schedule.ts";
import { add, type Graph, mul, type Value } from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import { type DaeConfig, imageShapeOf } from "./dae_config.ts";

/** What one step of training is given. */
export interface TrainingBatch {
  /** Clean images `[n, c, h, w]`, or volumes `[n, c, d, h, w]`, in the model's range. */
  readonly images: Tensor;
  /** Standard normal noise of the same shape. */
  readonly noise: Tensor;
  /** Integer times `[n]`. */
  readonly times: Tensor;
  /** What the semantic encoder sees in the place of `images`; see {@linkcode Views}. */
  readonly seen?: Tensor;
  /** The same images varied once more; see {@linkcode Views}. */
  readonly view?: Tensor;
}

/** What a training shows to the semantic encoder beside the images that the U-Net denoises. */
export interface Views {
  /** Whether a batch says what the encoder sees (`seen`). */
  readonly seen?: boolean;
  /** Weight of VICReg between the codes of what it sees and of a second `view`; without one there is none. */
  readonly vicreg?: number;
}

/** √ᾱ and √(1 − ᾱ) for each time, as `[n, 1, 1, 1]`, or with one axis more, as `images` have. */
export function mixing(
  schedule: Schedule,
  times: Tensor,
  images: Tensor,
): { signal: Tensor; spread: Tensor } {
  const shape = factorShape(images.shape);
  const abar = Array.from(times.data, (t) => schedule.alphaBar(t));
  return {
    signal: { shape, data: Float32Array.from(abar, (value) => Math.sqrt(value)) },
    spread: { shape, data: Float32Array.from(abar, (value) => Math.sqrt(1 - value)) },
  };
}

const factorShape = ([n, ...image]: readonly number[]) => [n, ...image.map(() => 1)];

/** The inputs of a graph about noisy images, and the noisy images. */
export interface NoisyBatch {
  readonly x: Value;
  /** What the semantic encoder sees: `x`, unless views are asked for. */
  readonly seen: Value;
  /** The second view, where one is asked for. */
  readonly view?: Value;
  readonly noise: Value;
  readonly t: Value;
  readonly signal: Value;
  readonly spread: Value;
  /** x_t = √ᾱ·x₀ + √(1 − ᾱ)·ε */
  readonly noisy: Value;
}

/** Adds the inputs for `n` images to a graph. */
export function noisyBatch(
  graph: Graph,
  config: DaeConfig,
  n: number,
  views: Views = {},
): NoisyBatch {
  const shape = [n, ...imageShapeOf(config)];
  const x = graph.input("x", shape);
  const noise = graph.input("noise", shape);
  const t = graph.input("t", [n]);
  const signal = graph.input("signal", factorShape(shape));
  const spread = graph.input("spread", factorShape(shape));
  return {
    x,
    seen: views.seen ? graph.input("seen", shape) : x,
    ...views.vicreg !== undefined && { view: graph.input("view", shape) },
    noise,
    t,
    signal,
    spread,
    noisy: add(mul(signal, x), mul(spread, noise)),
  };
}

/** x₀ from what the U-Net said about a noisy pixel: a = √ᾱ, s = √(1 − ᾱ). */
export function predictedImage(
  prediction: DaeConfig["prediction"],
  said: number,
  noisy: number,
  a: number,
  s: number,
): number {
  if (prediction === "v") return a * noisy - s * said;
  if (prediction === "eps") return (noisy - s * said) / a;
  return said;
}
