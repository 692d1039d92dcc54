/** The targets of a path, before and after its frames are there. */

import { assertEquals } from "@std/assert";
import type { Frame } from "../../../../../server/page/explorer/operations.ts";
import type { Scale } from "../../../../../server/page/shared/operations.ts";
import {
  frameTargetsOf,
  shortName,
  shown,
  signed,
} from "../../../../../server/page/explorer/path/frame_target.ts";

const ordinal: Scale = { type: "ORDINAL", names: ["Grade 0 (none)", "Grade 1 (mild)", "severe"] };

Deno.test("every grade has its mark and what its name says beside it", () => {
  assertEquals(frameTargetsOf({ kind: "all" }, ordinal), [
    { mark: "0", name: "none", grade: 0 },
    { mark: "1", name: "mild", grade: 1 },
    { mark: "2", name: "severe", grade: 2 },
  ]);
  assertEquals(frameTargetsOf({ kind: "one", grade: 1 }, ordinal), [{
    mark: "1",
    name: "mild",
    grade: 1,
  }]);
  assertEquals(["KL 2", "DR 2", "2", "ISUP 2 (low)"].map(shortName), ["", "", "", "ISUP 2 (low)"]);
});

Deno.test("through the boundary, a target learns its score and grade from its frame", () => {
  const frame = { index: 1, target: { score: -0.62 }, targetGrade: 0.94 } as Frame;
  assertEquals(frameTargetsOf({ kind: "through", frames: 2 }, ordinal, [frame]), [
    { mark: "1", name: "" },
    { mark: "−0.6", name: "σ, grade 0.9", grade: 0.94, isScore: true },
  ]);
});

Deno.test("a path that is there has the targets of its frames: what was not reached is none of them", () => {
  const frames = [1, 2].map((grade, index) => ({ index, target: { grade } }) as Frame);
  const marks = (isThere: boolean) =>
    frameTargetsOf({ kind: "all" }, ordinal, frames, isThere).map(({ mark, name }) => mark + name);
  assertEquals(marks(true), ["1mild", "2severe"]);
  assertEquals(marks(false), ["1mild", "2severe", "2severe"], "the last is still to come");
  assertEquals(frameTargetsOf({ kind: "all" }, ordinal, [], true).length, 3);
});

Deno.test("a class is found by its name or its place", () => {
  const nominal: Scale = { type: "NOMINAL", names: ["cyst", "tumor"] };
  for (const name of [1, "tumor"]) {
    const frame = { index: 0, target: { class: name } } as Frame;
    const tumor = { mark: "1", name: "tumor", grade: 1 };
    assertEquals(frameTargetsOf({ kind: "all" }, nominal, [frame], true), [tumor]);
  }
});

Deno.test("continuous labels have five targets, and one value is called by what is measured", () => {
  const age: Scale = { type: "CONTINUOUS", names: ["age in years"] };
  assertEquals(frameTargetsOf({ kind: "all" }, age).length, 5);
  assertEquals(frameTargetsOf({ kind: "one", grade: 70 }, age), [
    { mark: "70", name: "age in years", grade: 70 },
  ]);
});

Deno.test("numbers have a proper minus, and none where they round to zero", () => {
  assertEquals([-1.26, -0.04, 0.04, 2].map(signed), ["−1.3", "0.0", "0.0", "+2.0"]);
  assertEquals([2, -0.3, null, undefined].map(shown), ["2.0", "−0.3", "–", "–"]);
});
