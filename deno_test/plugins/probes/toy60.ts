/** The toy set with outside coefficients (their origin stands in the JSON), and how to compare a probe with them. */

import { type Probe, tensor } from "@countergrade/countergrade";
import { standardization } from "@countergrade/countergrade/linear";
import { assertAlmostEquals } from "@std/assert";
import toy from "./toy60.json" with { type: "json" };

export { toy };
/** `[60, 5]`, correlated, of unlike scales. */
export const codes = tensor([60, 5], toy.codes.flat());
/** Grades 0–3. */
export const labels = Int32Array.from(toy.labels);
export const scale = {
  type: "ordinal" as const,
  names: ["none", "mild", "moderate", "severe"],
};

/**
 * Checks that a probe's scores are the reference's decision values over the length of its normal in standardized space.
 *
 * @param standardized Whether `coef` belongs to standardized codes.
 */
export function assertSameBoundary(
  probe: Probe,
  { coef, intercept }: { coef: readonly number[]; intercept: number },
  standardized: boolean,
  tolerance: number,
): void {
  const { mean, sigma } = standardization(codes);
  const length = Math.hypot(...coef.map((w, j) => standardized ? w : w * sigma[j]));
  const scores = probe.score(codes);
  for (let i = 0; i < 60; i++) {
    let decision = intercept;
    coef.forEach((w, j) => {
      const z = codes.data[i * 5 + j];
      decision += w * (standardized ? (z - mean[j]) / sigma[j] : z);
    });
    assertAlmostEquals(scores[i], decision / length, tolerance);
  }
}

/** The latents of the reference model on RetinaMNIST; absent in a plain clone. */
export const retinaLatents = new URL(
  "../../../../shared/reference/retina_dae_latents.npz",
  import.meta.url,
);

/** Whether {@linkcode retinaLatents} can be read. */
export const hasRetinaLatents = (() => {
  try {
    return Deno.statSync(retinaLatents).isFile;
  } catch {
    console.warn("Skipped: the reference latents of RetinaMNIST are not here");
    return false;
  }
})();
