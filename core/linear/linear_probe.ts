/** Probes whose boundary is a hyperplane: the one place where a distance to it is computed. */

import { FormatError } from "../errors.ts";
import { type Grading, gradingFrom } from "./grading.ts";
import type { LabelScale } from "../labels.ts";
import { checkProbeJSON, type Probe, type ProbeJSON, type Selection } from "../probe.ts";
import type { Standardization } from "./standardize.ts";
import { type Codes, expectShape, zeros } from "../tensor.ts";

/** The hyperplane normal·x + offset = 0 in standardized space, x = (z − mean) / sigma. */
export interface Hyperplane extends Standardization {
  /** Unit length, `[d]`, towards severe. */
  readonly normal: Float64Array;
  /** In σ. */
  readonly offset: number;
}

/**
 * The hyperplane w·x + b = 0 in standardized space, with w scaled to length 1.
 *
 * @returns The plane and ‖w‖, or undefined when w is zero: then there is no boundary.
 */
export function hyperplane(
  spread: Standardization,
  w: Float64Array,
  b: number,
): { plane: Hyperplane; length: number } | undefined {
  const length = Math.sqrt(w.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0)) return undefined;
  return {
    plane: { ...spread, normal: w.map((value) => value / length), offset: b / length },
    length,
  };
}

/** The signed distance `[n]` of codes `[n, d]` to the boundary: (w·x + b) / ‖w‖, in σ, positive towards severe. */
export function signedDistance(plane: Hyperplane, codes: Codes): Float64Array {
  const { mean, sigma, normal, offset } = plane;
  const d = normal.length;
  expectShape("score codes", codes, [null, d]);
  const slopes = normal.map((value, j) => value / sigma[j]);
  const start = slopes.reduce((sum, slope, j) => sum - slope * mean[j], offset);
  const out = new Float64Array(codes.shape[0]);
  const { data } = codes;
  const last = d - d % 4;
  for (let i = 0, at = 0; i < out.length; i++, at += d) {
    // Four sums, which need not wait for one another.
    let [p, q, r, s] = [start, 0, 0, 0];
    for (let j = 0; j < last; j += 4) {
      p += slopes[j] * data[at + j];
      q += slopes[j + 1] * data[at + j + 1];
      r += slopes[j + 2] * data[at + j + 2];
      s += slopes[j + 3] * data[at + j + 3];
    }
    for (let j = last; j < d; j++) p += slopes[j] * data[at + j];
    out[i] = (p + q) + (r + s);
  }
  return out;
}

/** P(severe) = σ(slope · score + intercept); slope is positive. */
export interface ProbabilityCurve {
  /** How fast the log-odds rise with the score, per σ. */
  readonly slope: number;
  /** The log-odds at score 0. */
  readonly intercept: number;
}

/** The parts of a linear probe. */
export interface LinearProbeParts {
  /** The name of the plugin that fitted it. */
  readonly plugin: string;
  /** What its grades mean. */
  readonly scale: LabelScale;
  /** Where the score is 0, and which way it rises. */
  readonly plane: Hyperplane;
  /** Scores to probabilities. */
  readonly curve: ProbabilityCurve;
  /** Scores to grades. */
  readonly grading: Grading;
  /** How the penalty was chosen, where it was not given. */
  readonly selection?: Selection;
}

/**
 * A probe from a hyperplane and its calibrations.
 *
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { linearProbe, lineGrading } from "@countergrade/countergrade/linear";
 * import { assertEquals } from "@std/assert";
 *
 * const probe = linearProbe({
 *   plugin: "example",
 *   scale: { type: "binary", names: ["healthy", "ill"] },
 *   plane: {
 *     mean: Float64Array.of(1, 0),
 *     sigma: Float64Array.of(2, 1),
 *     normal: Float64Array.of(1, 0),
 *     offset: 0,
 *   },
 *   curve: { slope: 1, intercept: 0 },
 *   grading: lineGrading(0.5, 0.5),
 * });
 * const codes = tensor([1, 2], [5, 7]);
 * assertEquals(probe.score(codes)[0], 2); // two σ from the boundary
 * assertEquals(probe.scoreAt(probe.grade(codes)[0]), 2);
 * ```
 */
export function linearProbe(
  { plugin, scale, plane, curve, grading, selection }: LinearProbeParts,
): Probe {
  const d = plane.normal.length;
  const slopes = plane.normal.map((value, j) => value / plane.sigma[j]);
  const { label } = grading;
  return {
    plugin,
    codeSize: d,
    scale,
    score: (codes) => signedDistance(plane, codes),
    gradient(codes) {
      expectShape("differentiate the score", codes, [null, d]);
      const out = zeros(codes.shape);
      for (let i = 0; i < codes.shape[0]; i++) out.data.set(slopes, i * d);
      return out;
    },
    probability: (codes) =>
      signedDistance(plane, codes)
        .map((score) => 1 / (1 + Math.exp(-(curve.slope * score + curve.intercept)))),
    grade: (codes) => signedDistance(plane, codes).map((score) => grading.grade(score)),
    ...(selection && { selection }),
    ...(label && { label: (codes) => Int32Array.from(signedDistance(plane, codes), label) }),
    scoreAt: (grade) => grading.scoreAt(grade),
    scoreAtProbability: (probability) =>
      (Math.log(probability / (1 - probability)) - curve.intercept) / curve.slope,
    toJSON: () => ({
      plugin,
      version: 1,
      scale,
      parameters: {
        mean: [...plane.mean],
        sigma: [...plane.sigma],
        normal: [...plane.normal],
        offset: plane.offset,
        probability: [curve.slope, curve.intercept],
        ...grading.parameters,
      },
      ...(selection && { selection }),
    }),
  };
}

/** The linear probe that {@linkcode linearProbe}'s `toJSON` described. @throws {FormatError} When a part is missing. */
export function linearProbeFrom(json: ProbeJSON): Probe {
  checkProbeJSON(json);
  const { mean, sigma, normal, offset, probability } = json.parameters;
  const grading = gradingFrom(json.parameters);
  const vectors = [mean, sigma, normal];
  const fits = json.version === 1 && typeof offset === "number" && grading !== undefined &&
    vectors.every((v) => isVector(v) && v.length > 0 && v.length === (mean as number[]).length) &&
    isVector(probability) && probability.length === 2;
  if (!fits) {
    throw new FormatError(
      `Cannot load a probe of "${json.plugin}": expected version 1 with mean, sigma, normal, offset, probability and a ` +
        `grading, got version ${json.version} with ${Object.keys(json.parameters).join(", ")}`,
    );
  }
  const [mu, sd, n] = vectors.map((v) => Float64Array.from(v as number[]));
  const [slope, intercept] = probability;
  return linearProbe({
    plugin: json.plugin,
    scale: json.scale,
    plane: { mean: mu, sigma: sd, normal: n, offset },
    curve: { slope, intercept },
    grading,
    selection: json.selection,
  });
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((v) => typeof v === "number" && Number.isFinite(v));
}
