/** The evidence of a frame in plain words. */

import { assertEquals } from "@std/assert";
import {
  beyondText,
  heldText,
  outsideText,
  verdictText,
} from "../../../../../server/page/explorer/evidence/words.ts";
import type { Scale } from "../../../../../server/page/shared/operations.ts";

const ordinal: Scale = { type: "ORDINAL", names: ["Grade 0 (none)", "Grade 1 (mild)", "severe"] };
const nominal: Scale = { type: "NOMINAL", names: ["cyst", "tumor"] };
const age: Scale = { type: "CONTINUOUS", names: ["age in years"] };

Deno.test("the share of patients beyond is counted among 100, and few are not none", () => {
  assertEquals(beyondText(0.38, ordinal), "38 of 100 real patients of this grade lie beyond");
  assertEquals(beyondText(0.01, nominal), "1 of 100 real patients of this class lies beyond");
  assertEquals(
    beyondText(0.002, age),
    "Fewer than 1 of 100 real patients of this value lie beyond",
  );
  assertEquals(beyondText(0, ordinal), "No real patient of this grade lies beyond");
  assertEquals(
    beyondText(0.998, ordinal),
    "More than 99 of 100 real patients of this grade lie beyond",
  );
  assertEquals(beyondText(1, ordinal), "100 of 100 real patients of this grade lie beyond");
});

Deno.test("a judge says a class, else a grade, else how surely it says yes", () => {
  const silent = { grade: null, probability: null, label: null };
  assertEquals(verdictText({ ...silent, label: 1, probability: 0.9 }, nominal), "tumor");
  assertEquals(verdictText({ ...silent, grade: 1.44, probability: 0.9 }, ordinal), "1.4");
  assertEquals(verdictText({ ...silent, grade: 0 }, ordinal), "0.0");
  assertEquals(verdictText({ ...silent, probability: 0.874 }, ordinal), "87 % severe side");
  assertEquals([silent, null, undefined].map((said) => verdictText(said, ordinal)), ["", "", ""]);
});

Deno.test("what is held is called as people call it, with how far it moved", () => {
  const held = [
    { name: "positionX", change: -0.12 },
    { name: "gap", change: 0.04 },
    { name: "contrast", change: null },
  ];
  assertEquals(
    heldText(held),
    "position sideways −0.1 σ, gap 0.0 σ, contrast not measured",
  );
});

Deno.test("change outside is a share of the whole range of intensity", () => {
  assertEquals([0.012, 0, 0.001].map(outsideText), ["0.6 %", "0.0 %", "under 0.1 %"]);
});
