/** Checkpoints of the PyTorch reference, and safetensors with its names, as model files of ours. */

import {
  type DaeConfig,
  FormatError,
  parseDaeConfig,
  readSafetensors,
  readTorchCheckpoint,
  type Tensor,
} from "@countergrade/countergrade";
import { checkWeights, type DaeModel, readModel, writeModel } from "./model.ts";

/** Prefixes of weights in a state dict, the averaged ones first. */
const PREFIXES = ["ema_model.", "model.", ""];

/**
 * Converts a file. Weights are the averaged ones where there are any; hyper-parameters come from the file, or from the
 * shapes of the weights where it has none.
 *
 * The image range follows from the hyper-parameters: the medical fork, which alone names `in_channels`, trains on
 * [0, 1], official diffae on [-1, 1].
 *
 * @throws {FormatError} When the file is neither, or its weights do not fit a Diffusion Autoencoder.
 */
export function convertDae(file: Uint8Array, fileName: string): Uint8Array {
  return writeModel(readForeignModel(file, fileName));
}

/** As {@linkcode convertDae}, without writing. */
export function readForeignModel(file: Uint8Array, fileName: string): DaeModel {
  const zipped = file[0] === 0x50 && file[1] === 0x4b;
  if (!zipped) {
    const { tensors, metadata } = safetensorsIn(file, fileName);
    if (metadata.format === "countergrade-dae") return readModel(file);
    return modelFrom(tensors, {}, fileName);
  }
  const { tensors, hyperParameters } = readTorchCheckpoint(file);
  return modelFrom(tensors, hyperParameters, fileName);
}

function safetensorsIn(file: Uint8Array, fileName: string) {
  try {
    return readSafetensors(file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      `Cannot import "${fileName}": expected a zip archive of PyTorch, or safetensors. ${error.message}`,
      { cause: error },
    );
  }
}

function modelFrom(
  tensors: ReadonlyMap<string, Tensor>,
  hyperParameters: Readonly<Record<string, unknown>>,
  fileName: string,
): DaeModel {
  const prefix = PREFIXES.find((prefix) => tensors.has(`${prefix}input_blocks.0.0.weight`));
  if (prefix === undefined) {
    throw new FormatError(
      `Cannot import "${fileName}": expected the weights of a Diffusion Autoencoder, "input_blocks.0.0.weight" is missing`,
    );
  }
  const weights = new Map<string, Tensor>();
  for (const [name, value] of tensors) {
    if (name.startsWith(prefix)) weights.set(name.slice(prefix.length), value);
  }
  const config = configFrom(weights, hyperParameters);
  checkWeights(config, weights);
  const averaged = prefix === "ema_model." ? "averaged (EMA)" : "as trained";
  return { config, weights, facts: { importedFrom: fileName, weights: averaged } };
}

/** The configuration by the hyper-parameters of the reference; what they do not say, by the shapes of the weights. */
function configFrom(
  weights: ReadonlyMap<string, Tensor>,
  given: Readonly<Record<string, unknown>>,
): DaeConfig {
  const shape = (name: string): readonly number[] => {
    const value = weights.get(name);
    if (!value) {
      throw new FormatError(`Cannot import the checkpoint: parameter "${name}" is missing`);
    }
    return value.shape;
  };
  const [channels, imageChannels] = shape("input_blocks.0.0.weight");
  const levels = levelsOf(weights, "input_blocks", channels);
  const encoderLevels = levelsOf(weights, "encoder.input_blocks", channels);
  const imageSize = numberOr(given.img_size, 64);
  const fork = given.in_channels !== undefined;
  return parseDaeConfig({
    imageSize,
    imageChannels,
    channels,
    multipliers: levels.multipliers,
    encoderMultipliers: encoderLevels.multipliers,
    residualBlocks: levels.perLevel,
    encoderResidualBlocks: encoderLevels.perLevel,
    attention: levels.attention.map((level) => imageSize / 2 ** level),
    encoderAttention: encoderLevels.attention.map((level) => imageSize / 2 ** level),
    heads: numberOr(given.net_beatgans_attn_head, 1),
    embedding: shape("time_embed.time_embed.2.weight")[0],
    codeSize: shape("encoder.out.3.weight")[0],
    noiseSteps: numberOr(given.T, 1000),
    prediction: given.beatgans_model_mean_type === "start_x" ? "x0" : "eps",
    imageRange: fork ? [0, 1] : [-1, 1],
  });
}

/**
 * Multipliers, blocks per level and levels with attention, read off the block list: a halving block has the same number
 * of output channels as the block before and ends a level. Weights alone do not tell a halving block from a plain one, so
 * the list is matched against each possible number of blocks per level.
 */
function levelsOf(weights: ReadonlyMap<string, Tensor>, prefix: string, channels: number) {
  const blocks: { out: number; attend: boolean }[] = [];
  for (let i = 1; weights.has(`${prefix}.${i}.0.in_layers.2.weight`); i++) {
    blocks.push({
      out: weights.get(`${prefix}.${i}.0.in_layers.2.weight`)!.shape[0],
      attend: weights.has(`${prefix}.${i}.1.qkv.weight`),
    });
  }
  for (const perLevel of candidatesFor(blocks.length)) {
    const period = perLevel + 1;
    const levels = (blocks.length + 1) / period;
    const uniform = Array.from(
      { length: levels },
      (_, level) => blocks.slice(level * period, (level + 1) * period),
    )
      .every((level) =>
        level.every(({ out }) => out === level[0].out) &&
        level.slice(0, perLevel).every(({ attend }) => attend === level[0].attend) &&
        !level[perLevel]?.attend
      );
    if (!uniform) continue;
    const first = Array.from({ length: levels }, (_, level) => blocks[level * period]);
    return {
      perLevel,
      multipliers: first.map(({ out }) => out / channels),
      attention: first.flatMap(({ attend }, level) => attend ? [level] : []),
    };
  }
  throw new FormatError(
    `Cannot import the checkpoint: the blocks "${prefix}.*" follow no known pattern`,
  );
}

/** Blocks per level that divide a list of `count` blocks, the reference's 2 first. */
function candidatesFor(count: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1).filter((n) =>
    (count + 1) % (n + 1) === 0
  );
  return all.includes(2) ? [2, ...all.filter((n) => n !== 2)] : all;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}
