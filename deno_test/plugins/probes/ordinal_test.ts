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

Deno.test("ordinal refuses grades without an order", async () => {
  const nominal = { ...context, scale: { type: "nominal" as const, names: scale.names } };
  await assertRejects(
    () => member.fit(codes, labels, member.options.parse({}), nominal),
    InputError,
    "ordinal",
  );
});
