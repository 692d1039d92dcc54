/** The state of a training, the numbers that steer a step, and the figures that come out of it. */

import type { Tensor } from "../tensor.ts";

/** The numbers that steer one step. */
export interface StepRates {
  /** Adam's step size. */
  readonly learningRate: number;
  /** Decay of the exponential moving average, in [0, 1]. */
  readonly emaDecay: number;
  /** Largest allowed norm of the whole gradient; Infinity for none. */
  readonly maxGradientNorm?: number;
  /** Decoupled weight decay (AdamW). */
  readonly weightDecay?: number;
}

/** The state of a training, as flat vectors `[p]` in the order of {@linkcode daeParameters}. */
export interface TrainingState {
  /** Optimizer steps done. */
  readonly step: number;
  /** The weights as of the last step. */
  readonly weights: Tensor;
  /** Adam's first moment. */
  readonly mean: Tensor;
  /** Adam's second moment. */
  readonly square: Tensor;
  /** Exponential moving average of the weights: what the finished model uses. */
  readonly ema: Tensor;
}

/** The figures of one step. */
export interface StepFigures {
  /** The mean loss of the batch, before the step. */
  readonly loss: number;
  /** The norm of the whole gradient, before it is clipped. */
  readonly gradientNorm: number;
}

/** A fresh state for starting weights. */
export function startState(weights: Float32Array): TrainingState {
  const shape = [weights.length];
  const flat = (data: Float32Array): Tensor => ({ shape, data });
  return {
    step: 0,
    weights: flat(weights),
    mean: flat(new Float32Array(weights.length)),
    square: flat(new Float32Array(weights.length)),
    ema: flat(weights.slice()),
  };
}

/** The state after a run of a graph with {@linkcode addUpdate}. */
export function nextState({ step }: TrainingState, results: Record<string, Tensor>): TrainingState {
  const { nextWeights: weights, nextMean: mean, nextSquare: square, nextEma: ema } = results;
  return { step: step + 1, weights, mean, square, ema };
}
