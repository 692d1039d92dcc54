/** The probe of all classes of a nominal scale, from its softmax, and as JSON. */

import {
  checkProbeJSON,
  type Codes,
  type FitContext,
  FormatError,
  type Probe,
  type ProbeJSON,
  type Selection,
} from "@countergrade/countergrade";
import { lineGrading } from "@countergrade/countergrade/linear";
import { logits, logSum, oddsOf, slopesOf, type Softmax } from "./softmax.ts";

/** The parts of such a probe. */
export interface MultinomialParts extends Pick<FitContext, "scale" | "threshold"> {
  readonly plugin: string;
  readonly softmax: Softmax;
  /** Log-odds per unit of score. */
  readonly unit: number;
  readonly gradeLine: readonly number[];
  readonly selection?: Selection;
}

/** See {@linkcode MultinomialParts}. */
export function multinomialProbe(
  { plugin, softmax, unit, gradeLine, scale, threshold, selection }: MultinomialParts,
): Probe {
  const { present, sigma } = softmax;
  const d = sigma.length;
  const grading = lineGrading(gradeLine[0], gradeLine[1]);
  const score = (codes: Codes) =>
    oddsOf(softmax, logits(softmax, codes), threshold).map((f) => f / unit);
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
      logOdds: (codes, index) => oddsOf(softmax, logits(softmax, codes), index),
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
  return "weights" in checkProbeJSON(json).parameters;
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
