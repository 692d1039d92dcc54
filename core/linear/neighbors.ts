/** Which codes are nearest to a code: real images like this one. */

import type { CodeStatistics } from "../editor.ts";
import { InputError } from "../errors.ts";
import { whiten } from "./statistics.ts";
import { type Codes, expectShape, row } from "../tensor.ts";

/**
 * How far two codes are from each other, in σ of the training codes: `mahalanobis` is √(ΔzᵀΣ⁻¹Δz), in which dimensions that go
 * together count once; `standardized` is √Σ(Δzⱼ/σⱼ)².
 */
export type CodeDistance = "mahalanobis" | "standardized";

/** A code near another. */
export interface Neighbor {
  /** Its row. */
  readonly index: number;
  /** In σ, see {@linkcode CodeDistance}. */
  readonly distance: number;
}

/** Coordinates `[n, d]` in which the Euclidean distance is the one asked for. */
const COORDINATES = {
  mahalanobis: whiten,
  standardized: ({ mean, covariance }, codes) => {
    const d = mean.data.length;
    return Float64Array.from(
      codes.data,
      (value, k) => (value - mean.data[k % d]) / Math.sqrt(covariance.data[(k % d) * (d + 1)]),
    );
  },
} satisfies Record<CodeDistance, (statistics: CodeStatistics, codes: Codes) => Float64Array>;

/**
 * The `k` rows of `codes` nearest to each query, the nearest first; of equal ones the first. Memory does not grow with the number
 * of codes.
 *
 * @param queries `[m, d]`
 * @param codes `[n, d]`; fewer than `k` when n is.
 * @param options `distance`: `mahalanobis` by default. `without`: whether to leave out a row for a query.
 * @throws {TypeError} When lengths of codes differ.
 * @throws {InputError} When a code or query is not finite.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { nearestCodes } from "@countergrade/countergrade/linear";
 * import { toyCodes } from "@countergrade/countergrade/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const { codes, statistics } = toyCodes();
 * const query = tensor([1, 6], codes.data.slice(6, 12));
 * const [[first]] = nearestCodes(query, codes, 3, statistics);
 * assertEquals(first, { index: 1, distance: 0 });
 * ```
 */
export function nearestCodes(
  queries: Codes,
  codes: Codes,
  k: number,
  statistics: CodeStatistics,
  { distance = "mahalanobis", without }: {
    distance?: CodeDistance;
    without?: (query: number, index: number) => boolean;
  } = {},
): Neighbor[][] {
  const d = statistics.mean.data.length;
  for (const each of [queries, codes]) expectShape("compare codes", each, [null, d]);
  const coordinates = (of: Codes, i: number) => {
    const point = COORDINATES[distance](statistics, row(of, i));
    if (point.every(Number.isFinite)) return point;
    throw new InputError(`Cannot compare codes: expected finite numbers, code ${i} has others`);
  };
  const points = Array.from({ length: queries.shape[0] }, (_, q) => coordinates(queries, q));
  const found = points.map((): Neighbor[] => []);
  for (let index = 0; index < codes.shape[0]; index++) {
    const at = coordinates(codes, index);
    points.forEach((point, query) => {
      if (without?.(query, index)) return;
      let square = 0;
      for (let j = 0; j < d; j++) square += (at[j] - point[j]) ** 2;
      keep(found[query], { index, distance: Math.sqrt(square) }, k);
    });
  }
  return found;
}

/** Puts a neighbor in its place among the nearest `k`. */
function keep(nearest: Neighbor[], one: Neighbor, k: number): void {
  if (nearest.length >= k && !(one.distance < nearest[k - 1]?.distance)) return;
  let place = nearest.length;
  while (place > 0 && nearest[place - 1].distance > one.distance) place--;
  nearest.splice(place, 0, one);
  nearest.length = Math.min(nearest.length, k);
}
