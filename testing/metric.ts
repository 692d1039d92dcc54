/** The conformance suite of the family `metrics`. */

import {
  type MetricPlugin,
  type PathRecord,
  Random,
  rows,
  tensor,
} from "@countergrade/countergrade";
import { type Check, check, ensure, ensureClose } from "./check.ts";

/** A path of five frames of 16 × 16 pixels that grows worse evenly, with a little noise. */
export function toyPath(frames = 5, seed = 2): PathRecord {
  const random = new Random(seed).fork("toy path");
  const [size, d] = [256, 4];
  const original = tensor([1, 1, 16, 16], random.normals(size).map((v) => Math.tanh(v)));
  const noisy = (shift: number) =>
    original.data.map((v, k) =>
      Math.max(-1, Math.min(1, v + (k < 32 ? shift : 0) + 0.01 * random.normal()))
    );
  const reconstruction = tensor([1, 1, 16, 16], noisy(0));
  const grades = Array.from({ length: frames }, (_, i) => i);
  const code = tensor([1, d], [1, -1, 0.5, 2]);
  const along = (noise: number) =>
    tensor(
      [frames, d],
      grades.flatMap((g) =>
        [...code.data].map((v, j) => v + (j === 0 ? g : 0) + noise * random.normal())
      ),
    );
  return {
    original,
    reconstruction,
    frames: tensor([frames, 1, 16, 16], grades.flatMap((g) => [...noisy(0.1 * g)])),
    code,
    codes: along(0),
    reencoded: along(0.05),
    targetGrades: grades,
    targetScores: grades.map((g) => g - 1.5),
    latentGrades: grades,
    imageGrades: grades.map((g) => 0.8 * g + 0.1),
    imageScores: grades.map((g) => 0.8 * g - 1.4),
    lengths: grades,
    lengthRatios: grades.map(() => 1),
  };
}

/** The promises of a metric plugin. */
export function testMetric(member: MetricPlugin, fixture: PathRecord = toyPath()): Check[] {
  const numbers = (path: PathRecord) =>
    [path.original, path.reconstruction, path.frames, path.code, path.codes, path.reencoded]
      .flatMap(({ data }) => [...data])
      .concat(...[
        path.targetScores,
        path.targetGrades,
        path.latentGrades,
        path.imageGrades,
        path.imageScores,
        path.lengths,
      ]);
  return [
    check("the description says what the figures are", () => {
      ensure(member.description.length >= 20, `Expected a definition, got "${member.description}"`);
    }),
    check("measure() gives at least one figure that is finite", () => {
      const figures = Object.entries(member.measure(fixture));
      ensure(figures.length > 0, "Expected figures, got none");
      const odd = figures.find(([, value]) => typeof value !== "number" || !Number.isFinite(value));
      ensure(!odd, `Expected finite figures on a plain path, ${odd?.[0]} is ${odd?.[1]}`);
    }),
    check("measure() gives the same figures again", () => {
      const [a, b] = [member.measure(fixture), member.measure(fixture)];
      ensureClose("figures", Object.values(a), Object.values(b));
    }),
    check("measure() does not change the path", () => {
      const before = numbers(fixture);
      member.measure(fixture);
      ensureClose("the path", numbers(fixture), before);
    }),
    check("measure() gives the same names for a path of one frame and one without change", () => {
      const names = Object.keys(member.measure(fixture)).sort().join();
      const first = <T>(values: readonly T[]) => values.slice(0, 1);
      const one: PathRecord = {
        ...fixture,
        frames: rows(fixture.frames, 0, 1),
        codes: rows(fixture.codes, 0, 1),
        reencoded: rows(fixture.reencoded, 0, 1),
        targetScores: first(fixture.targetScores),
        targetGrades: first(fixture.targetGrades),
        latentGrades: first(fixture.latentGrades),
        imageGrades: first(fixture.imageGrades),
        imageScores: first(fixture.imageScores),
        lengths: first(fixture.lengths),
        lengthRatios: fixture.lengthRatios && first(fixture.lengthRatios),
      };
      const still: PathRecord = {
        ...one,
        reconstruction: one.original,
        frames: one.original,
        codes: one.code,
        reencoded: one.code,
        lengths: [0],
      };
      for (const path of [one, still]) {
        const got = Object.keys(member.measure(path)).sort().join();
        ensure(got === names, `Expected ${names} (NaN where there is no meaning), got ${got}`);
      }
    }),
  ];
}
