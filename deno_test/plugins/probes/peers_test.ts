/** All probes against scikit-learn and statsmodels; peers.py made the figures. */

import {
  type FitContext,
  Host,
  type LabelScale,
  type ProbePlugin,
  probes,
  Random,
} from "@countergrade/countergrade";
import { isotonicBlocks } from "../../../core/linear/grading.ts";
import { assertAlmostEquals } from "@std/assert";
import { linearSvmProbe } from "../../../plugins/probes/linear_svm.ts";
import { logisticProbe } from "../../../plugins/probes/logistic.ts";
import { ordinalProbe } from "../../../plugins/probes/ordinal.ts";
import { ridgeProbe } from "../../../plugins/probes/ridge.ts";
import { ages, assertSameWeights, codes, grades, kinds, peers } from "./peers.ts";

await using host = await Host.boot([logisticProbe, linearSvmProbe, ordinalProbe, ridgeProbe]);
const scaleOf = (type: LabelScale["type"], ...names: string[]): LabelScale => ({ type, names });
const graded = scaleOf("ordinal", "0", "1", "2", "3");
const context = (scale: LabelScale, threshold: number): FitContext => ({
  scale,
  threshold,
  random: new Random(1),
});
const member = (name: string) => host.member(probes, name) as ProbePlugin;
/** ‖w‖ of a probe whose probability is that of its logits. */
const logitsPerSigma = (parameters: Record<string, unknown>) =>
  (parameters.probability as number[])[0];

for (const { space, classWeights, value, coef, intercept } of peers.logistic) {
  Deno.test(`logistic has scikit-learn's weights (${space}, ${classWeights}, C = ${value})`, async () => {
    const logistic = member("logistic");
    const options = logistic.options.parse({
      c: value,
      standardize: space === "standardized",
      classWeights,
    });
    const probe = await logistic.fit(codes, grades, options, context(graded, 1));
    const slope = logitsPerSigma(probe.toJSON().parameters);
    assertSameWeights(probe, coef[0], intercept[0], space === "standardized", slope);
  });
}

for (const { space, classWeights, value, coef, intercept } of peers.svm) {
  Deno.test(`svm has libsvm's weights (${space}, ${classWeights}, C = ${value})`, async () => {
    const svm = member("svm");
    const standardize = space === "standardized";
    const options = svm.options.parse({ c: value, standardize, classWeights });
    const probe = await svm.fit(codes, grades, options, context(graded, 1));
    const { sigma } = probe.toJSON().parameters as { sigma: number[] };
    const slope = Math.hypot(...coef[0].map((w, j) => standardize ? w : w * sigma[j]));
    assertSameWeights(probe, coef[0], intercept[0], standardize, slope);
  });
}

for (const { space, classWeights, value, coef, intercept } of peers.multinomial) {
  Deno.test(`logistic has scikit-learn's multinomial weights (${space}, ${classWeights}, C = ${value})`, async () => {
    const logistic = member("logistic");
    const standardized = space === "standardized";
    const options = logistic.options.parse({ c: value, standardize: standardized, classWeights });
    const scale = scaleOf("nominal", "a", "b", "c");
    const probe = await logistic.fit(codes, kinds, options, context(scale, 1));
    const { mean, sigma, weights, intercepts } = probe.toJSON().parameters as {
      mean: number[];
      sigma: number[];
      weights: number[][];
      intercepts: number[];
    };
    const w = coef.map((row) => row.map((value, j) => standardized ? value : value * sigma[j]));
    const most = Math.max(...w.flat().map(Math.abs));
    const b = intercept.map((value, k) =>
      value + (standardized ? 0 : coef[k].reduce((sum, c, j) => sum + c * mean[j], 0))
    );
    const middle = (b[0] + b[1] + b[2]) / 3;
    for (let k = 0; k < 3; k++) {
      for (let j = 0; j < 6; j++) assertAlmostEquals(weights[k][j], w[k][j], 1e-3 * most);
      assertAlmostEquals(intercepts[k], b[k] - middle, 1e-3 * Math.max(most, 1));
    }
  });
}

for (const { space, value, coef, intercept } of peers.ridge) {
  Deno.test(`ridge has scikit-learn's weights and predictions (${space}, alpha = ${value})`, async () => {
    const ridge = member("ridge");
    const standardize = space === "standardized";
    const options = ridge.options.parse({ lambda: value, standardize });
    const probe = await ridge.fit(codes, ages, options, context(scaleOf("continuous", "age"), 55));
    const { mean, sigma } = probe.toJSON().parameters as { mean: number[]; sigma: number[] };
    probe.grade(codes).forEach((age, i) => {
      let told = intercept[0];
      coef[0].forEach((w, j) => {
        const z = codes.data[i * 6 + j];
        told += w * (standardize ? (z - mean[j]) / sigma[j] : z);
      });
      assertAlmostEquals(age, told, 1e-6 * Math.abs(told));
    });
  });
}

Deno.test("ordinal without a penalty has statsmodels' coefficients and thresholds", async () => {
  const ordinal = member("ordinal");
  const { coef, thresholds } = peers.ordinal;
  for (const threshold of [1, 2, 3]) {
    const options = ordinal.options.parse({ lambda: 0 });
    const probe = await ordinal.fit(codes, grades, options, context(graded, threshold));
    const slope = logitsPerSigma(probe.toJSON().parameters);
    assertSameWeights(probe, coef[0], -thresholds[threshold - 1], true, slope);
  }
});

Deno.test("isotonicBlocks() are scikit-learn's steps, rows of equal scores included", () => {
  const { scores, grades: expected } = peers.isotonic;
  const blocks = isotonicBlocks(scores, grades);
  scores.forEach((score, i) => {
    const block = blocks.find(({ from, to }) => from <= score && score <= to)!;
    assertAlmostEquals(block.grade, expected[i], 1e-9);
  });
});
