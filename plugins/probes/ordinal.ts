/** The probe `ordinal`: one direction for all grades, with a threshold between each two. */

import { definePlugin, type ProbePlugin, probes } from "@countergrade/countergrade";
import {
  expectScale,
  fitPenalized,
  linearProbe,
  linearProbeFrom,
  medianGrading,
  rowWeights,
  trainingSet,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import { boundaryOf, problemOf } from "./linear_boundary.ts";
import { classWeights, fitOptions } from "./linear_options.ts";
import { ordinalLoss, startAt, thresholdsOf } from "./ordinal_loss.ts";

const options = z.strictObject({
  lambda: z.number().nonnegative().optional()
    .describe("λ: weight of the penalty λ/2·‖w‖²; by default chosen by cross-validation"),
  ...fitOptions,
  classWeights,
});

/** Options of the probe `ordinal`. */
export type OrdinalOptions = z.infer<typeof options>;

/**
 * The cumulative-link logit model by maximum likelihood (see {@linkcode ordinalLoss}) with the penalty λ/2·‖w‖²; thresholds are not
 * penalized. The score is the distance to the threshold of the binary question, the label the median class, and the grade the grouped
 * median (see `medianGrading`).
 */
const member: ProbePlugin<OrdinalOptions> = {
  name: "ordinal",
  description:
    "Ordinal regression (cumulative logit); grade by the median of the predicted distribution",
  options,
  async fit(codes, labels, options, context) {
    expectScale(member.name, context.scale, "binary", "ordinal");
    const set = trainingSet(codes, labels, context);
    // Grades that nobody has would push their thresholds together without end: fit the others.
    const present = [...new Set(labels)].sort((a, b) => a - b);
    const rank = Int32Array.from(labels, (label) => present.indexOf(label));
    const gaps = present.length - 1;
    const { problem, place } = problemOf(set, {
      penalty: "lambda",
      lossOf: (weights) => ordinalLoss(rank, gaps, weights),
      weights: rowWeights(labels, options.classWeights),
      extras: startAt(rank, gaps),
      classes: rank,
    }, options);
    const fit = await fitPenalized(problem, context);
    const thresholds = spreadOver(thresholdsOf(fit.extras), present, context.scale.names.length);
    const origin = thresholds[context.threshold - 1];
    const { plane, length } = boundaryOf(place, fit, -origin);
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: { slope: length, intercept: 0 },
      grading: medianGrading(thresholds.map((theta) => (theta - origin) / length), length),
      selection: fit.selection,
    });
  },
  load: linearProbeFrom,
};

/**
 * One threshold per pair of neighboring grades of the scale, from those between the grades that the labels hold: grades missing in
 * between share a narrow band (a tenth of a logit each), those missing at an end are a logit wide each.
 */
function spreadOver(
  theta: readonly number[],
  present: readonly number[],
  classes: number,
): number[] {
  const out: number[] = [];
  for (let k = 0; k < classes - 1; k++) {
    const at = present.findLastIndex((label) => label <= k);
    if (at < 0) out.push(theta[0] - (present[0] - k));
    else if (at >= theta.length) out.push(theta[theta.length - 1] + (k - present[at] + 1));
    else {
      const missing = present[at + 1] - present[at] - 1;
      const room = Math.min(...theta.slice(1).map((t, i) => t - theta[i])) / (missing + 1);
      out.push(theta[at] + Math.min(0.1, room) * (k - present[at] - missing / 2));
    }
  }
  return out;
}

/** Brings the probe `ordinal`. */
export const ordinalProbe = definePlugin({
  id: "@countergrade/ordinal-probe",
  version: "0.2.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
