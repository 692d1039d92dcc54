/** What a target asks of a probe, classes included. */

import {
  aimAt,
  editors,
  Host,
  InputError,
  probes,
  Random,
  rows,
  targetGrade,
  tensor,
} from "@countergrade/countergrade";
import { toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { patternEditor } from "../../plugins/editors/pattern.ts";
import { logisticProbe } from "../../plugins/probes/logistic.ts";

await using host = await Host.boot([logisticProbe, patternEditor]);
const { codes, labels, probe, statistics } = toyCodes();
const scale = { type: "nominal" as const, names: ["a", "b", "c"] };
const logistic = host.member(probes, "logistic");
const kinds = await logistic.fit(codes, labels, logistic.options.parse({}), {
  scale,
  threshold: 1,
  random: new Random(1),
});

Deno.test("a class of an ordinal scale is its grade, by name or number", () => {
  assertEquals(aimAt(probe, { class: "severe" }).goal, probe.scoreAt(2));
  assertEquals(aimAt(probe, { class: 0 }).goal, probe.scoreAt(0));
  assertEquals(aimAt(probe, { class: 1 }).score(codes), probe.score(codes));
});

Deno.test("an edit to a class of a nominal scale makes it 90 % likely", async () => {
  const pattern = host.member(editors, "pattern");
  const from = { codes: rows(codes, 0, 3), noise: tensor([3, 1, 1, 1], [0, 0, 0]) };
  const targets = [{ class: "a" }, { class: "b" }, { class: 2 }];
  const options = pattern.options.parse({});
  const { latents } = await pattern.edit(from, kinds, targets, options, { statistics });
  const told = kinds.classes!.probabilities(latents.codes);
  [0, 1, 2].forEach((k) => assertAlmostEquals(told[k * 3 + k], 0.9, 1e-3));
  assertEquals([...kinds.label!(latents.codes)], [0, 1, 2]);
});

Deno.test("a probe of kinds scores the class that it was asked about", () => {
  const odds = kinds.classes!.logOdds(codes, 1);
  const [a, b] = [kinds.score(codes), kinds.probability(codes)];
  odds.forEach((f, i) => {
    assertEquals(a[i] > 0, f > 0);
    assertAlmostEquals(b[i], 1 / (1 + Math.exp(-f)), 1e-12);
  });
  const right = kinds.label!(codes).filter((k, i) => k === labels[i]).length / labels.length;
  assert(right > 0.6, `${right} are right`);
});

Deno.test("a class of a nominal scale is reached at 90 %, unless other log-odds are asked for", () => {
  assertAlmostEquals(aimAt(kinds, { class: "b" }).goal, Math.log(9), 1e-12);
  assertEquals(aimAt(kinds, { class: "b", logOdds: 0 }).goal, 0);
  assertEquals(aimAt(kinds, { class: 1 }).score(codes), kinds.classes!.logOdds(codes, 1));
  assertEquals(aimAt(kinds, { class: 1 }).gradient(codes), kinds.classes!.gradient(codes, 1));
});

Deno.test("the grade that a target asks for is found on the scale, beside it, and far beyond", () => {
  assertEquals(targetGrade(probe, { grade: 7.5 }), 7.5);
  for (const grade of [-1e6, -3, 0, 0.4, 1, 2, 2.7, 1e6]) {
    const score = probe.scoreAt(grade);
    assertAlmostEquals(targetGrade(probe, { score }), grade, 1e-9 * Math.max(1, Math.abs(grade)));
  }
  const half = targetGrade(probe, { probability: 0.5 });
  assertAlmostEquals(probe.scoreAt(half), probe.scoreAtProbability(0.5), 1e-9);
  assertEquals([targetGrade(probe, { class: 1 }), targetGrade(probe, { class: "severe" })], [1, 2]);
  assertEquals([targetGrade(kinds, { class: 2 }), targetGrade(kinds, { class: "b" })], [2, 1]);
  for (const score of [Infinity, -Infinity, NaN]) {
    assertEquals(targetGrade(probe, { score }), score);
  }
});

Deno.test("classes that do not exist, or are not told apart, are refused by name", () => {
  assertThrows(() => aimAt(probe, { class: "worst" }), InputError, "none, mild, severe");
  assertThrows(() => aimAt(probe, { class: 3 }), InputError, '"3"');
  assertThrows(() => aimAt({ ...kinds, classes: undefined }, { class: "a" }), InputError, "apart");
  const age = { ...probe, scale: { type: "continuous" as const, names: ["age"] } };
  assertThrows(() => aimAt(age, { class: 0 }), InputError, "continuous");
});
