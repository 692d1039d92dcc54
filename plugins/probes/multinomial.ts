/** Logistic regression of all classes of a nominal scale at once. */

import {
  CodeMatrix,
  type Codes,
  type CrossValidation,
  expectShape,
  type FitContext,
  fitLineGrading,
  fitPenalised,
  fitSpace,
  FormatError,
  InputError,
  type LinearLoss,
  lineGrading,
  PenalisedFitter,
  type Probe,
  type ProbeJSON,
  rowWeights,
  type Selection,
  type Standardisation,
  standardisedWeights,
  totalVariance,
  type TrainingSet,
  zeros,
} from "@countergrade/countergrade";

/** What the fit is told. */
export interface MultinomialOptions {
  readonly c?: number;
  readonly crossValidation: CrossValidation;
  readonly standardise: boolean;
  readonly classWeights: "none" | "balanced";
}

/** A softmax over logits fₖ = wₖ·x + bₖ of standardised codes, for the classes that were there to learn. */
interface Softmax extends Standardisation {
  /** Indices of those classes, rising, `[m]`; all others have probability 0. */
  readonly present: readonly number[];
  /** `[m, d]` */
  readonly weights: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
}

/**
 * Minimises, for classes k with weights wₖ, p = softmax(f), fₖ = wₖ·x + bₖ, and row weights v,
 *
 *     ½Σ‖wₖ‖² − C·Σ vᵢ·log p(kᵢ),   ∂/∂fₖ = C·v·(pₖ − [k = kᵢ])
 *
 * which is scikit-learn's LogisticRegression with multi_class="multinomial". The score is the log-odds of the class
 * `threshold` against all others, in units of the mean length of its gradient over the training codes: about σ.
 */
export async function fitMultinomial(
  plugin: string,
  { codes, labels, sides, standardisation }: TrainingSet,
  { c, crossValidation, standardise, classWeights }: MultinomialOptions,
  context: FitContext,
): Promise<Probe> {
  const space = fitSpace(standardisation, standardise);
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const rank = Int32Array.from(labels, (label) => present.indexOf(label));
  const d = codes.shape[1];
  const outputs = present.length;
  const fit = await fitPenalised({
    fitter: new PenalisedFitter(new CodeMatrix(codes, space, { outputs })),
    lossOf: (weights) => softmaxLoss(rank, outputs, weights),
    weights: rowWeights(rank, classWeights),
    extras: new Float64Array(outputs),
    classes: rank,
    given: c,
    option: "c",
    penaltyOf: (c) => 1 / c,
    crossValidation,
    variance: totalVariance(standardisation, space),
  }, context);
  if (!fit.converged) {
    throw new InputError("Cannot fit a probe: the fit did not converge, try a smaller c");
  }
  const weights = present.map((_, k) => [
    ...standardisedWeights(fit.w.slice(k * d, (k + 1) * d), space, standardisation),
  ]);
  // A shift of all intercepts changes nothing: their mean is 0.
  const middle = fit.extras.reduce((sum, b) => sum + b, 0) / outputs;
  const softmax = {
    ...standardisation,
    present,
    weights,
    intercepts: Array.from(fit.extras, (b) => b - middle),
  };
  const unit = meanSlope(softmax, codes, context.threshold);
  if (!(unit > 0)) throw new InputError("Cannot fit a probe: the codes do not tell");
  const scores = oddsOf(softmax, codes, context.threshold).map((f) => f / unit);
  const { gradeLine } = fitLineGrading(scores, sides.map((side) => side > 0 ? 1 : 0)).parameters;
  return multinomialProbe({
    plugin,
    softmax,
    unit,
    gradeLine,
    selection: fit.selection,
    ...context,
  });
}

