/** What options say about where frames shall arrive. */

import { InputError, targetGrade } from "@countergrade/countergrade";
import { toyCodes } from "@countergrade/countergrade/testing";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import {
  asksForClasses,
  targetFields,
  targetsOf,
  targetText,
} from "../../../../plugins/tasks/paths/targets.ts";

const { probe } = toyCodes();
const schema = z.strictObject(targetFields());
const targets = (options: unknown) => targetsOf(schema.parse(options), probe);

Deno.test("without options there is a frame for every grade of the scale", () => {
  assertEquals(targets({}), [{ grade: 0 }, { grade: 1 }, { grade: 2 }]);
});

Deno.test("grades, scores, probabilities and classes keep their order", () => {
  assertEquals(targets({ targets: [2, -0.5] }), [{ grade: 2 }, { grade: -0.5 }]);
  assertEquals(targets({ scores: [1, -1] }), [{ score: 1 }, { score: -1 }]);
  assertEquals(targets({ probabilities: [0.9, 0.1] }), [{ probability: 0.9 }, {
    probability: 0.1,
  }]);
  assertEquals(targets({ classes: ["severe", "0"] }), [{ class: "severe" }, { class: 0 }]);
});

Deno.test("a continuous scale takes any value, one of names no grade far off its ends", () => {
  const ages = { ...probe, scale: { type: "continuous" as const, names: ["age (years)"] } };
  assertEquals(targetsOf({ targets: [40, 80] }, ages), [{ grade: 40 }, { grade: 80 }]);
  assertEquals(targets({ targets: [22, -20] }), [{ grade: 22 }, { grade: -20 }]);
  for (const grade of [23, -21]) {
    assertThrows(() => targets({ targets: [grade] }), InputError, "from -20 to 22");
  }
});

Deno.test("a class named by a figure is that name, not that index", () => {
  const odd = { ...probe, scale: { ...probe.scale, names: ["2", "1", "0"] } };
  assertEquals(targetsOf({ classes: ["0"] }, odd), [{ class: "0" }]);
  assertEquals(targetGrade(odd, { class: "0" }), 2);
});

Deno.test("frames go evenly in score to both sides of the boundary", () => {
  assertEquals(targets({ frames: 5, reach: 3 }), [-3, -1.5, 0, 1.5, 3].map((score) => ({ score })));
  assertEquals(targets({ frames: 2, reach: 1 }), [{ score: -1 }, { score: 1 }]);
  // The ends of the toy scale score −0.5 and 1.5.
  const own = targets({ frames: 3 }) as { score: number }[];
  [-1.5, 0, 1.5].forEach((score, i) => assertAlmostEquals(own[i].score, score, 1e-12));
});

Deno.test("without options classes without an order are all visited, continuous labels to both sides of the boundary", () => {
  const other = (type: "nominal" | "continuous", names: string[]) => ({
    ...probe,
    scale: { type, names },
  });
  assertEquals(targetsOf({}, other("nominal", ["a", "b"])), [{ class: 0 }, { class: 1 }]);
  const scores = [-2, -1, 0, 1, 2].map((score) => ({ score }));
  assertEquals(targetsOf({}, other("continuous", ["age in years"])), scores);
  assertEquals(targetsOf({ frames: 5 }, other("continuous", ["age in years"])), scores);
});

Deno.test("classes are asked for by name, or where nothing else is, and only of a scale without an order", () => {
  const nominal = { type: "nominal" as const, names: ["a", "b"] };
  assertEquals([{}, { classes: ["a"] }].map((options) => asksForClasses(options, nominal)), [
    true,
    true,
  ]);
  for (const options of [{ scores: [1] }, { probabilities: [0.5] }, { frames: 3 }]) {
    assertEquals(asksForClasses(options, nominal), false);
  }
  assertEquals(asksForClasses({ classes: ["severe"] }, probe.scale), false);
});

Deno.test("two kinds of targets, and a reach without frames, are refused", () => {
  assertThrows(() => targets({ targets: [1], frames: 3 }), InputError, "got targets and frames");
  assertThrows(() => targets({ scores: [1], probabilities: [0.5] }), InputError);
  assertThrows(() => targets({ reach: 2 }), InputError, "number of frames");
});

Deno.test("numbers that no target can have are refused by the schema", () => {
  for (
    const odd of [
      { probabilities: [0] },
      { probabilities: [1] },
      { scores: [NaN] },
      { targets: [] },
      { frames: 1 },
      { frames: 65 },
      { reach: 0, frames: 3 },
      { classes: [] },
    ]
  ) assertEquals(schema.safeParse(odd).success, false, JSON.stringify(odd));
});

Deno.test("a target in words", () => {
  assertEquals(targetText({ grade: 2 }), "grade 2");
  assertEquals(targetText({ score: -1.23456 }), "score −1.23");
  assertEquals(targetText({ class: "severe" }), "class severe");
});
