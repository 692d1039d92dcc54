/** The probe `logistic` against scikit-learn. */

import { FormatError, Host, type ProbeJSON, probes, Random } from "@countergrade/countergrade";
import { register, testProbe, toyCodes } from "@countergrade/countergrade/testing";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { logisticProbe } from "../../../plugins/probes/logistic.ts";
import { assertSameBoundary, codes, labels, scale, toy } from "./toy60.ts";

await using host = await Host.boot([logisticProbe]);
const member = host.member(probes, "logistic");
const context = { scale, threshold: 1, random: new Random(1) };

register("probe logistic", testProbe(member));
register(
  "probe logistic with isotonic grades",
  testProbe(member, { ...toyCodes(), options: { grading: "isotonic", classWeights: "balanced" } }),
);
register(
  "probe logistic on kinds",
  testProbe(member, { ...toyCodes(), scale: { type: "nominal", names: ["a", "b", "c"] } }),
);
register(
  "probe logistic on kinds with one that nobody has",
  testProbe(member, { ...toyCodes(), scale: { type: "nominal", names: ["a", "b", "c", "d"] } }),
);

for (const [name, reference] of Object.entries(toy.logistic)) {
  Deno.test(`logistic (${name}) finds scikit-learn's boundary and probabilities`, async () => {
    const [space, classWeights] = name.split("/");
    const options = member.options.parse({
      c: 0.5,
      standardize: space === "standardized",
      classWeights,
    });
    const probe = await member.fit(codes, labels, options, {
      ...context,
      threshold: reference.threshold,
    });
    assertSameBoundary(probe, reference, space === "standardized", 1e-5);
    const [first] = probe.probability(codes);
    const decision = Math.log(first / (1 - first));
    assertAlmostEquals(
      decision / probe.score(codes)[0],
      (Math.log(0.8 / 0.2)) / (probe.scoreAtProbability(0.8)),
      1e-9,
    );
  });
}

Deno.test("logistic is sure of itself as far as ‖w‖ says", async () => {
  const { coef } = toy.logistic["standardized/none"];
  const options = member.options.parse({ c: 0.5, standardize: true });
  const probe = await member.fit(codes, labels, options, context);
  assertAlmostEquals(probe.scoreAtProbability(0.8), Math.log(4) / Math.hypot(...coef), 1e-5);
});

Deno.test("logistic does not care for the scale and shift of a code's dimensions when it standardizes", async () => {
  const options = member.options.parse({ standardize: true });
  const probe = await member.fit(codes, labels, options, context);
  const moved = { ...codes, data: codes.data.map((v, k) => v * [1, 10, 0.1, 3, 7][k % 5] + k % 5) };
  const other = await member.fit(moved, labels, options, context);
  const [a, b] = [probe.score(codes), other.score(moved)];
  a.forEach((score, i) => assertAlmostEquals(b[i], score, 1e-4));
});

Deno.test("a stored probe of kinds that misses a part, or has one of another size, is refused", async () => {
  const kinds = { type: "nominal" as const, names: ["a", "b", "c"] };
  const options = member.options.parse({ c: 1 });
  const toyed = toyCodes();
  const probe = await member.fit(toyed.codes, toyed.labels, options, { ...context, scale: kinds });
  const json = probe.toJSON();
  const { parameters } = member.load(json).toJSON();
  assertEquals(parameters, json.parameters);
  const { weights, ...rest } = parameters as Record<string, number[]> & { weights: number[][] };
  const damages: Record<string, unknown>[] = [
    { weights: weights.slice(1) },
    { weights: weights.map((row) => row.slice(1)) },
    { weights: [[NaN, ...weights[0].slice(1)], ...weights.slice(1)] },
    { sigma: rest.sigma.slice(1) },
    { present: rest.present.slice(1) },
    { intercepts: [] },
    { gradeLine: [1] },
    { unit: undefined },
    { threshold: "b" },
  ];
  for (const damage of damages) {
    const broken = { ...json, parameters: { ...parameters, ...damage } } as ProbeJSON;
    assertThrows(() => member.load(broken), FormatError, 'probe of "logistic": expected version 1');
  }
  assertThrows(() => member.load({ ...json, version: 2 as 1 }), FormatError, "got version 2");
});

Deno.test("a misspelt option is refused", () => {
  assertEquals(member.options.safeParse({ C: 2 }).success, false);
});
