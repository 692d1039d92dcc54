/** One step of training on any loss, as a graph: forward, backward, and Adam's update. */

import { gradient } from "../graph/gradient.ts";
import type { Graph, Value } from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import { addUpdate } from "./adam.ts";
import {
  flatSource,
  parameterCount,
  type ParameterSource,
  type ParameterSpec,
} from "./parameters.ts";
import { nextState, type StepFigures, type TrainingState } from "./training_state.ts";

/**
 * Adds to `graph` the loss of the parameters and one step of Adam on it, with clipping, decoupled weight decay and an average of
 * the weights. Returns the raw gradient `[p]`. Its inputs beside the batch are those of {@linkcode updateFeeds}, its outputs are read by
 * {@linkcode stepResults}.
 *
 * @param lossOf Builds the loss, a value of shape `[]`, from the parameters of `specs`.
 */
export function trainingStep(
  graph: Graph,
  specs: readonly ParameterSpec[],
  lossOf: (parameters: ParameterSource) => Value,
): Value {
  const weights = graph.input("weights", [parameterCount(specs)]);
  const loss = lossOf(flatSource(weights, specs));
  const [raw] = gradient(loss, [weights]);
  graph.output("loss", loss);
  addUpdate(weights, raw);
  return raw;
}

/** The next state and the figures, from what such a graph gave. */
export function stepResults(
  results: Record<string, Tensor>,
  state: TrainingState,
): { state: TrainingState; figures: StepFigures } {
  const { loss, gradientNorm } = results;
  return {
    state: nextState(state, results),
    figures: { loss: loss.data[0], gradientNorm: gradientNorm.data[0] },
  };
}
