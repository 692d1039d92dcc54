/** The networks of the Diffusion Autoencoder (Preechakul et al., CVPR 2022): semantic encoder and conditional U-Net. */

import {
  concat,
  type Graph,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  silu,
  split,
  sub,
  transpose,
  type Value,
} from "../graph/graph.ts";
import { type DaeConfig, imageShapeOf, widthOf } from "./dae_config.ts";
import type { Condition } from "./condition.ts";
import type { Drop } from "./dropout.ts";
import {
  attention,
  convolution,
  groupNorm,
  linear,
  type Resampling,
  residualBlock,
  timeEmbedding,
} from "./layers.ts";
import { jointCondition, ownCondition, type Told } from "./modulation.ts";
import { facingConfig, isPositive, LATERALITY, lateralityShape, turned } from "./laterality.ts";
import { parametersOf, type ParameterSource, type ParameterSpec, scoped } from "./parameters.ts";

/** One entry of a network's list of blocks; parameter names count these. */
interface Block {
  readonly out: number;
  readonly attend: boolean;
  readonly resampling?: Resampling;
}

/** The blocks on the way down: residual blocks per level, then a halving one between levels. */
function downBlocks(
  config: DaeConfig,
  multipliers: readonly number[],
  perLevel: number,
  attend: readonly number[],
) {
  const blocks: Block[] = [];
  let resolution = config.imageSize / config.unshuffle;
  multipliers.forEach((multiplier, level) => {
    const out = widthOf(config, multiplier);
    for (let i = 0; i < perLevel; i++) blocks.push({ out, attend: attend.includes(resolution) });
    if (level === multipliers.length - 1) return;
    blocks.push({ out, attend: false, resampling: "down" });
    resolution = Math.floor(resolution / 2);
  });
  return blocks;
}

function applyBlock(
  p: ParameterSource,
  x: Value,
  block: Block,
  heads: number,
  condition?: Condition,
): Value {
  const h = residualBlock(scoped(p, "0"), x, block.out, condition, block.resampling);
  return block.attend ? attention(scoped(p, "1"), h, heads) : h;
}

function middleBlock(p: ParameterSource, x: Value, heads: number, condition?: Condition): Value {
  const [, channels] = x.shape;
  const first = residualBlock(scoped(p, "middle_block.0"), x, channels, condition);
  const mixed = attention(scoped(p, "middle_block.1"), first, heads);
  return residualBlock(scoped(p, "middle_block.2"), mixed, channels, condition);
}

/** Images `[n, c, h, w]`, or volumes `[n, c, d, h, w]`, in the model's range to codes `[n, d]`. Parameters are named `encoder.…`. */
export function encoderNetwork(config: DaeConfig, source: ParameterSource, images: Value): Value {
  if (!config.laterality) return ownCodes(config, source, images);
  const { graph } = source;
  const { facing, right } = graph.layer("encoder", () =>
    graph.layer("laterality", () => {
      const axis = source.get(LATERALITY, lateralityShape(config), { fill: 0 });
      const right = isPositive(
        reduceSum(mul(images, axis), images.shape.map((_, axis) => axis).slice(1), true),
      );
      return { facing: turned(images, right), right };
    }));
  const codes = ownCodes(facingConfig(config), source, facing);
  const side = sub(mul(reshape(right, [images.shape[0], 1]), 2), 1);
  return graph.layer("encoder", () => concat([codes, side], 1));
}

/** Codes of images that all face one side, or of all as they are. */
function ownCodes(config: DaeConfig, source: ParameterSource, images: Value): Value {
  const p = scoped(source, "encoder");
  const { graph } = source;
  return graph.layer("encoder", () => {
    const attend = config.encoderAttention ?? config.attention;
    const blocks = downBlocks(
      config,
      config.encoderMultipliers,
      config.encoderResidualBlocks,
      attend,
    );
    let h = graph.layer("input_blocks.0", () =>
      convolution(
        scoped(p, "input_blocks.0.0"),
        unshuffle(images, config.unshuffle),
        widthOf(config, config.encoderMultipliers[0]),
        3,
      ));
    blocks.forEach((block, i) => {
      const name = `input_blocks.${i + 1}`;
      h = graph.layer(name, () => applyBlock(scoped(p, name), h, block, config.heads));
    });
    h = graph.layer("middle_block", () => middleBlock(p, h, config.heads));
    return graph.layer("out", () => {
      const features = silu(groupNorm(scoped(p, "out.0"), h));
      return POOLS[config.pool](config, p, features);
    });
  });
}

/** Channels of the grid that a code is read from. */
const GRID_CHANNELS = 8;

/** Features `[n, c, …]` to codes `[n, d]`. */
const POOLS: Record<
  DaeConfig["pool"],
  (config: DaeConfig, p: ParameterSource, features: Value) => Value
> = {
  mean(config, p, features) {
    const space = features.shape.map((_, axis) => axis).slice(2);
    const pooled = reduceMean(features, space, true);
    const code = convolution(scoped(p, "out.3"), pooled, config.codeSize, 1);
    return reshape(code, [features.shape[0], config.codeSize]);
  },
  grid(config, p, features) {
    const grid = convolution(scoped(p, "out.2"), features, GRID_CHANNELS, 1);
    const flat = reshape(grid, [features.shape[0], -1]);
    return linear(scoped(p, "out.3"), flat, config.codeSize);
  },
};

