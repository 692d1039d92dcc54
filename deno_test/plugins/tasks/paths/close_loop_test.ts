/** The closed loop by itself: what is asked next, and what is kept. */

import { tensor, zeros } from "@countergrade/countergrade";
import { linearProbe, lineGrading } from "@countergrade/countergrade/linear";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type Attempt,
  closeLoop,
  nextRequest,
  REACH,
  TOLERANCE,
  usualTolerance,
} from "../../../../plugins/tasks/paths/close_loop.ts";

/** Score = grade = the code. */
const probe = linearProbe({
  plugin: "toy",
  scale: { type: "ordinal", names: ["0", "1", "2", "3"] },
  plane: {
    mean: Float64Array.of(0),
    sigma: Float64Array.of(1),
    normal: Float64Array.of(1),
    offset: 0,
  },
  curve: { slope: 1, intercept: 0 },
  grading: lineGrading(1, 0),
});

/** Frames whose images show `shown` when `asked` was asked for; pixels and figures tell the request. */
function attempt(asked: readonly number[], shown: readonly number[]): Attempt {
  const n = asked.length;
  return {
    edit: {
      latents: { codes: tensor([n, 1], asked), noise: zeros([n, 1, 1, 1]) },
      targetScore: Float64Array.from(asked),
      length: Float64Array.from(asked, Math.abs),
      lengthRatio: new Float64Array(n).fill(1),
      percentile: Float64Array.from(asked, (score) => 10 * score),
    },
    frames: tensor([n, 1, 1, 1], asked),
    reencoded: tensor([n, 1], shown),
  };
}

/** Runs the loop against a world that shows `response(asked)`. */
async function run(
  grades: readonly number[],
  response: (asked: number) => number,
  options = { iterations: 3, tolerance: 0.05 },
) {
  const batches: { indices: readonly number[]; scores: readonly number[] }[] = [];
  const first = attempt(grades, grades.map(response));
  const closed = await closeLoop(
    first,
    grades,
    probe,
    (codes) => probe.grade(codes),
    options,
    (indices, scores, iteration) => {
      batches.push({ indices, scores });
      assertEquals(iteration, batches.length);
      return Promise.resolve(attempt(scores, scores.map(response)));
    },
  );
  return { ...closed, batches, first };
}

Deno.test("the usual tolerance is a quarter of a grade, or of what a σ changes of a continuous label", () => {
  assertEquals(usualTolerance(probe), TOLERANCE);
  const grading = lineGrading(12, 60); // 12 years per σ
  const parts = { plugin: "toy", curve: { slope: 1, intercept: 0 }, grading };
  const one = Float64Array.of(1);
  const plane = { mean: Float64Array.of(0), sigma: one, normal: one, offset: 0 };
  const ages = linearProbe({ ...parts, plane, scale: { type: "continuous", names: ["age"] } });
  assertAlmostEquals(usualTolerance(ages), 3, 1e-9);
});

Deno.test("the first correction asks for the miss on top, the next for the secant's root", () => {
  assertEquals(nextRequest(2, [{ asked: 2, shown: 1.5 }]), 2.5);
  // From 2 → 1 and 3 → 1.5 the root of shown = 2 is 4.
  assertEquals(nextRequest(2, [{ asked: 2, shown: 1 }, { asked: 3, shown: 1.5 }]), 4);
});

Deno.test("a correction stays within reach of the original target, and falling secants are not followed", () => {
  assertEquals(nextRequest(2, [{ asked: 2, shown: -9 }]), 2 + REACH);
  assertEquals(nextRequest(-2, [{ asked: -2, shown: 9 }]), -2 - REACH);
  assertEquals(nextRequest(2, [{ asked: 2, shown: 1 }, { asked: 3, shown: 0.5 }]), 4.5);
  assertEquals(nextRequest(2, [{ asked: 2, shown: 1 }, { asked: 3, shown: 1 }]), 4);
});

Deno.test("a linear world is met with one secant, frames that are met are left alone", async () => {
  const { best, attempts, batches, first } = await run([0, 1, 2], (asked) => 0.5 * asked);
  assertEquals(attempts, [1, 3, 3]);
  assertEquals(batches.map(({ indices }) => indices), [[1, 2], [1, 2]]);
  [0, 1, 2].forEach((grade, i) => assertAlmostEquals(best.reencoded.data[i], grade, 1e-6));
  assertEquals([...best.frames.data], [0, 2, 4]);
  assertEquals([...best.edit.targetScore], [0, 2, 4]);
  assertEquals([...best.edit.percentile], [0, 20, 40]);
  assertEquals([...best.edit.latents.codes.data], [0, 2, 4]);
  assertEquals([...first.frames.data], [0, 1, 2], "the open loop's frames are not written to");
});

Deno.test("a frame keeps its best attempt where corrections make it worse", async () => {
  const { best, attempts } = await run([1], (asked) => asked <= 1 ? 0.5 : -asked);
  assertEquals(attempts, [4]);
  assertEquals([best.frames.data[0], best.reencoded.data[0]], [1, 0.5]);
});

Deno.test("a frame at the end of its reach is not rendered again", async () => {
  const { attempts, batches } = await run([2], () => -3, { iterations: 10, tolerance: 0.05 });
  assertEquals(attempts, [2]);
  assertEquals(batches[0].scores, [2 + REACH]);
});

Deno.test("iterations bound the attempts, nothing is tried within the tolerance", async () => {
  const bent = (asked: number) => asked ** 3 / 9;
  assertEquals((await run([2], bent, { iterations: 1, tolerance: 0 })).attempts, [2]);
  assertEquals((await run([2], (asked) => asked - 0.2)).attempts, [2]);
  assertEquals(
    (await run([2], (asked) => asked - 0.2, { iterations: 3, tolerance: 0.25 })).attempts,
    [1],
  );
  // Exactly the tolerance is within it.
  assertEquals(
    (await run([2], (asked) => asked - 0.5, { iterations: 3, tolerance: 0.5 })).attempts,
    [1],
  );
  assert((await run([2], bent, { iterations: 10, tolerance: 1e-6 })).attempts[0] > 3);
});

Deno.test("a world that shows nothing is left as it is", async () => {
  const { attempts, best } = await run([1], () => NaN);
  assertEquals([attempts, best.frames.data[0]], [[1], 1]);
});
