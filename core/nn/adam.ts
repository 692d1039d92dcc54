/** Adam's update, with clipping, decoupled weight decay and an average of the weights, as part of a graph. */

import type { Value } from "../graph/graph.ts";
import { ADAM, ADAM_RATES } from "../graph/ops.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { StepRates, TrainingState } from "./training_state.ts";

/** Feeds of {@linkcode addUpdate}: the state, and w ← w(1 − lr·decay) − lr/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε). */
export function updateFeeds(state: TrainingState, rates: StepRates): Record<string, Tensor> {
  const step = state.step + 1;
  const rate: Record<typeof ADAM_RATES[number], number> = {
    learningRate: rates.learningRate,
    step,
    weightDecay: rates.weightDecay ?? 0,
    averageDecay: rates.emaDecay,
    maxNorm: Math.min(rates.maxGradientNorm ?? Infinity, 1e30),
    stepSize: rates.learningRate / (1 - ADAM.beta1 ** step),
    inverseCorrection: 1 / Math.sqrt(1 - ADAM.beta2 ** step),
  };
  return {
    weights: state.weights,
    mean: state.mean,
    square: state.square,
    ema: state.ema,
    rates: tensor([ADAM_RATES.length], ADAM_RATES.map((name) => rate[name])),
  };
}

/** Adds clipping, Adam, weight decay and EMA for a raw gradient `[p]`, with their inputs and outputs. */
export function addUpdate(weights: Value, raw: Value): void {
  const { graph, shape } = weights;
  const state = ["mean", "square", "ema"].map((name) => graph.input(name, shape));
  const rates = graph.input("rates", [ADAM_RATES.length]);
  const names = ["nextWeights", "nextMean", "nextSquare", "nextEma", "gradientNorm"];
  graph.apply("AdamUpdate", [weights, ...state, raw, rates])
    .forEach((value, i) => graph.output(names[i], value));
}
