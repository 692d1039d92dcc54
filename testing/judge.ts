/** The conformance suite of the family `judges`. */

import {
  CancelledError,
  CountergradeError,
  type Host,
  type Images,
  type JobContext,
  type Judge,
  type JudgePlugin,
  parseOptions,
  Random,
  row,
  rows,
  tensor,
} from "@countergrade/countergrade";
import {
  type Check,
  check,
  ensure,
  ensureClose,
  ensureFinite,
  ensureRejects,
  optionChecks,
} from "./check.ts";
import { memoryJob } from "./memory_job.ts";

/** What the suite works on. */
export interface JudgeFixture {
  /** Options as a user would give them; `{}` by default. */
  readonly options?: unknown;
  /** A job that has what the options name; one without anything by default. */
  readonly job?: JobContext;
  /** At least two images `[n, c, h, w]` in [-1, 1] that it can take; drawn ones of 1 × 16 × 16 by default. */
  readonly images?: Images;
  /** By how much results may differ between batches; 1e-4 by default. */
  readonly tolerance?: number;
}

/** The promises of a judge plugin. Opens the judge anew for each check. */
export function testJudge(
  member: JudgePlugin,
  fixture: JudgeFixture & { readonly host: Host },
): Check[] {
  const { tolerance = 1e-4, host } = fixture;
  const given = fixture.images ?? drawnImages();
  const images = () => tensor(given.shape, given.data.slice());
  const [n] = given.shape;
  const open = () =>
    member.open(
      parseOptions(member.options, fixture.options ?? {}, `the options of ${member.name}`),
      fixture.job ?? memoryJob(host),
    );
  const opened = (name: string, run: (judge: Judge) => Promise<void>) =>
    check(name, async () => {
      await using judge = await open();
      await run(judge);
    });

  return [
    ...optionChecks(member.options),
    opened("grades are one finite number per image", async (judge) => {
      const { grades } = await judge.judge(images());
      ensure(
        grades instanceof Float64Array && grades.length === n,
        `Expected a Float64Array of ${n} grades, got ${grades?.constructor.name} of ${grades?.length}`,
      );
      ensureFinite("grades", grades);
    }),
    opened(
      "probabilities are there where it has classes: rows from 0 to 1 with the sum 1",
      async (judge) => {
        const { classes } = judge;
        const { probabilities } = await judge.judge(images());
        if (classes === undefined) {
          ensure(probabilities === undefined, "Expected no probabilities of no classes");
          return;
        }
        ensure(
          probabilities instanceof Float64Array && probabilities.length === n * classes,
          `Expected ${n} rows of ${classes} probabilities, got ${probabilities?.length} numbers`,
        );
        rowsOf(probabilities, classes).forEach((p, i) => {
          ensure(
            p.every((value) => value >= 0 && value <= 1 + 1e-6),
            `Expected probabilities from 0 to 1 for image ${i}, got ${p}`,
          );
          ensureClose(`the sum for image ${i}`, [p.reduce((sum, x) => sum + x, 0)], [1], 1e-6);
        });
      },
    ),
    opened("the grade is what its probabilities expect", async (judge) => {
      const { classes } = judge;
      if (classes === undefined) return;
      const { grades, probabilities } = await judge.judge(images());
      const expected = rowsOf(probabilities ?? new Float64Array(n * classes), classes)
        .map((p) => p.reduce((sum, x, k) => sum + k * x, 0));
      ensureClose("grades", grades, expected, 1e-6);
    }),
    opened("features are finite numbers, as many as it says", async (judge) => {
      const { features } = await judge.judge(images());
      const size = judge.features?.size;
      if (size === undefined) {
        ensure(features === undefined, "Expected no features of a judge that tells none");
        return;
      }
      ensure(
        features instanceof Float64Array && features.length === n * size,
        `Expected a Float64Array of ${n} rows of ${size} features, got ${features?.length} numbers`,
      );
      ensureFinite("features", features);
    }),
    opened("its scale has as many names as it has classes", ({ scale, classes }) => {
      if (scale === undefined || classes === undefined) return Promise.resolve();
      const { length } = scale.names;
      ensure(length === classes, `Expected ${classes} names, got ${length}`);
      return Promise.resolve();
    }),
    opened("the same images twice are judged the same", async (judge) => {
      const [a, b] = [await judge.judge(images()), await judge.judge(images())];
      ensureClose("grades", b.grades, a.grades);
    }),
    opened("an image does not depend on the batch that it comes in", async (judge) => {
      const { grades } = await judge.judge(images());
      const alone = await judge.judge(row(images(), n - 1));
      ensureClose("grades", alone.grades, grades.slice(n - 1), tolerance);
      const none = await judge.judge(rows(images(), 0, 0));
      ensure(none.grades.length === 0, `Expected no grades of no images, got ${none.grades}`);
    }),
    opened("judge() does not change its images", async (judge) => {
      const seen = images();
      await judge.judge(seen);
      ensureClose("images", seen.data, given.data);
    }),
    opened("images of another size are judged, or refused in words", async (judge) => {
      const [, c, h, w] = given.shape;
      const other = tensor([1, c, h, w + 8], new Float32Array(c * h * (w + 8)));
      try {
        ensureFinite("grades", (await judge.judge(other)).grades);
      } catch (error) {
        ensure(error instanceof CountergradeError, `Expected a typed error, got ${error}`);
      }
    }),
    opened("a cancelled call stops", async (judge) => {
      const signal = AbortSignal.abort(new CancelledError());
      await ensureRejects("judge()", () => judge.judge(images(), { signal }), CancelledError);
    }),
    check("after disposal every call is refused", async () => {
      const judge = await open();
      await judge[Symbol.asyncDispose]();
      await ensureRejects("judge()", () => judge.judge(images()), Error);
    }),
  ];
}

function rowsOf(values: Float64Array, length: number): Float64Array[] {
  return Array.from(
    { length: values.length / length },
    (_, i) => values.subarray(i * length, (i + 1) * length),
  );
}

function drawnImages(): Images {
  const random = new Random(7).fork("judged images");
  return tensor([3, 1, 16, 16], random.normals(768).map((value) => Math.tanh(value / 2)));
}
