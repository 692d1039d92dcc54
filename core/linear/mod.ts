/**
 * Linear models on codes: standardize, fit, choose a penalty, grade, and the statistics of codes.
 *
 * @module
 */

export { type SymmetricEigen, symmetricEigen } from "./symmetric_eigen.ts";
export { fitLine, type Line } from "./regression.ts";
export {
  type CrossValidation,
  crossValidationOptions,
  selectPenalty,
  strata,
  stratifiedFolds,
} from "./cross_validation.ts";
export { type Standardization, standardization } from "./standardize.ts";
export {
  type ClassWeights,
  expectScale,
  rowWeights,
  type TrainingSet,
  trainingSet,
} from "./training_set.ts";
export { type BlockLoss, CodeMatrix } from "./code_matrix.ts";
export { type LinearFit, type LinearLoss, PenalizedFitter } from "./penalized_fit.ts";
export {
  defaultPenalties,
  fitPenalized,
  heldOutScores,
  type PenalizedProblem,
  totalVariance,
} from "./penalty.ts";
export { fitSpace, standardizedWeights } from "./linear_model.ts";
export { fitLineGrading, type Grading, GRADINGS, lineGrading, medianGrading } from "./grading.ts";
export {
  type Hyperplane,
  hyperplane,
  linearProbe,
  linearProbeFrom,
  type LinearProbeParts,
  type ProbabilityCurve,
  signedDistance,
} from "./linear_probe.ts";
export { plattCurve } from "./platt.ts";
export { interpolateLatents } from "./interpolate.ts";
export {
  codeStatistics,
  mahalanobis,
  mahalanobisLength,
  marginal,
  percentile,
  percentileOf,
} from "./statistics.ts";
export { type CodeDistance, nearestCodes, type Neighbor } from "./neighbors.ts";
export {
  type PrincipalComponents,
  principalComponents,
  projectCodes,
} from "./principal_components.ts";
export {
  shareBeyond,
  typicalGradeOf,
  typicalScoreAt,
  type TypicalScores,
  typicalScores,
  typicalScoresFrom,
} from "./typical.ts";
export { type Cholesky, cholesky, solve } from "./cholesky.ts";
export { restrainedStep, softCovariance } from "./hold.ts";
