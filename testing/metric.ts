/** The conformance suite of the family `metrics`. */

import {
  CancelledError,
  type MetricPlugin,
  type PathRecord,
  type PathTools,
  Random,
  rows,
  type SeenImages,
  type SeenPaths,
  tensor,
} from "@countergrade/countergrade";
import {
  type Check,
  check,
  ConformanceError,
  ensure,
  ensureClose,
  ensureRejects,
} from "./check.ts";
import { toyPath, toyTools } from "./toy_path.ts";

/** What the suite works on: {@linkcode toyPath} and {@linkcode toyTools} by default. */
export interface MetricFixture {
  /** The path that is measured. */
  readonly path?: PathRecord;
  /** The models of the path; they reject with a CancelledError once the signal is aborted. */
  readonly tools?: (signal?: AbortSignal) => PathTools;
}

/** The promises of a metric plugin. */
export function testMetric(member: MetricPlugin, fixture: MetricFixture = {}): Check[] {
  const pathOf = async () => fixture.path ?? await toyPath();
  const toolsOf = fixture.tools ?? toyTools;
  const figures = async (path: PathRecord, tools = toolsOf()) => await member.measure(path, tools);
  return [
    check("the description says what the figures are", () => {
      ensure(member.description.length >= 20, `Expected a definition, got "${member.description}"`);
    }),
    check("measure() gives at least one figure that is finite", async () => {
      if (member.together) return;
      const told = Object.entries(await figures(await pathOf()));
      ensure(told.length > 0, "Expected figures, got none");
      const odd = told.find(([, value]) => typeof value !== "number" || !Number.isFinite(value));
      ensure(!odd, `Expected finite figures on a plain path, ${odd?.[0]} is ${odd?.[1]}`);
    }),
    check(
      "together() gives finite figures, the same again, and leaves what it sees as it is",
      async () => {
        if (!member.together) return;
        const seen = toySeen();
        const before = JSON.stringify(seen);
        const [a, b] = [await member.together(seen), await member.together(toySeen())];
        const values = Object.values(a);
        ensure(
          values.length > 0 && values.every(Number.isFinite),
          `Expected finite figures, got ${JSON.stringify(a)}`,
        );
        ensureClose("figures", Object.values(b), values);
        ensure(JSON.stringify(seen) === before, "Expected what is seen to stay as it is");
      },
    ),
    check("measure() gives the same figures again", async () => {
      const path = await pathOf();
      const [a, b] = [await figures(path), await figures(path)];
      ensureClose("figures", Object.values(a), Object.values(b));
    }),
    check("measure() does not change the path", async () => {
      const path = await pathOf();
      const before = numbersOf(path);
      await figures(path);
      ensureClose("the path", numbersOf(path), before);
    }),
    check(
      "measure() gives the same names for a path of one frame and one without change",
      async () => {
        const path = await pathOf();
        const names = Object.keys(await figures(path)).sort().join();
        for (const odd of [shortened(path), unchanged(path)]) {
          const got = Object.keys(await figures(odd)).sort().join();
          ensure(got === names, `Expected ${names} (NaN where there is no meaning), got ${got}`);
        }
      },
    ),
    check("a metric without a cost leaves the models alone", async () => {
      if (member.cost === undefined) await figures(await pathOf(), untouchable());
    }),
    check("a metric with a cost says so in words, and stops when it is cancelled", async () => {
      if (member.cost === undefined) return;
      ensure(member.cost.length >= 10, `Expected what a path costs, got "${member.cost}"`);
      const path = await pathOf();
      await ensureRejects(
        "measure() after a cancel",
        () => figures(path, toolsOf(AbortSignal.abort())),
        CancelledError,
      );
    }),
  ];
}

/** Forty images of each kind with three features. */
function toySeen(): SeenPaths {
  const random = new Random(5).fork("seen");
  const some = (shift: number): SeenImages => ({
    features: tensor([40, 3], random.normals(120).map((value) => value + shift)),
    weights: new Float64Array(40).fill(1 / 40),
  });
  return { real: some(0), otherReal: some(0), reconstructions: some(0.1), frames: some(0.5) };
}

/** Every number of a path. */
function numbersOf(path: PathRecord): number[] {
  return Object.values(path).flatMap((part: number[] | { data: Float32Array }) =>
    "data" in part ? [...part.data] : part
  );
}

/** The first frame alone. */
function shortened(path: PathRecord): PathRecord {
  const first = <T>(values: readonly T[]) => values.slice(0, 1);
  return {
    ...path,
    frames: rows(path.frames, 0, 1),
    codes: rows(path.codes, 0, 1),
    reencoded: rows(path.reencoded, 0, 1),
    targetScores: first(path.targetScores),
    targetGrades: first(path.targetGrades),
    latentGrades: first(path.latentGrades),
    latentScores: path.latentScores && first(path.latentScores),
    imageGrades: first(path.imageGrades),
    imageScores: first(path.imageScores),
    lengths: first(path.lengths),
    lengthRatios: path.lengthRatios && first(path.lengthRatios),
  };
}

/** One frame that is the original. */
function unchanged(path: PathRecord): PathRecord {
  return {
    ...shortened(path),
    reconstruction: path.original,
    frames: path.original,
    codes: path.code,
    reencoded: path.code,
    lengths: [0],
  };
}

/** Models that nobody may use: their methods refuse. Facts may be read, which whoever hands them on does. */
function untouchable(): PathTools {
  const tools = toyTools();
  return { ...refusing(tools, "tools"), probe: refusing(tools.probe, "tools.probe") };
}

function refusing<T extends object>(model: T, what: string): T {
  const parts = Object.entries(model).map(([name, part]) => [
    name,
    typeof part !== "function" || name === "toJSON" ? part : () => {
      throw new ConformanceError(
        `Expected a metric that uses ${what}.${name}() to have a cost, it has none`,
      );
    },
  ]);
  return Object.fromEntries(parts);
}
