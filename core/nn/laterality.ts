/**
 * Images from one side. Knees and eyes come as left and as right ones, mirror images of each other: networks that see all of them from
 * one side need not learn everything twice, and one direction of the code means the same in all. Which side an image shows is told by
 * an odd filter: its product with a mirror image has the other sign.
 */

import { add, clip, flip, mul, sub, type Value } from "../graph/graph.ts";
import { type DaeConfig, imageShapeOf } from "./dae_config.ts";

/** The filter's name among the parameters. It is fitted before the training, not by it. */
export const LATERALITY = "encoder.laterality.axis";

/** Its shape, that of a batch of one image. */
export function lateralityShape(config: DaeConfig): number[] {
  return [1, ...imageShapeOf(config)];
}

/** The networks behind the turning: those of images that all face one side. */
export function facingConfig({ laterality, ...config }: DaeConfig): DaeConfig {
  return laterality ? { ...config, codeSize: config.codeSize - 1 } : config;
}

/** 1 where a number is 0 or more, 0 elsewhere. */
export function isPositive(x: Value): Value {
  return clip(add(mul(x, STEEP), 1), 0, 1);
}

/** Any number that is not 0 times this is beyond 1. */
const STEEP = 1e20;

/** Images as they are where `right [n, 1, …]` is 1, and their mirror images where it is 0. */
export function turned(images: Value, right: Value): Value {
  const mirrored = flip(images, [images.shape.length - 1]);
  return add(mul(images, right), mul(mirrored, sub(1, right)));
}
