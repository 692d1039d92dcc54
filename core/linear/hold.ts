/** Steps that leave alone what is held: a metric of codes that pays for change where none is wanted, and the step that moves only what it shall. */

import { cholesky, solve, solveLower } from "./cholesky.ts";
import { type Tensor, tensor } from "../tensor.ts";

/**
 * (Σ⁻¹ + λCᵀC)⁻¹ = Σ(Σ + λK)⁻¹Σ `[d, d]`, with C = BᵀΣ⁻¹ the linear map from codes to the pixels that shall change little, B `[d, p]` the
 * covariance of codes and these pixels, and K = BBᵀ `[d, d]`.
 *
 * A step Δz ∝ (Σ⁻¹ + λCᵀC)⁻¹w reaches a score at the least Mahalanobis length plus λ times the squared change of the pixels. λ =
 * strength · d / tr(KΣ⁻¹): at strength 1 a step drawn from Σ pays as much for the pixels as for its length.
 *
 * @param covariance Σ `[d, d]`, positive definite.
 * @param outside K `[d, d]`.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { softCovariance } from "./hold.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const identity = tensor([2, 2], [1, 0, 0, 1]);
 * // Only the first number of the code moves pixels outside: it gets stiffer, the second stays free.
 * const { data } = softCovariance(identity, tensor([2, 2], [1, 0, 0, 0]), 4);
 * assertAlmostEquals(data[0], 1 / 9, 1e-6);
 * assertAlmostEquals(data[3], 1, 1e-6);
 * ```
 */
export function softCovariance(covariance: Tensor, outside: Tensor, strength: number): Tensor {
  const d = covariance.shape[0];
  const factor = cholesky(covariance.data, d);
  // Both are symmetric: their columns are their rows.
  const column = ({ data }: Tensor, j: number) =>
    new Float64Array(data.subarray(j * d, (j + 1) * d));
  let trace = 0;
  for (let j = 0; j < d; j++) trace += solve(factor, column(outside, j))[j];
  const lambda = trace > 0 ? strength * d / trace : 0;
  const sum = cholesky(
    new Float64Array(covariance.data).map((value, i) => value + lambda * outside.data[i]),
    d,
  );
  // Σ(Σ + λK)⁻¹Σ = YᵀY with LY = Σ, LLᵀ = Σ + λK.
  const y = Array.from({ length: d }, (_, j) => solveLower(sum, column(covariance, j)));
  const out = new Float32Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < d; k++) product += y[i][k] * y[j][k];
      out[i * d + j] = out[j * d + i] = product;
    }
  }
  return tensor([d, d], out);
}

/**
 * Δz = MG(GᵀMG)⁻¹δ `[d]`, G the gradients: of all steps that change these things by δ to first order the one that is least in M⁻¹.
 *
 * @param metric M `[d, d]`, positive definite.
 * @param gradients Of each thing `[d]`.
 * @param changes δ, by what each shall change; zero where it shall stay.
 * @throws {RangeError} When one of them cannot change without another.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { restrainedStep } from "./hold.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const identity = tensor([2, 2], [1, 0, 0, 1]);
 * const [x, y] = restrainedStep(identity, [[1, 0], [1, 1]], [2, 0]);
 * assertAlmostEquals(x, 2, 1e-9);
 * assertAlmostEquals(y, -2, 1e-9);
 * ```
 */
export function restrainedStep(
  metric: Tensor,
  gradients: readonly ArrayLike<number>[],
  changes: readonly number[],
): Float64Array {
  const d = metric.shape[0];
  const moves = gradients.map((g) =>
    Float64Array.from({ length: d }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += metric.data[i * d + j] * g[j];
      return sum;
    })
  );
  const products = gradients.flatMap((g) =>
    moves.map((move) => move.reduce((sum, value, j) => sum + value * g[j], 0))
  );
  const shares = solve(cholesky(products, gradients.length), changes);
  return Float64Array.from(
    { length: d },
    (_, j) => moves.reduce((sum, move, k) => sum + shares[k] * move[j], 0),
  );
}