/** What the U-Net predicts for noisy images `x [n, c, …]` at times `t [n]` given codes `z [n, d]`; `drop` to train it. */
export function denoiserNetwork(
  config: DaeConfig,
  p: ParameterSource,
  x: Value,
  t: Value,
  z: Value,
  drop?: Drop,
): Value {
  if (config.laterality) {
    const own = facingConfig(config);
    const [code, side] = split(z, 1, [own.codeSize, 1]);
    const right = isPositive(reshape(side, [z.shape[0], ...imageShapeOf(config).map(() => 1)]));
    return turned(denoiserNetwork(own, p, turned(x, right), t, code, drop), right);
  }
  const build = (source: ParameterSource, conditionOf: (told: Told) => Condition) =>
    denoiser(config, source, exampleInputs(config, source.graph), conditionOf);
  return denoiser(config, p, { x, t, z }, (told) => jointCondition(p, told, build, drop));
}

/** What the U-Net reads. */
interface DenoiserInputs {
  readonly x: Value;
  readonly t: Value;
  readonly z: Value;
}

/** Inputs for one image. */
function exampleInputs(config: DaeConfig, graph: Graph): DenoiserInputs {
  const shape = [1, ...imageShapeOf(config)];
  return {
    x: graph.input("x", shape),
    t: graph.input("t", [1]),
    z: graph.input("z", [1, config.codeSize]),
  };
}

function denoiser(
  config: DaeConfig,
  p: ParameterSource,
  { x, t, z }: DenoiserInputs,
  conditionOf: (told: Told) => Condition,
): Value {
  const { graph } = p;
  return graph.layer("unet", () => {
    const told = graph.layer("time_embed", () => {
      const embedded = timeEmbedding(t, config.channels);
      const hidden = silu(linear(scoped(p, "time_embed.time_embed.0"), embedded, config.embedding));
      const time = linear(scoped(p, "time_embed.time_embed.2"), hidden, config.embedding);
      return { code: silu(z), time: silu(time) };
    });
    const condition = graph.layer("modulation", () => conditionOf(told));

    const perLevel = config.inputResidualBlocks ?? config.residualBlocks;
    const blocks = downBlocks(config, config.multipliers, perLevel, config.attention);
    let h = graph.layer("input_blocks.0", () =>
      convolution(
        scoped(p, "input_blocks.0.0"),
        unshuffle(x, config.unshuffle),
        widthOf(config, config.multipliers[0]),
        3,
      ));
    // Skips by level: a halved image belongs to the level below.
    const skips = [[h]];
    blocks.forEach((block, i) => {
      const name = `input_blocks.${i + 1}`;
      h = graph.layer(name, () => applyBlock(scoped(p, name), h, block, config.heads, condition));
      if (block.resampling) skips.push([]);
      skips.at(-1)!.push(h);
    });
    h = graph.layer("middle_block", () => middleBlock(p, h, config.heads, condition));

    let index = 0;
    config.multipliers.toReversed().forEach((multiplier, fromTop) => {
      const last = fromTop === config.multipliers.length - 1;
      const lateral = skips.pop()!;
      const width = widthOf(config, multiplier);
      for (let i = 0; i <= config.residualBlocks; i++) {
        const name = `output_blocks.${index++}`;
        h = graph.layer(name, () => {
          const q = scoped(p, name);
          const skip = lateral.pop();
          const joined = skip ? concat([h, skip], 1) : h;
          const attend = config.attention.includes(joined.shape[2]);
          const out = applyBlock(
            q,
            joined,
            { out: width, attend },
            config.heads,
            condition,
          );
          if (last || i < config.residualBlocks) return out;
          const up = scoped(q, attend ? "2" : "1");
          return residualBlock(up, out, width, condition, "up");
        });
      }
    });
    return graph.layer("out", () => {
      const normal = silu(groupNorm(scoped(p, "out.0"), h));
      const channels = config.imageChannels * config.unshuffle ** (config.axes ?? 2);
      return shuffle(convolution(scoped(p, "out.2"), normal, channels, 3, true), config.unshuffle);
    });
  });
}

/** All parameters of both networks, U-Net first, as in the reference's state dict. */
export function daeParameters(config: DaeConfig): ParameterSpec[] {
  return parametersOf((source) => {
    const inputs = exampleInputs(facingConfig(config), source.graph);
    denoiser(facingConfig(config), source, inputs, ownCondition);
    encoderNetwork(config, source, inputs.x);
  });
}

/** Blocks of k × k pixels, of volumes k × k × k, as channels: `[n, c, h, w]` to `[n, c·k², h/k, w/k]`. */
function unshuffle(x: Value, k: number): Value {
  if (k === 1) return x;
  const [n, c, ...space] = x.shape;
  const blocks = reshape(x, [n, c, ...space.flatMap((length) => [length / k, k])]);
  const [places, within] = [2, 3].map((first) => space.map((_, axis) => first + 2 * axis));
  return reshape(transpose(blocks, [0, 1, ...within, ...places]), [
    n,
    c * k ** space.length,
    ...space.map((length) => length / k),
  ]);
}

/** The inverse of {@linkcode unshuffle}. */
function shuffle(x: Value, k: number): Value {
  if (k === 1) return x;
  const [n, all, ...space] = x.shape;
  const c = all / k ** space.length;
  const blocks = reshape(x, [n, c, ...space.map(() => k), ...space]);
  const order = space.flatMap((_, axis) => [2 + space.length + axis, 2 + axis]);
  return reshape(transpose(blocks, [0, 1, ...order]), [n, c, ...space.map((length) => length * k)]);
}
