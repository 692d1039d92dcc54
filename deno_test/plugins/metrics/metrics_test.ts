/** The built-in metrics: their contract, and figures that can be told by hand. */

import { Host, metrics, type PathRecord, tensor } from "@countergrade/countergrade";
import { register, testMetric, toyPath } from "@countergrade/countergrade/testing";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { closenessMetric } from "../../../plugins/metrics/closeness.ts";
import { identityMetric } from "../../../plugins/metrics/identity.ts";
import { latentCostMetric } from "../../../plugins/metrics/latent_cost.ts";
import { monotonicityMetric } from "../../../plugins/metrics/monotonicity.ts";
import { reconstructionMetric } from "../../../plugins/metrics/reconstruction.ts";
import { smoothnessMetric } from "../../../plugins/metrics/smoothness.ts";
import { sparsityMetric } from "../../../plugins/metrics/sparsity.ts";
import { validityMetric } from "../../../plugins/metrics/validity.ts";

await using host = await Host.boot([
  closenessMetric,
  identityMetric,
  latentCostMetric,
  monotonicityMetric,
  reconstructionMetric,
  smoothnessMetric,
  sparsityMetric,
  validityMetric,
]);
for (const member of host.members(metrics)) register(`metric ${member.name}`, testMetric(member));

/** Three frames of two pixels, codes of two dimensions. */
const path: PathRecord = {
  original: tensor([1, 1, 1, 2], [0, 0]),
  reconstruction: tensor([1, 1, 1, 2], [0.1, 0]),
  frames: tensor([3, 1, 1, 2], [0.1, 0, 0.1, 0.5, 0.1, 1]),
  code: tensor([1, 2], [0, 3]),
  codes: tensor([3, 2], [0, 3, 1, 3, 2, 3]),
  reencoded: tensor([3, 2], [0, 3, 1, 4, 2, 3]),
  targetScores: [-1, 0, 1],
  targetGrades: [0, 1, 2],
  latentGrades: [0, 1, 2],
  imageScores: [-0.5, 0.2, -0.1],
  imageGrades: [0.2, 1.6, 1.5],
  lengths: [0, 1, 2],
  lengthRatios: [1, 1, 1.3],
};

const expected: Record<string, Record<string, number>> = {
  validity: { imageValidity: 1 / 2, regressionSuccess: 2 / 3, latentSuccess: 1 },
  monotonicity: { kendallTau: 1 / 3, gradeMae: (0.2 + 0.6 + 0.5) / 3 },
  closeness: {
    l1: (0.1 + 0.6 + 1.1) / 6,
    rmse: (Math.sqrt(0.01 / 2) + Math.sqrt(0.26 / 2) + Math.sqrt(1.01 / 2)) / 3,
    l1Net: 1.5 / 6,
    rmseNet: (Math.sqrt(0.25 / 2) + Math.sqrt(1 / 2)) / 3,
  },
  reconstruction: {
    reconstructionMse: 0.005,
    reconstructionSsim: NaN,
    reconstructionPsnr: 10 * Math.log10(4 / 0.005),
  },
  latentCost: { latentLength: 1, latentRatio: 1.1, latentEuclidean: 1 },
  sparsity: { changedPixels: 2 / 6 },
  smoothness: { stepVariation: 0, straightness: 2 / (2 * Math.SQRT2), imageStraightness: 1 },
  // The frame in the middle drifts by 1 across an edit of 1; across the edit the codes still point the same way.
  identity: { identity: 1, identityDrift: 1 / 2 },
};

for (const [name, figures] of Object.entries(expected)) {
  Deno.test(`${name} gives the figures that can be told by hand`, () => {
    const got = host.member(metrics, name).measure(path);
    assertEquals(Object.keys(got).sort(), Object.keys(figures).sort());
    for (const [key, value] of Object.entries(figures)) {
      if (Number.isNaN(value)) assertEquals(got[key], NaN, key);
      else assertAlmostEquals(got[key], value, 1e-6, `${key}: expected ${value}, got ${got[key]}`);
    }
  });
}

Deno.test("every built-in metric is measured by hand above", () => {
  assertEquals(Object.keys(expected).sort(), host.names(metrics).sort());
});

Deno.test("sparsity counts no change that the reconstruction makes anyway", () => {
  const small = tensor([3, 1, 1, 2], path.frames.data.map((v, k) => k === 3 ? 0.05 : v));
  const { changedPixels } = host.member(metrics, "sparsity").measure({ ...path, frames: small });
  assertAlmostEquals(changedPixels, 1 / 6, 1e-12);
});

Deno.test("a worse path has worse figures", () => {
  const good = toyPath();
  const reversed = { ...good, imageGrades: good.imageGrades.toReversed() };
  const { kendallTau } = host.member(metrics, "monotonicity").measure(reversed);
  assertEquals(kendallTau, -1);
});
