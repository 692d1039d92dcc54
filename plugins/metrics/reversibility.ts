/** The metric `reversibility`: does the way back lead home? */

import {
  type Codes,
  definePlugin,
  type Edit,
  type Images,
  InputError,
  type MetricPlugin,
  metrics,
  type PathTools,
  takeRows,
} from "@countergrade/countergrade";
import { meanAbsoluteDifference, meanSquaredError } from "@countergrade/countergrade/images";

/**
 * There and back: each frame x' is inverted as if nobody knew where it came from, E(x') and its own x_T, edited back to the score that
 * the original's code has, and rendered to x''. With x̂ what the model rebuilds of the original without an edit, over the frames:
 *
 * - `reversibilityL1` = mean |x'' − x̂| (reversibility of Monteiro et al. 2023, Measuring axiomatic soundness of counterfactual image
 *   models, with the distance of pixels). What two renderings lose is in it.
 * - `reversed` = mean of 1 − RMSE(x'', x̂)/RMSE(x', x̂) over the frames that differ from x̂: 1 when the change is wholly undone, 0 when the
 *   way back wins nothing
 * - `returnGradeMae` = mean |ĝ(E(x'')) − ĝ(z)|, in grades
 *
 * NaN where the editor cannot go back.
 */
const member: MetricPlugin = {
  name: "reversibility",
  description:
    "Every frame edited back to the original's score and rendered again: reversibilityL1, its mean distance to the reconstruction (units " +
    "of intensity, lower is better), reversed, the share of the change that is undone (1 is all of it), and returnGradeMae, the " +
    "miss of the original's grade (grades, lower is better)",
  cost: "one inversion and one rendering of every frame, about as much as the path itself",
  async measure({ reconstruction, plain = reconstruction, frames, reencoded, code }, tools) {
    const edit = await wayBack(frames, reencoded, code, tools);
    if (!edit) return { reversibilityL1: NaN, reversed: NaN, returnGradeMae: NaN };
    const back = await tools.render(edit.latents);
    const home = takeRows(plain, new Int32Array(frames.shape[0]));
    const [before, after] = [frames, back].map((images) => meanSquaredError(home, images));
    const undone = [...after].flatMap((left, i) =>
      before[i] > 0 ? [1 - Math.sqrt(left / before[i])] : []
    );
    const [grade] = tools.probe.grade(code);
    const grades = tools.probe.grade(await tools.encode(back));
    return {
      reversibilityL1: mean([...meanAbsoluteDifference(home, back)]),
      reversed: mean(undone),
      returnGradeMae: mean([...grades].map((shown) => Math.abs(shown - grade))),
    };
  },
};

/** The frames' own latents, moved to the original's score; nothing where the editor gives up. */
async function wayBack(
  frames: Images,
  codes: Codes,
  code: Codes,
  tools: PathTools,
): Promise<Edit | undefined> {
  const noise = await tools.encodeStochastic(frames, codes);
  const [score] = tools.probe.score(code);
  try {
    const targets = Array.from({ length: frames.shape[0] }, () => ({ score }));
    return await tools.edit({ codes, noise }, targets);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** NaN of nothing. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Brings the metric `reversibility`. */
export const reversibilityMetric = definePlugin({
  id: "@countergrade/reversibility-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
