/** The options of built-in plugins: what holds where nothing is said, and the least and the most that may be asked. */

import { editors, encoders, Host, probes } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals } from "@std/assert";
import { CloseLoopSchema } from "../../plugins/tasks/paths/close_loop.ts";

/** What a schema of options has to offer here. */
interface Schema {
  safeParse(given: unknown): { success: boolean; data?: unknown };
}

await using host = await Host.boot(builtins);
const encoder = (name: string) =>
  (host.member(encoders, name) as unknown as { options: Schema }).options;

const linear = { crossValidation: { folds: 5 }, standardize: true };
const newton = { tolerance: 1e-4, maxSteps: 50 };

/** Every schema with its defaults. */
const DEFAULTS: Record<string, [schema: Schema, defaults: object]> = {
  logistic: [host.member(probes, "logistic").options as Schema, {
    ...linear,
    classWeights: "none",
    grading: "linear",
  }],
  svm: [host.member(probes, "svm").options as Schema, {
    ...linear,
    classWeights: "none",
    grading: "linear",
    calibrationFolds: 5,
  }],
  ordinal: [host.member(probes, "ordinal").options as Schema, { ...linear, classWeights: "none" }],
  ridge: [host.member(probes, "ridge").options as Schema, linear],
  pattern: [host.member(editors, "pattern").options as Schema, newton],
  shortest: [host.member(editors, "shortest").options as Schema, newton],
  gradient: [host.member(editors, "gradient").options as Schema, {
    precondition: true,
    stepLength: 0.5,
    tolerance: 1e-4,
    maxSteps: 200,
  }],
  pca: [encoder("pca"), { components: 32, passes: 6 }],
  dae: [encoder("dae"), {
    preset: "tiny64",
    steps: 4000,
    batchSize: 16,
    learningRate: 5e-4,
    warmUp: 100,
    decay: "cosine",
    weightDecay: 0,
    emaDecay: 0.998,
    maxGradientNorm: 1,
    flip: false,
    checkpointEvery: 100,
    inspectEvery: 250,
    storage: "F32",
    threads: 0,
  }],
  closeLoop: [CloseLoopSchema, { iterations: 3, tolerance: 0.25 }],
};

const TINY = Number.MIN_VALUE;

/** By schema and option: the least and the most, and what lies just beyond them; undefined where there is no end. */
const LIMITS: Record<
  string,
  Record<string, [below: number, least: number, most?: number, above?: number]>
> = {
  logistic: { c: [0, TINY, 1e300] },
  svm: { c: [0, TINY, 1e300], calibrationFolds: [1, 2, 20, 21] },
  ordinal: { lambda: [-TINY, 0, 1e300] },
  ridge: { lambda: [0, TINY, 1e300] },
  pattern: { tolerance: [0, TINY, 1e300], maxSteps: [0, 1, 1000, 1001] },
  gradient: {
    stepLength: [0, TINY, 100, 100.1],
    tolerance: [0, TINY, 1e300],
    maxSteps: [0, 1, 10_000, 10_001],
  },
  pca: { components: [0, 1, 512, 513], passes: [0, 1, 100, 101] },
  dae: {
    steps: [0, 1, 10_000_000, 10_000_001],
    batchSize: [1, 2, 1024, 1025],
    accumulate: [0, 1, 1024, 1025],
    learningRate: [0, TINY, 1, 1.1],
    warmUp: [-1, 0],
    weightDecay: [-TINY, 0, 1, 1.1],
    emaDecay: [-TINY, 0, 1, 1.1],
    maxGradientNorm: [0, TINY],
    checkpointEvery: [0, 1],
    inspectEvery: [0, 1],
    threads: [-1, 0, 256, 257],
  },
  closeLoop: { iterations: [0, 1, 10, 11], tolerance: [-TINY, 0, 10, 10.1] },
};

for (const [name, [schema, defaults]] of Object.entries(DEFAULTS)) {
  Deno.test(`options of ${name}: their defaults, and no option that there is not`, () => {
    assertEquals(schema.safeParse({}).data, defaults);
    assert(!schema.safeParse({ noSuchOption: 1 }).success);
  });
}

for (const [name, limits] of Object.entries(LIMITS)) {
  const [schema] = DEFAULTS[name];
  Deno.test(`options of ${name}: from the least to the most, and nothing beyond`, () => {
    for (const [option, [below, least, most, above]] of Object.entries(limits)) {
      const takes = (value: unknown) => schema.safeParse({ [option]: value }).success;
      for (const good of [least, most ?? least]) assert(takes(good), `${option}: ${good}`);
      for (const bad of [below, above ?? below, NaN, Infinity, "1", null]) {
        assert(!takes(bad), `${option}: ${bad}`);
      }
    }
  });
}
