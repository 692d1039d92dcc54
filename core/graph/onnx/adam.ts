/** Adam's update in ops that ONNX has, with clipping, decoupled weight decay and an average of the weights. */

import {
  add,
  clip,
  div,
  mul,
  pad,
  reduceSum,
  reshape,
  split,
  sqrt,
  sub,
  type Value,
} from "../graph.ts";
import { ADAM, ADAM_RATES } from "../ops.ts";

/** w ← w(1 − lr·decay) − lr/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε), for the inputs of AdamUpdate. */
export function adamUpdate(inputs: readonly Value[]): Value[] {
  const [weights, mean, square, average, raw, rates] = inputs;
  const { beta1, beta2, epsilon } = ADAM;
  const [learningRate, , weightDecay, averageDecay, maxNorm, stepSize, inverseCorrection] = split(
    rates,
    0,
    ADAM_RATES.map(() => 1),
  );
  const norm = normOf(raw);
  const g = mul(raw, clip(div(maxNorm, add(norm, 1e-6)), 0, 1));
  const nextMean = add(mul(mean, beta1), mul(g, 1 - beta1));
  const nextSquare = add(mul(square, beta2), mul(mul(g, g), 1 - beta2));
  const denominator = add(mul(sqrt(nextSquare), inverseCorrection), epsilon);
  const kept = mul(weights, sub(1, mul(learningRate, weightDecay)));
  const nextWeights = sub(kept, mul(stepSize, div(nextMean, denominator)));
  const nextAverage = add(mul(average, averageDecay), mul(nextWeights, sub(1, averageDecay)));
  return [nextWeights, nextMean, nextSquare, nextAverage, norm];
}

/** As many squares are summed at once: one float32 sum over millions would lose digits. */
const CHUNK = 4096;

/** √Σg² of a flat vector. */
function normOf(flat: Value): Value {
  const missing = -flat.shape[0] & (CHUNK - 1);
  const squares = pad(mul(flat, flat), [0], [missing]);
  return sqrt(reduceSum(reduceSum(reshape(squares, [-1, CHUNK]), [1]), [0], true));
}
