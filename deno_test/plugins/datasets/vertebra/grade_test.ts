/** Tests of the scale between height loss and continuous grade. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  GRADE_BANDS,
  GRADE_NAMES,
  gradeOfHeightLoss,
  heightLossOfGrade,
} from "../../../../plugins/datasets/vertebra/grade.ts";

Deno.test("band centers are whole grades", () => {
  for (const g of GRADE_NAMES.keys()) {
    assertAlmostEquals(gradeOfHeightLoss((GRADE_BANDS[g] + GRADE_BANDS[g + 1]) / 2), g);
  }
});

Deno.test("the grade never falls as the loss rises, and stays in its range", () => {
  let before = -0.5;
  for (let loss = -0.3; loss < 1; loss += 0.01) {
    const grade = gradeOfHeightLoss(loss);
    assert(grade >= before && grade <= 3.5, `grade ${grade} at ${loss}`);
    before = grade;
  }
  assertEquals(gradeOfHeightLoss(-1), -0.5);
  assertEquals(gradeOfHeightLoss(1), 3.5);
  assertEquals(gradeOfHeightLoss(NaN), NaN);
});

Deno.test("height loss of a grade and back is the grade", () => {
  for (let grade = -0.4; grade <= 3.5; grade += 0.1) {
    assertAlmostEquals(gradeOfHeightLoss(heightLossOfGrade(grade)), grade, 1e-9);
  }
  assertEquals(heightLossOfGrade(-2), 0);
});