/** −Σ vᵢ·log p(kᵢ), with the intercepts as extras. */
function softmaxLoss(rank: Int32Array, outputs: number, weights: Float64Array): LinearLoss {
  return {
    outputs,
    extras: outputs,
    // p(1 − p) of classes that are alike.
    curvature: 0.8 * (1 - 1 / outputs) / outputs,
    block: (intercepts, slopes) => (start, end, f, g) => {
      let loss = 0;
      for (let i = start; i < end; i++) {
        const at = i - start;
        let most = -Infinity;
        for (let k = 0; k < outputs; k++) most = Math.max(most, f[k][at] + intercepts[k]);
        let sum = 0;
        for (let k = 0; k < outputs; k++) {
          sum += g[k][at] = Math.exp(f[k][at] + intercepts[k] - most);
        }
        const own = rank[i];
        loss -= weights[i] * (f[own][at] + intercepts[own] - most - Math.log(sum));
        for (let k = 0; k < outputs; k++) {
          g[k][at] = weights[i] * (g[k][at] / sum - (k === own ? 1 : 0));
          slopes[k] += g[k][at];
        }
      }
      return loss;
    },
  };
}

/** The logits `[n, m]` of codes `[n, d]`. */
function logits({ mean, sigma, weights, intercepts }: Softmax, codes: Codes): Float64Array {
  const d = mean.length;
  expectShape("classify codes", codes, [null, d]);
  const m = weights.length;
  const out = new Float64Array(codes.shape[0] * m);
  const x = new Float64Array(d);
  for (let i = 0; i < codes.shape[0]; i++) {
    for (let j = 0; j < d; j++) x[j] = (codes.data[i * d + j] - mean[j]) / sigma[j];
    for (let k = 0; k < m; k++) {
      let sum = intercepts[k];
      for (let j = 0; j < d; j++) sum += weights[k][j] * x[j];
      out[i * m + k] = sum;
    }
  }
  return out;
}

/** log Σ e^f over a row, without the entry `except`. */
function logSum(f: Float64Array, except = -1): number {
  const most = f.reduce((most, value, k) => k === except ? most : Math.max(most, value), -Infinity);
  return most +
    Math.log(f.reduce((sum, value, k) => k === except ? sum : sum + Math.exp(value - most), 0));
}

/** log p/(1 − p) `[n]` of a class: its logit less the log-sum of all others. */
function oddsOf(softmax: Softmax, codes: Codes, index: number): Float64Array {
  const m = softmax.present.length;
  const k = softmax.present.indexOf(index);
  const all = logits(softmax, codes);
  return Float64Array.from({ length: codes.shape[0] }, (_, i) => {
    const f = all.subarray(i * m, (i + 1) * m);
    return k < 0 ? -Infinity : f[k] - logSum(f, k);
  });
}

/** ∂ log-odds/∂x `[n, d]` in standardised space: wₖ − Σ_{l≠k} qₗ·wₗ, q the softmax of the others. */
function slopesOf(softmax: Softmax, codes: Codes, index: number): Codes {
  const { weights, present } = softmax;
  const [m, k] = [present.length, present.indexOf(index)];
  const all = logits(softmax, codes);
  const out = zeros(codes.shape);
  const d = codes.shape[1];
  for (let i = 0; i < codes.shape[0]; i++) {
    const f = all.subarray(i * m, (i + 1) * m);
    const rest = logSum(f, k);
    for (let l = 0; l < m && k >= 0; l++) {
      const share = l === k ? 1 : -Math.exp(f[l] - rest);
      for (let j = 0; j < d; j++) out.data[i * d + j] += share * weights[l][j];
    }
  }
  return out;
}

function meanSlope(softmax: Softmax, codes: Codes, index: number): number {
  const [n, d] = codes.shape;
  const { data } = slopesOf(softmax, codes, index);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.hypot(...data.subarray(i * d, (i + 1) * d)) / n;
  return sum;
}

interface MultinomialParts extends Pick<FitContext, "scale" | "threshold"> {
  readonly plugin: string;
  readonly softmax: Softmax;
  /** Log-odds per unit of score. */
  readonly unit: number;
  readonly gradeLine: readonly number[];
  readonly selection?: Selection;
}

