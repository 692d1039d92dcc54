/** The family `probes`: what a code says about the grade, and in which direction the grade grows. */

import { FormatError } from "./errors.ts";
import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { Labels, LabelScale } from "./labels.ts";
import type { Random } from "./random.ts";
import type { Codes } from "./tensor.ts";

/** What a probe knows about each class by itself; all methods take raw codes `[n, d]`. */
export interface ProbeClasses {
  /** The probability of every class, `[n, k]` row-major with k the names of the scale; rows sum to 1. */
  probabilities(codes: Codes): Float64Array;
  /** log p/(1 − p) of one class `[n]`: above 0 it is likelier than all others together. */
  logOdds(codes: Codes, index: number): Float64Array;
  /** ∂logOdds/∂code `[n, d]`, in raw code space. */
  gradient(codes: Codes, index: number): Codes;
}

/** How a penalty was chosen by cross-validation on the training codes. */
export interface Selection {
  /** The option that was chosen, as `lambda`. */
  readonly option: string;
  /** The value that was chosen. */
  readonly value: number;
  /** What it was chosen from. */
  readonly values: readonly number[];
  /** The mean loss of held-out rows, `[values, folds]`, in what the probe minimizes. */
  readonly losses: readonly (readonly number[])[];
}

/** A fitted probe. All methods take raw codes `[n, d]` and standardize them inside. */
export interface Probe {
  /** The name of the plugin that fitted it. */
  readonly plugin: string;
  /** The length d of a code. */
  readonly codeSize: number;
  /** What its grades mean. */
  readonly scale: LabelScale;
  /** Signed distance `[n]` to the decision boundary, in standardized code space (units: σ); positive is severe. */
  score(codes: Codes): Float64Array;
  /** ∂score/∂code `[n, d]`, in raw code space. */
  gradient(codes: Codes): Codes;
  /** Probability `[n]` of lying on the severe side of the boundary. */
  probability(codes: Codes): Float64Array;
  /**
   * Estimated grade `[n]`, a real number on the label scale (0 = first name). On a nominal scale, which has no grades, that of the
   * binary question: 1 for its class, 0 for all others.
   */
  grade(codes: Codes): Float64Array;
  /** The label `[n]` decided on, where the probe has a rule of its own; otherwise it is the rounded grade. */
  label?(codes: Codes): Int32Array;
  /** The classes one by one, where the probe tells them apart; a nominal scale needs this. */
  readonly classes?: ProbeClasses;
  /** How the penalty was chosen, where it was not given. */
  readonly selection?: Selection;
  /** The score at which {@linkcode Probe.grade} gives `grade`: the inverse of the calibration, extrapolated. */
  scoreAt(grade: number): number;
  /** The score at which {@linkcode Probe.probability} gives `probability` in (0, 1). */
  scoreAtProbability(probability: number): number;
  /** All that {@linkcode ProbePlugin.load} needs, as plain JSON. */
  toJSON(): ProbeJSON;
}

/** A probe as data. */
export interface ProbeJSON {
  /** The name of the plugin that fitted it, and can load it. */
  readonly plugin: string;
  /** Of this layout. */
  readonly version: 1;
  /** What its grades mean. */
  readonly scale: LabelScale;
  /** What was fitted: numbers, vectors and matrices by name, in the plugin's own words. */
  readonly parameters: Readonly<Record<string, number | number[] | number[][]>>;
  /** How the penalty was chosen, where it was not given. */
  readonly selection?: Selection;
}

/**
 * Takes a value for a probe as data when it has the parts that all of them have; what a plugin's own parameters must be, it
 * checks itself.
 *
 * @throws {FormatError}
 */
export function checkProbeJSON(value: unknown): ProbeJSON {
  const isObject = (part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part);
  const { plugin, version, scale, parameters } = (isObject(value) ? value : {}) as Partial<
    ProbeJSON
  >;
  const fits = typeof plugin === "string" && typeof version === "number" &&
    isObject(scale) && Array.isArray(scale?.names) && isObject(parameters);
  if (fits) return value as ProbeJSON;
  throw new FormatError(
    "Cannot load a probe: expected an object with plugin (a text), version (a number), scale and parameters (objects)",
  );
}

/** What fitting needs beside codes and labels. */
export interface FitContext {
  /** What the labels mean. */
  readonly scale: LabelScale;
  /** The binary question "label ≥ threshold"; on a nominal scale "label = threshold". */
  readonly threshold: number;
  /** For folds and starting points. */
  readonly random: Random;
  /** Ends the fit; the promise then rejects with a CancelledError. */
  readonly signal?: AbortSignal;
}

/** How a probe plugin fits and loads probes. */
export interface ProbePlugin<Options = unknown> {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** What it fits, in one sentence: help and forms show it. */
  readonly description: string;
  /** Options of {@linkcode ProbePlugin.fit}. */
  readonly options: OptionsSchema<Options>;
  /**
   * Fits a probe to codes `[n, d]` and labels `[n]`.
   *
   * @throws {InputError} When there is one class only, or codes are not finite.
   */
  fit(codes: Codes, labels: Labels, options: Options, context: FitContext): Promise<Probe>;
  /** A probe from what {@linkcode Probe.toJSON} gave. @throws {FormatError} When its parameters do not fit. */
  load(json: ProbeJSON): Probe;
}

/** Codes to scores and grades, see {@linkcode ProbePlugin}. */
export const probes: Family<ProbePlugin<AnyOptions>> = defineFamily("probes", "Codes to grades");
