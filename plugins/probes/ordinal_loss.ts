/** The loss of the cumulative-link logit model, and the thresholds in it. */

import type { LinearLoss } from "@countergrade/countergrade/linear";

/**
 * The negative logarithm of the likelihood (McCullagh 1980): P(label ≤ k) = σ(θₖ − s), s = w·x, θ₀ < θ₁ < …. With u = θₖ − s and
 * l = θₖ₋₁ − s of a row of label k,
 *
 *     −log P = −log σ(u) − log σ(−l) − log(1 − e^{l−u})
 *     ∂/∂u = −σ(−u) − 1/(e^{u−l} − 1),   ∂/∂l = σ(l) + 1/(e^{u−l} − 1),   ∂/∂s = −∂/∂u − ∂/∂l
 *
 * where the terms of an end that does not exist vanish: u of the highest label, l of the lowest. The thresholds rise, whatever their
 * parameters x are,
 *
 *     θ₀ = x₀,   θₖ = θₖ₋₁ + e^{xₖ};   ∂/∂x₀ = Σⱼ ∂/∂θⱼ,   ∂/∂xₖ = e^{xₖ}·Σ_{j≥k} ∂/∂θⱼ
 *
 * @param rank The label of each row, 0 … `gaps`.
 * @param weights Of the rows.
 * @returns Σ vᵢ·(−log Pᵢ), with the parameters of the thresholds as extras.
 */
export function ordinalLoss(rank: Int32Array, gaps: number, weights: Float64Array): LinearLoss {
  return {
    outputs: 1,
    extras: gaps,
    curvature: 0.25,
    block: (extras, slopes) => {
      const theta = thresholdsOf(extras);
      const rises = extras.map((x, k) => k === 0 ? 1 : Math.exp(x));
      /** 1/(e^{u−l} − 1) and −log(1 − e^{l−u}), which are those of the gap. */
      const crowds = theta.map((t, k) => k === 0 ? 0 : 1 / Math.expm1(t - theta[k - 1]));
      const widths = theta.map((t, k) => k === 0 ? 0 : -Math.log(-Math.expm1(theta[k - 1] - t)));
      return (start, end, [f], [g]) => {
        let loss = 0;
        /** ∂/∂θ */
        const steps = new Float64Array(gaps);
        for (let i = start; i < end; i++) {
          const [k, s] = [rank[i], f[i - start]];
          let [du, dl, nll] = [0, 0, 0];
          // With r = e^{−|v|}: σ(v) is 1/(1 + r) or r/(1 + r), −log σ(−v) is log(1 + r) + max(v, 0).
          if (k < gaps) {
            const above = s - theta[k];
            const rest = Math.exp(-Math.abs(above));
            du -= (above > 0 ? 1 : rest) / (1 + rest);
            nll += Math.log1p(rest) + Math.max(above, 0);
          }
          if (k > 0) {
            const below = theta[k - 1] - s;
            const rest = Math.exp(-Math.abs(below));
            dl += (below > 0 ? 1 : rest) / (1 + rest);
            nll += Math.log1p(rest) + Math.max(below, 0);
          }
          if (k > 0 && k < gaps) {
            du -= crowds[k];
            dl += crowds[k];
            nll += widths[k];
          }
          loss += weights[i] * nll;
          g[i - start] = -weights[i] * (du + dl);
          if (k < gaps) steps[k] += weights[i] * du;
          if (k > 0) steps[k - 1] += weights[i] * dl;
        }
        let above = 0;
        for (let k = gaps - 1; k >= 0; k--) {
          above += steps[k];
          slopes[k] += above * rises[k];
        }
        return loss;
      };
    },
  };
}

/** θ from its parameters: the first one, then the logarithms of the gaps. */
export function thresholdsOf(parameters: Float64Array): number[] {
  const theta = [parameters[0]];
  for (let k = 1; k < parameters.length; k++) theta.push(theta[k - 1] + Math.exp(parameters[k]));
  return theta;
}

/** The parameters of the thresholds that the frequencies of the labels alone would give. */
export function startAt(rank: Int32Array, gaps: number): Float64Array {
  const start = new Float64Array(gaps);
  let before = 0;
  for (let k = 0; k < gaps; k++) {
    const share = rank.filter((r) => r <= k).length / rank.length;
    const theta = Math.log(share / (1 - share));
    start[k] = k === 0 ? theta : Math.log(theta - before);
    before = theta;
  }
  return start;
}
