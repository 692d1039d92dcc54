/** Training runs whose loss curves are compared with PyTorch's: what both sides are given, and the comparison. */

import { Host, type Images, Random, takeRows } from "@countergrade/countergrade";
import {
  type DaeConfig,
  parseDaeConfig,
  PRESETS,
  type StepRates,
  type TrainingBatch,
} from "@countergrade/countergrade/engine";
import { resize } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";

/** A run: the network, images per step, and how many phantoms it draws them from. */
export interface CurveRun {
  readonly config: DaeConfig;
  readonly batchSize: number;
  readonly phantoms: number;
}

/** The runs by name. `tiny16` is small enough for a test. */
export const RUNS = {
  tiny16: {
    config: parseDaeConfig({
      ...PRESETS.tiny64,
      imageSize: 16,
      multipliers: [1, 1],
      encoderMultipliers: [1, 1],
      embedding: 64,
      codeSize: 32,
    }),
    batchSize: 4,
    phantoms: 64,
  },
  tiny64: { config: parseDaeConfig(PRESETS.tiny64), batchSize: 8, phantoms: 256 },
  small64: { config: parseDaeConfig(PRESETS.small64), batchSize: 8, phantoms: 256 },
} satisfies Record<string, CurveRun>;

/** The reference's rate, held: a decaying one would hide late differences. */
export const RATES = {
  learningRate: 1e-4,
  emaDecay: 0.998,
  maxGradientNorm: 1,
} satisfies StepRates;

/** A function from the number of a step, from 0, to its batch; the same on every machine. */
export async function curveBatches(
  { config, batchSize, phantoms }: CurveRun,
): Promise<(step: number) => TrainingBatch> {
  const images = await phantomImages(phantoms, config.imageSize);
  const random = new Random("loss curve");
  return (step) => {
    const stream = random.fork(step);
    const drawn = takeRows(images, stream.permutation(phantoms).subarray(0, batchSize));
    return {
      images: drawn,
      noise: { shape: drawn.shape, data: stream.normals(drawn.data.length) },
      times: {
        shape: [batchSize],
        data: Float32Array.from({ length: batchSize }, () => stream.integer(config.noiseSteps)),
      },
    };
  };
}

async function phantomImages(count: number, size: number): Promise<Images> {
  await using host = await Host.boot(builtins);
  const dataset = await host.openDataset("vertebra");
  const { images } = await dataset.get("train", Int32Array.from({ length: count }, (_, i) => i));
  return resize(images, size, size);
}

/** How far two curves are apart. */
export interface CurveDifference {
  /** The largest relative difference of a single loss. */
  readonly raw: number;
  /** The largest relative difference of the mean of {@linkcode WINDOW} losses in a row. */
  readonly smooth: number;
}

/** Losses in a row whose mean counts as one point of the smoothed curve. */
export const WINDOW = 25;

/** Compares our losses with the peer's, step by step. @throws {Error} When the lengths differ. */
export function compareCurves(ours: readonly number[], peer: readonly number[]): CurveDifference {
  if (ours.length !== peer.length) {
    throw new Error(`Curves of ${ours.length} and ${peer.length} steps cannot be compared`);
  }
  const apart = (a: readonly number[], b: readonly number[]) =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value / b[i] - 1)), 0);
  return { raw: apart(ours, peer), smooth: apart(smoothed(ours), smoothed(peer)) };
}

/** Moving means. */
function smoothed(values: readonly number[]): number[] {
  const means: number[] = [];
  for (let end = WINDOW; end <= values.length; end++) {
    means.push(values.slice(end - WINDOW, end).reduce((a, b) => a + b) / WINDOW);
  }
  return means;
}
