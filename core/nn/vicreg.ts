/** VICReg (Bardes, Ponce & LeCun, ICLR 2022): codes that stay when the image varies, and tell images apart. */

import { add, matmul, mul, reduceMean, reduceSum, sqrt, sub, type Value } from "../graph/graph.ts";

/** The paper's ν over its λ = μ. */
const COVARIANCE = 1 / 25;

/** Keeps the root's slope finite, as in the paper. */
const EPSILON = 1e-4;

/** Rounds the hinge's corner by less than 10⁻⁶, so that it has a slope everywhere. */
const CORNER = 1e-12;

/**
 * The loss of codes `a` and `b`, both `[n, d]` with n ≥ 2, of two views of the same images:
 * L = s(a, b) + v(a) + v(b) + (c(a) + c(b))/25, with
 *
 * - s = 1/(n·d) Σᵢⱼ (aᵢⱼ − bᵢⱼ)², invariance,
 * - v = 1/d Σⱼ max(0, 1 − √(Cⱼⱼ + 10⁻⁴)), variance,
 * - c = 1/d Σⱼ≠ₖ Cⱼₖ², covariance, where C = 1/(n − 1) Σᵢ (zᵢ − z̄)(zᵢ − z̄)ᵀ.
 */
export function vicregLoss(a: Value, b: Value): Value {
  const apart = sub(a, b);
  const invariance = reduceMean(mul(apart, apart), [0, 1]);
  return add(invariance, add(spreadLoss(a), spreadLoss(b)));
}

/** v(z) + c(z)/25. */
function spreadLoss(z: Value): Value {
  const [n, d] = z.shape;
  const centered = sub(z, reduceMean(z, [0], true));
  const variance = mul(reduceSum(mul(centered, centered), [0]), 1 / (n - 1));
  const missing = sub(1, sqrt(add(variance, EPSILON)));
  // max(0, x) = (x + |x|)/2
  const hinge = mul(add(missing, sqrt(add(mul(missing, missing), CORNER))), 0.5);
  const covariance = mul(matmul(centered, centered, true), 1 / (n - 1));
  const all = reduceSum(mul(covariance, covariance), [0, 1]);
  const others = sub(all, reduceSum(mul(variance, variance), [0]));
  return add(reduceMean(hinge, [0]), mul(others, COVARIANCE / d));
}
