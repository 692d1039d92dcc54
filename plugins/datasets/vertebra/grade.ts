/** The phantom's grades: Genant-like bands of anterior height loss, widened so that 64 pixels can tell them apart. */

/** The names of the grades, mild to severe. */
export const GRADE_NAMES: readonly string[] = [
  "Grade 0 (normal)",
  "Grade 1 (mild)",
  "Grade 2 (moderate)",
  "Grade 3 (severe)",
];

/**
 * Grade `g` covers the anterior height losses from `GRADE_BANDS[g]` up to `GRADE_BANDS[g + 1]`, as shares of the
 * posterior height.
 *
 * Genant et al. (J Bone Miner Res 1993) put the borders at 20, 25 and 40 %. A band of 5 % is one pixel of a body that is 20
 * pixels high, so the phantom grades 0–10, 10–25, 25–40 and 40–55 %.
 */
export const GRADE_BANDS: readonly number[] = [0, 0.1, 0.25, 0.4, 0.55];

/** Band centers: the height loss that is exactly grade 0, 1, 2, 3. */
const CENTERS = GRADE_NAMES.map((_, g) => (GRADE_BANDS[g] + GRADE_BANDS[g + 1]) / 2);

/**
 * The continuous grade of a height loss: piecewise linear through the band centers (5 % is 0, 17.5 % is 1, 32.5 % is 2,
 * 47.5 % is 3), continued with the outer slopes and clamped to [-0.5, 3.5]. Not a number stays so.
 *
 * @param heightLoss Share of the height that is lost, 0 to 1.
 * @example
 * ```ts
 * import { gradeOfHeightLoss } from "./grade.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(gradeOfHeightLoss(0.25), 1.5);
 * ```
 */
export function gradeOfHeightLoss(heightLoss: number): number {
  const last = CENTERS.length - 2;
  let g = 0;
  while (g < last && heightLoss > CENTERS[g + 1]) g++;
  const grade = g + (heightLoss - CENTERS[g]) / (CENTERS[g + 1] - CENTERS[g]);
  return Math.min(3.5, Math.max(-0.5, grade));
}

/**
 * The height loss that a continuous grade stands for: the inverse of {@linkcode gradeOfHeightLoss} on [-0.4, 3.5], never
 * negative.
 */
export function heightLossOfGrade(grade: number): number {
  const g = Math.min(CENTERS.length - 2, Math.max(0, Math.floor(grade)));
  return Math.max(0, CENTERS[g] + (grade - g) * (CENTERS[g + 1] - CENTERS[g]));
}
