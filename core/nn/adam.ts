/** Adam's update, with clipping, decoupled weight decay and an average of the weights, as part of a graph. */

import {
  add,
  clip,
  div,
  mul,
  pad,
  reduceSum,
  reshape,
  sqrt,
  sub,
  type Value,
} from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import type { StepRates, TrainingState } from "./training_state.ts";

/** Constants of Adam (Kingma & Ba 2015), as PyTorch's defaults. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Feeds of {@linkcode addUpdate}: the state, and w ← w(1 − lr·decay) − lr/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε). */
export function updateFeeds(state: TrainingState, rates: StepRates): Record<string, Tensor> {
  const step = state.step + 1;
  return {
    weights: state.weights,
    mean: state.mean,
    square: state.square,
    ema: state.ema,
    stepSize: single(rates.learningRate / (1 - BETA1 ** step)),
    inverseCorrection: single(1 / Math.sqrt(1 - BETA2 ** step)),
    keep: single(1 - rates.learningRate * (rates.weightDecay ?? 0)),
    emaDecay: single(rates.emaDecay),
    maxNorm: single(Math.min(rates.maxGradientNorm ?? Infinity, 1e30)),
  };
}

/** Adds clipping, Adam, weight decay and EMA for a raw gradient `[p]`, with their inputs and outputs. */
export function addUpdate(weights: Value, raw: Value): void {
  const { graph, shape } = weights;
  const mean = graph.input("mean", shape);
  const square = graph.input("square", shape);
  const ema = graph.input("ema", shape);
  const stepSize = graph.input("stepSize", [1]);
  const inverseCorrection = graph.input("inverseCorrection", [1]);
  const keep = graph.input("keep", [1]);
  const emaDecay = graph.input("emaDecay", [1]);
  const maxNorm = graph.input("maxNorm", [1]);

  const norm = normOf(raw);
  const g = mul(raw, clip(div(maxNorm, add(norm, 1e-6)), 0, 1));
  const nextMean = add(mul(mean, BETA1), mul(g, 1 - BETA1));
  const nextSquare = add(mul(square, BETA2), mul(mul(g, g), 1 - BETA2));
  const denominator = add(mul(sqrt(nextSquare), inverseCorrection), EPSILON);
  const nextWeights = sub(mul(weights, keep), mul(stepSize, div(nextMean, denominator)));
  const nextEma = add(mul(ema, emaDecay), mul(nextWeights, sub(1, emaDecay)));

  graph.output("gradientNorm", norm);
  graph.output("nextWeights", nextWeights);
  graph.output("nextMean", nextMean);
  graph.output("nextSquare", nextSquare);
  graph.output("nextEma", nextEma);
}

/** As many squares are summed at once: one float32 sum over millions would lose digits. */
const CHUNK = 4096;

/** √Σg² of a flat vector. */
function normOf(flat: Value): Value {
  const missing = -flat.shape[0] & (CHUNK - 1);
  const squares = pad(mul(flat, flat), [0], [missing]);
  return sqrt(reduceSum(reduceSum(reshape(squares, [-1, CHUNK]), [1]), [0], true));
}

function single(value: number): Tensor {
  return { shape: [1], data: Float32Array.of(value) };
}
