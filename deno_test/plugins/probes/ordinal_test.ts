/** The probe `ordinal` against an outside fit of the same likelihood. */

import { Host, InputError, probes, Random, takeRows } from "@countergrade/countergrade";
import { register, testProbe, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { ordinalProbe } from "../../../plugins/probes/ordinal.ts";
import { assertSameBoundary, codes, labels, scale, toy } from "./toy60.ts";

await using host = await Host.boot([ordinalProbe]);
const member = host.member(probes, "ordinal");
const context = { scale, threshold: 1, random: new Random(1) };
const { lambda, coef, thresholds } = toy.ordinal;

register("probe ordinal", testProbe(member));
register("probe ordinal on two grades", testProbe(member, binaryFixture()));

function binaryFixture() {
  const { codes, labels } = toyCodes();
  return {
    codes,
    labels: labels.map((label) => label > 0 ? 1 : 0),
    scale: { type: "binary" as const, names: ["no", "yes"] },
  };
}

for (const threshold of [1, 2, 3]) {
  Deno.test(`ordinal finds the reference's direction and its threshold ${threshold}`, async () => {
    const options = member.options.parse({ lambda });
    const probe = await member.fit(codes, labels, options, { ...context, threshold });
    assertSameBoundary(probe, { coef, intercept: -thresholds[threshold - 1] }, true, 1e-5);
    // All thresholds are half grades, in σ from the chosen one.
    thresholds.forEach((theta, k) => {
      const away = (theta - thresholds[threshold - 1]) / Math.hypot(...coef);
      assertAlmostEquals(probe.scoreAt(k + 0.5), away, 1e-5);
    });
  });
}

Deno.test("ordinal's label is the median of the predicted distribution", async () => {
  const probe = await member.fit(codes, labels, member.options.parse({}), context);
  const told = probe.label!(codes);
  probe.grade(codes).forEach((grade, i) => {
    assertEquals(told[i], Math.min(3, Math.max(0, Math.round(grade))));
  });
});

Deno.test("ordinal balances classes when told to", async () => {
  // Many mild rows pull the boundary; balanced weights take the pull away.
  const many = Int32Array.from([
    ...labels.keys(),
    ...[...labels.keys()].filter((i) => labels[i] === 0),
  ]);
  const doubled = { codes: takeRows(codes, many), labels: Int32Array.from(many, (i) => labels[i]) };
  const fit = async (set: typeof doubled, classWeights: string) =>
    (await member.fit(
      set.codes,
      set.labels,
      member.options.parse({ lambda: 0.01, classWeights, standardize: false }),
      context,
    ))
      .probability(codes)[0];
  const plain = { codes, labels };
  assertAlmostEquals(await fit(doubled, "balanced"), await fit(plain, "balanced"), 0.01);
  assert(Math.abs(await fit(doubled, "none") - await fit(plain, "none")) > 0.02);
});

Deno.test("ordinal copes with grades that nobody has, between others and at the ends", async () => {
  for (const missing of [0, 1, 3]) {
    const rows = Int32Array.from([...labels.keys()].filter((i) => labels[i] !== missing));
    const part = { codes: takeRows(codes, rows), labels: Int32Array.from(rows, (i) => labels[i]) };
    const probe = await member.fit(part.codes, part.labels, member.options.parse({}), {
      ...context,
      threshold: 2,
    });
    const path = Array.from({ length: 31 }, (_, k) => probe.scoreAt(k / 10));
    assert(
      path.every((s, k) => Number.isFinite(s) && (k === 0 || s > path[k - 1])),
      `${missing}: ${path}`,
    );
  }
});

Deno.test("thresholds around grades that nobody has stand close together, in order, half-way between their neighbors", async () => {
  const names = ["0", "1", "2", "3", "4", "5"];
  const wide = { type: "ordinal" as const, names };
  const far = Int32Array.from(labels, (label) => label > 1 ? label + 2 : label); // 0, 1, 4 and 5
  const fit = async (given: Int32Array, threshold: number, scale = wide) =>
    await member.fit(codes, given, member.options.parse({ lambda: 1 }), {
      ...context,
      scale,
      threshold,
    });
  const whole = await fit(labels, 1, { ...wide, names: names.slice(0, 4) });
  const probe = await fit(far, 1);
  const places = (of: typeof probe, count: number) =>
    Array.from({ length: count }, (_, k) => of.scoreAt(k + 0.5));
  const [first, ...rest] = places(probe, 5);
  const last = rest.pop()!;
  assertEquals([first, ...rest, last], [first, ...rest, last].toSorted((a, b) => a - b));
  const [own0, own1, own2] = places(whole, 3);
  assertAlmostEquals(first, own0, 1e-6);
  assertAlmostEquals(last, own2, 1e-6);
  // Three thresholds stand for the one between 1 and 4: the middle one is it, the others as far on either side.
  assertAlmostEquals(rest[1], own1, 1e-6);
  assertAlmostEquals(rest[1] - rest[0], rest[2] - rest[1], 1e-9);
  assert(rest[2] - rest[0] < own2 - own1 && rest[2] - rest[0] < own1 - own0);
  // A tenth of a logit each; those of a grade that nobody has at an end a whole one.
  const logits = (of: typeof probe) => Math.log(4) / of.scoreAtProbability(0.8);
  assertAlmostEquals((rest[1] - rest[0]) * logits(probe), 0.1, 1e-6);
  const second = await fit(Int32Array.from(labels, (label) => label > 0 ? label + 1 : 0), 1);
  const [own, next] = places(second, 2);
  assertAlmostEquals((next - own) * logits(second), 0.1, 1e-6);
  const ends = await fit(Int32Array.from(labels, (label) => label + 1), 2); // 1 to 4
  const [below, , , , above] = places(ends, 5);
  assertAlmostEquals((ends.scoreAt(1.5) - below) * logits(ends), 1, 1e-6);
  assertAlmostEquals((above - ends.scoreAt(3.5)) * logits(ends), 1, 1e-6);
});

Deno.test("many grades that nobody has keep their thresholds in order, however close the others are", async () => {
  // One row alone has grade 1: its thresholds are near each other, and those of nine missing grades stand around the upper one.
  const names = Array.from({ length: 12 }, (_, k) => `${k}`);
  const wide = { type: "ordinal" as const, names };
  const only = labels.findIndex((label) => label > 0);
  const given = Int32Array.from(labels, (label, i) => label === 0 ? 0 : i === only ? 1 : 11);
  const probe = await member.fit(codes, given, member.options.parse({ lambda: 100 }), {
    ...context,
    scale: wide,
    threshold: 11,
  });
  const places = Array.from({ length: 11 }, (_, k) => probe.scoreAt(k + 0.5));
  places.forEach((place, k) => assert(k === 0 || place > places[k - 1], `${places}`));
});

Deno.test("ordinal refuses grades without an order", async () => {
  const nominal = { ...context, scale: { type: "nominal" as const, names: scale.names } };
  await assertRejects(
    () => member.fit(codes, labels, member.options.parse({}), nominal),
    InputError,
    "ordinal",
  );
});
