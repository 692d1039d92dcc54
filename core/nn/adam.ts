/** One step of Adam on any loss, as a graph: clipping, decoupled weight decay and an average of the weights included. */

import { gradient } from "../graph/gradient.ts";
import {
  add,
  clip,
  concat,
  div,
  type Graph,
  mul,
  reduceSum,
  split,
  sqrt,
  sub,
  type Value,
} from "../graph/graph.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import type { StepFigures, StepRates, TrainingState } from "./dae_training.ts";
import {
  flatSource,
  parameterCount,
  type ParameterSource,
  type ParameterSpec,
} from "./parameters.ts";

/** Constants of Adam (Kingma & Ba 2015), as PyTorch's defaults. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * Adds to `graph` the loss of the parameters and one step of Adam on it. The inputs that this brings are those of
 * {@linkcode adamFeeds}, the outputs are read by {@linkcode adamResults}.
 *
 * @param lossOf Builds the loss, a value of shape `[]`, from the parameters of `specs`.
 */
export function adamStep(
  graph: Graph,
  specs: readonly ParameterSpec[],
  lossOf: (parameters: ParameterSource) => Value,
): void {
  const shape = [parameterCount(specs)];
  const vector = (name: string) => graph.input(name, shape);
  const single = (name: string) => graph.input(name, [1]);
  const weights = vector("weights");
  const loss = lossOf(flatSource(weights, specs));
  const [raw] = gradient(loss, [weights]);
  const norm = normOf(raw, specs);
  const g = mul(raw, clip(div(single("maxNorm"), add(norm, 1e-6)), 0, 1));
  const mean = add(mul(vector("mean"), BETA1), mul(g, 1 - BETA1));
  const square = add(mul(vector("square"), BETA2), mul(mul(g, g), 1 - BETA2));
  const denominator = add(mul(sqrt(square), single("inverseCorrection")), EPSILON);
  const step = mul(single("stepSize"), div(mean, denominator));
  const next = sub(mul(weights, single("keep")), step);
  const decay = single("emaDecay");
  const ema = add(mul(vector("ema"), decay), mul(next, sub(1, decay)));
  const outputs = {
    loss,
    norm,
    nextWeights: next,
    nextMean: mean,
    nextSquare: square,
    nextEma: ema,
  };
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
}

/** What a graph with {@linkcode adamStep} is fed, beside the batch. */
export function adamFeeds(state: TrainingState, rates: StepRates): Record<string, Tensor> {
  const step = state.step + 1;
  const single = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) });
  return {
    weights: state.weights,
    mean: state.mean,
    square: state.square,
    ema: state.ema,
    // w ← w(1 − lr·decay) − lr/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε), as PyTorch computes it
    stepSize: single(rates.learningRate / (1 - BETA1 ** step)),
    inverseCorrection: single(1 / Math.sqrt(1 - BETA2 ** step)),
    keep: single(1 - rates.learningRate * (rates.weightDecay ?? 0)),
    emaDecay: single(rates.emaDecay),
    maxNorm: single(Math.min(rates.maxGradientNorm ?? Infinity, 1e30)),
  };
}

/** The next state and the figures, from what such a graph gave. */
export function adamResults(
  results: Readonly<Record<string, Tensor>>,
  { step }: TrainingState,
): { state: TrainingState; figures: StepFigures } {
  const { nextWeights, nextMean, nextSquare, nextEma, loss, norm } = results;
  return {
    state: {
      step: step + 1,
      weights: nextWeights,
      mean: nextMean,
      square: nextSquare,
      ema: nextEma,
    },
    figures: { loss: loss.data[0], gradientNorm: norm.data[0] },
  };
}

/** √Σg² of a flat vector, summed parameter by parameter: one float32 sum over millions would lose digits. */
function normOf(flat: Value, specs: readonly ParameterSpec[]): Value {
  const parts = split(mul(flat, flat), 0, specs.map(({ shape }) => sizeOf(shape)));
  return sqrt(reduceSum(concat(parts.map((part) => reduceSum(part, [0], true)), 0), [0], true));
}
