/** The family `probes`: what a code says about the grade, and in which direction the grade grows. */

import type { z } from "zod";
import type { LabelScale } from "./dataset.ts";
import type { Random } from "./random.ts";
import type { Codes } from "./tensor.ts";

/** A fitted probe. All methods take raw codes `[n, d]` and standardise them inside. */
export interface Probe {
  /** The name of the plugin that fitted it. */
  readonly plugin: string;
  readonly codeSize: number;
  readonly scale: LabelScale;
  /** Signed distance `[n]` to the decision boundary, in standardised code space (units: σ); positive is severe. */
  score(codes: Codes): Float64Array;
  /** ∂score/∂code `[n, d]`, in raw code space. */
  gradient(codes: Codes): Codes;
  /** Probability `[n]` of lying on the severe side of the boundary. */
  probability(codes: Codes): Float64Array;
  /** Estimated grade `[n]`, a real number on the label scale (0 = first name). */
  grade(codes: Codes): Float64Array;
  /** The label `[n]` decided on, where the probe has a rule of its own; otherwise it is the rounded grade. */
  label?(codes: Codes): Int32Array;
  /** The score at which {@linkcode Probe.grade} gives `grade`: the inverse of the calibration, extrapolated. */
  scoreAt(grade: number): number;
  /** The score at which {@linkcode Probe.probability} gives `probability` in (0, 1). */
  scoreAtProbability(probability: number): number;
  /** All that {@linkcode ProbePlugin.load} needs, as plain JSON. */
  toJSON(): ProbeJSON;
}

/** A probe as data. */
export interface ProbeJSON {
  readonly plugin: string;
  readonly version: 1;
  readonly scale: LabelScale;
  readonly parameters: Readonly<Record<string, number | number[] | number[][]>>;
}

/** What fitting needs beside codes and labels. */
export interface FitContext {
  readonly scale: LabelScale;
  /** The binary question "label ≥ threshold". */
  readonly threshold: number;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** How a probe plugin fits and loads probes. */
export interface ProbePlugin<Options = unknown> {
  readonly name: string;
  readonly description: string;
  readonly options: z.ZodType<Options>;
  /**
   * Fits a probe to codes `[n, d]` and labels `[n]`.
   *
   * @throws {InputError} When there is one class only, or codes are not finite.
   */
  fit(codes: Codes, labels: Int32Array, options: Options, context: FitContext): Promise<Probe>;
  load(json: ProbeJSON): Probe;
}
