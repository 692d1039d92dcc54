/** A probe that lives in another process. */

import type { ProbeFacts } from "./messages.ts";
import type { Probe } from "../../probe.ts";
import type { Codes } from "../../tensor.ts";

/** What is known of a probe without calling it. */
export function factsOf(probe: Probe): ProbeFacts {
  const { plugin, codeSize, scale, selection, label, classes } = probe;
  return {
    plugin,
    codeSize,
    scale,
    ...(selection && { selection }),
    json: probe.toJSON(),
    label: label !== undefined,
    classes: classes !== undefined,
  };
}

/** Calls a method of a probe by its name, see {@linkcode remoteProbe}. */
export function callProbe(probe: Probe, method: string, args: readonly unknown[]): unknown {
  const [part, name] = method.split(".");
  const owner = (name === undefined ? probe : probe[part as "classes"]) as unknown;
  const call = (owner as Record<string, (...args: readonly unknown[]) => unknown>)[name ?? part];
  return call.apply(owner, args as unknown[]);
}

/** The probe that `facts` tell of; `call` calls its methods (`score`, `classes.logOdds`) where it is, and waits. */
export function remoteProbe(
  facts: ProbeFacts,
  call: (method: string, ...args: unknown[]) => unknown,
): Probe {
  const { plugin, codeSize, scale, selection, json, label, classes } = facts;
  return {
    plugin,
    codeSize,
    scale,
    score: (codes) => call("score", codes) as Float64Array,
    gradient: (codes) => call("gradient", codes) as Codes,
    probability: (codes) => call("probability", codes) as Float64Array,
    grade: (codes) => call("grade", codes) as Float64Array,
    ...(label && { label: (codes: Codes) => call("label", codes) as Int32Array }),
    ...(classes && {
      classes: {
        probabilities: (codes: Codes) => call("classes.probabilities", codes) as Float64Array,
        logOdds: (codes: Codes, index: number) =>
          call("classes.logOdds", codes, index) as Float64Array,
        gradient: (codes: Codes, index: number) => call("classes.gradient", codes, index) as Codes,
      },
    }),
    ...(selection && { selection }),
    scoreAt: (grade) => call("scoreAt", grade) as number,
    scoreAtProbability: (probability) => call("scoreAtProbability", probability) as number,
    toJSON: () => json,
  };
}
