/** One function computes the distance, in standardized space, everywhere. */

import { FormatError, tensor } from "@countergrade/countergrade";
import {
  hyperplane,
  linearProbe,
  linearProbeFrom,
  lineGrading,
  signedDistance,
} from "@countergrade/countergrade/linear";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const spread = { mean: Float64Array.of(1, -2), sigma: Float64Array.of(2, 0.5) };
const { plane, length } = hyperplane(spread, Float64Array.of(3, 4), 10)!;
const probe = linearProbe({
  plugin: "toy",
  scale: { type: "ordinal", names: ["a", "b", "c"] },
  plane,
  curve: { slope: 3, intercept: -1 },
  grading: lineGrading(0.5, 1),
});

Deno.test("the distance is (w·x + b)/‖w‖ of the standardized code", () => {
  assertEquals(length, 5);
  // x = (1, 2): (3·1 + 4·2 + 10)/5
  assertAlmostEquals(signedDistance(plane, tensor([1, 2], [3, -1]))[0], 21 / 5, 1e-12);
  assertEquals(
    probe.score(tensor([1, 2], [3, -1])),
    signedDistance(plane, tensor([1, 2], [3, -1])),
  );
});

Deno.test("moving a code by one σ along the normal moves its score by one", () => {
  const from = tensor([1, 2], [0, 0]);
  const to = tensor([1, 2], [0.6 * 2, 0.8 * 0.5]);
  assertAlmostEquals(probe.score(to)[0] - probe.score(from)[0], 1, 1e-6);
});

Deno.test("probability and its inverse follow the curve", () => {
  const score = probe.scoreAtProbability(0.5);
  assertAlmostEquals(score, 1 / 3, 1e-12);
  assertEquals(probe.scoreAtProbability(1), Infinity);
});

Deno.test("there is no hyperplane without weights", () => {
  assertEquals(hyperplane(spread, Float64Array.of(0, 0), 1), undefined);
});

Deno.test("codes of another length are refused by name", () => {
  assertThrows(() => probe.score(tensor([1, 3], [1, 2, 3])), TypeError, "[n, 2]");
  assertThrows(() => probe.gradient(tensor([1, 3], [1, 2, 3])), TypeError, "[n, 2]");
});

Deno.test("linearProbeFrom() refuses JSON with a part missing or broken", () => {
  const json = JSON.parse(JSON.stringify(probe));
  assertEquals(linearProbeFrom(json).scoreAt(2), probe.scoreAt(2));
  for (const name of ["mean", "normal", "offset", "probability", "gradeLine"]) {
    const parameters = { ...json.parameters, [name]: undefined };
    assertThrows(() => linearProbeFrom({ ...json, parameters }), FormatError, "toy");
  }
  const parameters = { ...json.parameters, normal: [1] };
  assertThrows(() => linearProbeFrom({ ...json, parameters }), FormatError);
  assertThrows(() => linearProbeFrom({ ...json, version: 2 }), FormatError, "version 2");
  assertThrows(() => linearProbeFrom({ ...json, plugin: 5 }), FormatError);
  for (const odd of [undefined, null, [], "x", 5]) {
    assertThrows(() => linearProbeFrom({ ...json, parameters: odd }), FormatError, "expected");
    assertThrows(() => linearProbeFrom({ ...json, version: odd === 5 ? {} : odd }), FormatError);
    assertThrows(() => linearProbeFrom(odd as never), FormatError);
  }
});
