/** One step of Adam on any loss, as a graph. */

import { gradient } from "../graph/gradient.ts";
import type { Graph, Value } from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import { addUpdate, nextState, type StepFigures, type TrainingState } from "./dae_training.ts";
import {
  flatSource,
  parameterCount,
  type ParameterSource,
  type ParameterSpec,
} from "./parameters.ts";

/**
 * Adds to `graph` the loss of the parameters and one step of Adam on it, with clipping, decoupled weight decay and an average of
 * the weights. Its inputs beside the batch are those of {@linkcode updateFeeds}, its outputs are read by
 * {@linkcode adamResults}.
 *
 * @param lossOf Builds the loss, a value of shape `[]`, from the parameters of `specs`.
 */
export function adamStep(
  graph: Graph,
  specs: readonly ParameterSpec[],
  lossOf: (parameters: ParameterSource) => Value,
): void {
  const weights = graph.input("weights", [parameterCount(specs)]);
  const loss = lossOf(flatSource(weights, specs));
  const [raw] = gradient(loss, [weights]);
  graph.output("loss", loss);
  addUpdate(weights, raw, specs);
}

/** The next state and the figures, from what such a graph gave. */
export function adamResults(
  results: Record<string, Tensor>,
  state: TrainingState,
): { state: TrainingState; figures: StepFigures } {
  const { loss, gradientNorm } = results;
  return {
    state: nextState(state, results),
    figures: { loss: loss.data[0], gradientNorm: gradientNorm.data[0] },
  };
}
