/**
 * How good it is: figures of reports, calibration, ranks, intervals.
 *
 * @module
 */

export { kendallTau, pearson, spearman } from "./rank.ts";
export {
  accuracy,
  balancedAccuracy,
  f1,
  macroF1,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rocAuc,
} from "./report.ts";
export { type ReliabilityBin, reliabilityBins } from "./calibration.ts";
export {
  isLabel,
  isNumeric,
  labelsOf,
  labelsOn,
  type ProbeReport,
  type Question,
  severeOf,
} from "./probe_report.ts";
export {
  bootstrapFigures,
  bootstrapMean,
  type BootstrapOptions,
  type Interval,
  type MeanInterval,
} from "./bootstrap.ts";
export {
  bestConstant,
  type ProbeReview,
  type ReviewedFigure,
  type ReviewOptions,
  reviewProbe,
} from "./probe_review.ts";
export { conformalWidth } from "./conformal.ts";
export { type PermutationOptions, permutationP } from "./permutation.ts";
export { conformalP, strangest, type Tail, tailOf } from "./familiarity.ts";
