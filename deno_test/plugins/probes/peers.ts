/** The set of peers.json with what scikit-learn and statsmodels found on it, and how a probe is compared with them. */

import { type Probe, tensor } from "@countergrade/countergrade";
import { assertAlmostEquals } from "@std/assert";
import peers from "./peers.json" with { type: "json" };

export { peers };
/** `[150, 6]`, correlated, of unlike scales. */
export const codes = tensor([150, 6], peers.codes.flat());
/** 0–3, in order. */
export const grades = Int32Array.from(peers.grades);
/** 0–2, without order. */
export const kinds = Int32Array.from(peers.kinds);
/** Real numbers. */
export const ages = Float64Array.from(peers.ages);

/**
 * Checks weights and intercept of a linear probe within 1e-3 of the peer's: of the largest weight, in σ. What a probe stores is the
 * direction, so its length ‖w‖ is given by `slope`.
 */
export function assertSameWeights(
  probe: Probe,
  coef: readonly number[],
  intercept: number,
  standardized: boolean,
  slope: number,
): void {
  const { mean, sigma, normal, offset } = probe.toJSON().parameters as {
    mean: number[];
    sigma: number[];
    normal: number[];
    offset: number;
  };
  // The peer's weights on standardized codes, whatever space they were fitted in.
  const w = coef.map((value, j) => standardized ? value : value * sigma[j]);
  const b = intercept + (standardized ? 0 : coef.reduce((sum, c, j) => sum + c * mean[j], 0));
  const most = Math.max(...w.map(Math.abs));
  w.forEach((value, j) => assertAlmostEquals(normal[j] * slope, value, 1e-3 * most, `weight ${j}`));
  assertAlmostEquals(offset * slope, b, 1e-3 * Math.max(most, Math.abs(b)), "intercept");
}
