/** What targets ask of a probe. */

import {
  InputError,
  linearProbe,
  lineGrading,
  medianGrading,
  targetGrade,
  targetScore,
} from "@countergrade/countergrade";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

/** A probe of one dimension, with a grading. */
function probe(
  grading = medianGrading([-2, 0.3, 1], 1.7),
  names = ["none", "mild", "moderate", "severe"],
) {
  return linearProbe({
    plugin: "toy",
    scale: { type: "ordinal", names },
    plane: {
      mean: Float64Array.of(0),
      sigma: Float64Array.of(1),
      normal: Float64Array.of(1),
      offset: 0,
    },
    curve: { slope: 2, intercept: 1 },
    grading,
  });
}

Deno.test("a class is met at its grade's score, by name or by index", () => {
  const ordinal = probe();
  for (const [k, name] of ordinal.scale.names.entries()) {
    assertEquals(targetScore(ordinal, { class: name }), ordinal.scoreAt(k));
    assertEquals(targetScore(ordinal, { class: k }), ordinal.scoreAt(k));
    assertEquals(targetGrade(ordinal, { class: name }), k);
  }
});

Deno.test("a name goes before an index: the class named 1 may be the third", () => {
  const odd = probe(lineGrading(1, 0), ["4", "2", "1"]);
  assertEquals(targetScore(odd, { class: "1" }), 2);
  assertEquals(targetScore(odd, { class: 1 }), 1);
});

Deno.test("a class that the scale does not have is refused with those that it has", () => {
  for (const wanted of ["worst", -1, 4, 1.5, NaN, "toString", "0"]) {
    for (const read of [targetScore, targetGrade]) {
      assertThrows(
        () => read(probe(), { class: wanted }),
        InputError,
        "expected one of none, mild, moderate, severe",
      );
    }
  }
});

Deno.test("targetGrade() inverts scoreAt() for scores and probabilities, on the scale and beyond", () => {
  for (const each of [probe(), probe(lineGrading(0.4, 1.1))]) {
    for (const grade of [-3, -0.2, 0, 0.5, 1.5, 2.49, 3, 7]) {
      const score = each.scoreAt(grade);
      assertAlmostEquals(targetGrade(each, { score }), grade, 1e-9);
      const probability = 1 / (1 + Math.exp(-(2 * score + 1)));
      if (probability < 1 - 1e-6) {
        assertAlmostEquals(targetGrade(each, { probability }), grade, 1e-4);
      }
    }
    assertEquals(targetGrade(each, { grade: 1.7 }), 1.7);
  }
});

Deno.test("grades of large numbers are found as well, no score has none", () => {
  const line = probe(lineGrading(1000, 4e5));
  assertAlmostEquals(targetGrade(line, { score: 5 }), 405_000, 1e-6);
  assertAlmostEquals(targetGrade(line, { score: -900 }), -5e5, 1e-6);
  assertEquals(targetGrade(line, { probability: 0 }), -Infinity);
  assertEquals(targetGrade(line, { score: NaN }), NaN);
});