function multinomialProbe(
  { plugin, softmax, unit, gradeLine, scale, threshold, selection }: MultinomialParts,
): Probe {
  const { present, sigma } = softmax;
  const d = sigma.length;
  const grading = lineGrading(gradeLine[0], gradeLine[1]);
  const score = (codes: Codes) => oddsOf(softmax, codes, threshold).map((f) => f / unit);
  const gradient = (codes: Codes, index: number, over = 1) => {
    const out = slopesOf(softmax, codes, index);
    for (let at = 0; at < out.data.length; at++) out.data[at] /= sigma[at % d] * over;
    return out;
  };
  /** Calls `use` with each row's logits. */
  const eachRow = (codes: Codes, use: (f: Float64Array, i: number) => void) => {
    const all = logits(softmax, codes);
    const m = present.length;
    for (let i = 0; i < codes.shape[0]; i++) use(all.subarray(i * m, (i + 1) * m), i);
  };
  return {
    plugin,
    codeSize: d,
    scale,
    ...(selection && { selection }),
    score,
    gradient: (codes) => gradient(codes, threshold, unit),
    probability: (codes) => score(codes).map((s) => 1 / (1 + Math.exp(-unit * s))),
    grade: (codes) => score(codes).map(grading.grade),
    label(codes) {
      const out = new Int32Array(codes.shape[0]);
      eachRow(codes, (f, i) => out[i] = present[f.indexOf(Math.max(...f))]);
      return out;
    },
    classes: {
      probabilities(codes) {
        const k = scale.names.length;
        const out = new Float64Array(codes.shape[0] * k);
        eachRow(codes, (f, i) => {
          const all = logSum(f);
          present.forEach((index, l) => out[i * k + index] = Math.exp(f[l] - all));
        });
        return out;
      },
      logOdds: (codes, index) => oddsOf(softmax, codes, index),
      gradient: (codes, index) => gradient(codes, index),
    },
    scoreAt: grading.scoreAt,
    scoreAtProbability: (probability) => Math.log(probability / (1 - probability)) / unit,
    toJSON: () => ({
      plugin,
      version: 1,
      scale,
      parameters: {
        mean: [...softmax.mean],
        sigma: [...sigma],
        present: [...present],
        weights: softmax.weights.map((row) => [...row]),
        intercepts: [...softmax.intercepts],
        unit,
        threshold,
        gradeLine: [...gradeLine],
      },
      ...(selection && { selection }),
    }),
  };
}

/** Whether a stored probe tells all classes apart. */
export function isMultinomial(json: ProbeJSON): boolean {
  return "weights" in json.parameters;
}

/** The probe that a multinomial `toJSON` described. @throws {FormatError} When a part is missing. */
export function multinomialProbeFrom(json: ProbeJSON): Probe {
  const { mean, sigma, present, weights, intercepts, unit, threshold, gradeLine } = json.parameters;
  const finite = (v: unknown, length?: number): v is number[] =>
    Array.isArray(v) && (length ?? v.length) === v.length && v.every(Number.isFinite);
  const d = (mean as number[] | undefined)?.length ?? 0;
  const m = (present as number[] | undefined)?.length ?? 0;
  if (
    !(json.version === 1 && d > 0 && m > 1 && finite(mean) && finite(sigma, d) &&
      finite(present, m) && finite(intercepts, m) && finite(gradeLine, 2) &&
      Array.isArray(weights) && weights.length === m && weights.every((row) => finite(row, d)) &&
      typeof unit === "number" && typeof threshold === "number")
  ) {
    throw new FormatError(
      `Cannot load a probe of "${json.plugin}": expected version 1 with mean, sigma, present, weights, intercepts, unit, ` +
        `threshold and gradeLine, got version ${json.version} with ${
          Object.keys(json.parameters).join(", ")
        }`,
    );
  }
  return multinomialProbe({
    plugin: json.plugin,
    scale: json.scale,
    softmax: {
      mean: Float64Array.from(mean),
      sigma: Float64Array.from(sigma),
      present,
      weights: weights as number[][],
      intercepts,
    },
    unit,
    threshold,
    gradeLine,
    selection: json.selection,
  });
}
