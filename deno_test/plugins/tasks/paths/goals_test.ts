/** Goals: what a grade means for one patient, how far patients go, and what is refused. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError, type Target, targetScore, tensor } from "@countergrade/countergrade";
import { linearProbe, lineGrading, typicalScores } from "@countergrade/countergrade/linear";
import {
  type Calibration,
  goalsOf,
  labelOn,
  type PatientGoals,
} from "../../../../plugins/tasks/paths/goals.ts";

const one = Float64Array.of(1);
const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
const probe = linearProbe({
  plugin: "toy",
  scale,
  plane: { mean: Float64Array.of(0), sigma: one, normal: one, offset: 0 },
  curve: { slope: 1, intercept: 0 },
  // E[grade | score] of a weak probe: it asks for −4, 0 and 4.
  grading: lineGrading(0.25, 1),
});

/** Grades 0, 1, 2 at mean scores −1, 0.5, 1; from −2 to 2.5. */
const typical = typicalScores(
  probe,
  tensor([6, 1], [-2, 0, 0.25, 0.75, -0.5, 2.5]),
  Int32Array.of(0, 0, 1, 1, 2, 2),
)!;

const everyGrade: Target[] = [{ grade: 0 }, { grade: 1 }, { grade: 2 }];

function goals(
  score: number,
  label: number | undefined,
  options: Partial<Calibration> = {},
  targets = everyGrade,
) {
  return goalsOf(targets, probe, tensor([1, 1], [score]), label, {
    typical,
    calibration: "relative",
    stepFactor: 1,
    extrapolate: false,
    ...options,
  });
}

const scoresOf = ({ goals: found }: PatientGoals) =>
  found.map(({ target }) => targetScore(probe, target));

Deno.test("relative: the step between typical scores is added to the own score", () => {
  const found = goals(-1.25, 0);
  assertEquals(scoresOf(found), [-1.25, 0.25, 0.75]);
  assertEquals(found.goals.map(({ aimed }) => aimed), [0, 1, 2]);
});

Deno.test("an image of grade k at grade k is itself, to the bit, and is read as its label", () => {
  const code = tensor([1, 1], [0.1]);
  const found = goals(0.1, 1);
  assertEquals(scoresOf(found)[1], probe.score(code)[0]);
  assertAlmostEquals(found.read(code)[0], 1, 1e-12);
});

Deno.test("an image without a label has the grade whose typical score is its own", () => {
  const inside = goals(0.75, undefined);
  assertEquals(scoresOf(inside), [-1, 0.5, 1]);
  // Beyond the scale it is one of the end grade, and stays as marked as it is.
  const beyond = goals(1.5, undefined);
  assertEquals(scoresOf(beyond), [-0.5, 1, 1.5]);
});

Deno.test("typical: everybody goes to the same scores; a factor goes on", () => {
  assertEquals(scoresOf(goals(-1.25, 0, { calibration: "typical" })), [-1, 0.5, 1]);
  const further = goals(-1, 0, { calibration: "typical", stepFactor: 1.4 });
  assertAlmostEquals(scoresOf(further)[2], -1 + 1.4 * 2, 1e-12);
  assertAlmostEquals(further.goals[2].aimed, 2, 1e-9);
});

Deno.test("regression is what it was, and is refused where no patient is", () => {
  const all = goals(-1, 0, { calibration: "regression", extrapolate: true });
  assertEquals(scoresOf(all), [-4, 0, 4]);
  const some = goals(-1, 0, { calibration: "regression" });
  assertEquals(scoresOf(some), [0]);
  assertEquals(some.unreached.map(({ target }) => target), [{ grade: 0 }, { grade: 2 }]);
  assert(some.unreached[1].reason.includes('"extrapolate" allows it'), some.unreached[1].reason);
});

Deno.test("relative targets are held back at the end of what patients have, unless they may go on", () => {
  const held = goals(1.5, 0);
  const [[, high]] = typical.ranges;
  assertEquals(held.goals.map(({ limited }) => limited), [false, true, true]);
  assertEquals(scoresOf(held), [1.5, high, high]);
  assertEquals(scoresOf(goals(1.5, 0, { extrapolate: true })), [1.5, 3, 3.5]);
});

Deno.test("an image that is beyond everybody may stay where it is", () => {
  assertEquals(scoresOf(goals(9, 2)), [7, 8.5, 9]);
});

Deno.test("scores are asked for as they are, refused beyond the training images, and fail alone if alone", () => {
  const some = goals(0, 1, {}, [{ score: 1.5 }, { score: 50 }]);
  assertEquals(scoresOf(some), [1.5]);
  assertEquals(some.unreached.length, 1);
  assertThrows(() => goals(0, 1, {}, [{ score: 50 }]), InputError, "score 50");
  assertEquals(scoresOf(goals(0, 1, { extrapolate: true }, [{ score: 50 }])), [50]);
});

Deno.test("the share of real patients beyond stands with every goal", () => {
  const found = goals(-1, 0, { calibration: "typical" });
  // Half of the severe lie beyond their mean, on the side that the edit goes to.
  assertAlmostEquals(found.goals[2].beyond!, 0.5, 0.01);
  const down = goals(1, 2, { calibration: "typical" });
  assertAlmostEquals(down.goals[0].beyond!, 0.5, 0.01);
});

Deno.test("without typical scores targets are by regression", () => {
  assertEquals(scoresOf(goals(-1, 0, { typical: undefined })), [-4, 0, 4]);
});

Deno.test("a label counts where the data set's names are the probe's", () => {
  assertEquals(labelOn(probe, scale, 2), 2);
  assertEquals(labelOn(probe, { ...scale, names: ["a", "b", "c"] }, 2), undefined);
  assertEquals(labelOn(probe, scale, -1), undefined);
  assertEquals(labelOn(probe, undefined, 1), undefined);
});
