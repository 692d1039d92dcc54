/** The probe `ridge`: real labels. What scikit-learn finds is in peers_test.ts. */

import { Host, InputError, probes, Random, tensor } from "@countergrade/countergrade";
import { register, testProbe, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertRejects } from "@std/assert";
import { ridgeProbe } from "../../../plugins/probes/ridge.ts";
import { ages, codes } from "./peers.ts";

await using host = await Host.boot([ridgeProbe]);
const member = host.member(probes, "ridge");
const scale = { type: "continuous" as const, names: ["age (years)"] };
const context = { scale, threshold: 60, random: new Random(1) };

register("probe ridge on grades", testProbe(member, toyCodes()));
register("probe ridge on ages", testProbe(member, { codes, labels: ages, scale, threshold: 55 }));

Deno.test("ridge's grade is the prediction, its score the distance to the threshold", async () => {
  const probe = await member.fit(codes, ages, member.options.parse({ lambda: 10 }), context);
  assertAlmostEquals(probe.scoreAt(60), 0, 1e-12);
  const told = probe.grade(codes);
  const error = (of: (i: number) => number) =>
    ages.reduce((sum, age, i) => sum + Math.abs(age - of(i)) / ages.length, 0);
  const mean = ages.reduce((sum, age) => sum + age / ages.length, 0);
  assert(error((i) => told[i]) < 0.85 * error(() => mean));
});

Deno.test("ridge's probability is calibrated: of rows told with 70 to 90 %, about as many are above", async () => {
  const probe = await member.fit(codes, ages, member.options.parse({}), context);
  const told = probe.probability(codes);
  const likely = [...told.keys()].filter((i) => told[i] > 0.6 && told[i] < 0.95);
  const above = likely.filter((i) => ages[i] >= 60).length / likely.length;
  const mean = likely.reduce((sum, i) => sum + told[i] / likely.length, 0);
  assert(likely.length > 10 && Math.abs(above - mean) < 0.2, `${above} of ${mean}`);
});

Deno.test("ridge's scatter is that of its residuals over the share of rows that it leaves free, the intercept counted", async () => {
  // One dimension of mean 0 and variance 1: everything can be told by hand.
  const n = 12;
  const x = Float32Array.from({ length: n }, (_, i) => i % 2 ? 1 : -1);
  const y = Float64Array.from({ length: n }, (_, i) => x[i] + [3, -1, 0, -2, 2, -2][i >> 1]);
  const lambda = 4;
  const w = n / (n + lambda); // Σxy / (Σx² + λ), for the offsets add up to 0 in each half
  const residual = Math.sqrt(x.reduce((sum, v, i) => sum + (y[i] - w * v) ** 2 / n, 0));
  const free = 1 - (n / (n + lambda) + 1) / n;
  const slope = Math.PI / (Math.sqrt(3) * residual / free); // per unit of the label
  const probe = await member.fit(tensor([n, 1], x), y, member.options.parse({ lambda }), {
    ...context,
    threshold: 0,
  });
  for (const at of [-1, 0.5, 2]) {
    const [told] = probe.probability(tensor([1, 1], [at]));
    assertAlmostEquals(told, 1 / (1 + Math.exp(-slope * w * at)), 1e-4);
  }
});

Deno.test("ridge leaves the intercept free, also of codes that are not standardized", async () => {
  // Σ(x − x̄)(y − ȳ) / (Σ(x − x̄)² + λ), and a line through (x̄, ȳ).
  const x = Float32Array.of(10, 11, 13, 14, 17);
  const y = Float64Array.of(2, 1, 4, 6, 5);
  const lambda = 3;
  const [mx, my] = [13, 3.6];
  const sum = (of: (i: number) => number) => [0, 1, 2, 3, 4].reduce((s, i) => s + of(i), 0);
  const w = sum((i) => (x[i] - mx) * (y[i] - my)) / (sum((i) => (x[i] - mx) ** 2) + lambda);
  const options = member.options.parse({ lambda, standardize: false });
  const probe = await member.fit(tensor([5, 1], x), y, options, { ...context, threshold: 3 });
  probe.grade(tensor([3, 1], [0, 13, 20])).forEach((grade, i) =>
    assertAlmostEquals(grade, my + w * ([0, 13, 20][i] - mx), 1e-3)
  );
});

Deno.test("where ridge's weights leave hardly a row free, its scatter is that of rows that are held out", async () => {
  // As many dimensions as rows, and labels that they do not tell: the fit meets every label of its own.
  const [n, d] = [40, 40];
  const random = new Random("ridge");
  const noise = tensor([n, d], random.normals(n * d));
  const labels = Float64Array.from({ length: n }, () => random.normal());
  const probe = await member.fit(noise, labels, member.options.parse({ lambda: 1e-3 }), {
    ...context,
    threshold: 0,
  });
  const told = probe.probability(noise);
  const met = probe.grade(noise).filter((grade, i) => Math.abs(grade - labels[i]) < 0.05).length;
  const unsure = told.filter((p) => p > 0.15 && p < 0.85).length;
  assert(met > 0.8 * n && unsure > 0.6 * n, `${met} labels are met, of ${unsure} it is not sure`);
});

Deno.test("ridge does not care for the unit of the labels", async () => {
  const options = member.options.parse({});
  const probe = await member.fit(codes, ages, options, context);
  const days = await member.fit(codes, ages.map((age) => 365 * age), options, {
    ...context,
    threshold: 365 * 60,
  });
  probe.score(codes).forEach((score, i) => assertAlmostEquals(days.score(codes)[i], score, 1e-6));
  assertAlmostEquals(days.selection!.value, probe.selection!.value, 1e-9);
});

Deno.test("ridge refuses labels that are no numbers, and kinds", async () => {
  const options = member.options.parse({});
  const broken = ages.slice();
  broken[3] = NaN;
  await assertRejects(() => member.fit(codes, broken, options, context), InputError, "NaN");
  const kinds = { type: "nominal" as const, names: ["a", "b"] };
  await assertRejects(
    () => member.fit(codes, ages, options, { ...context, scale: kinds, threshold: 1 }),
    InputError,
    "nominal",
  );
  await assertRejects(
    () => member.fit(codes, ages, options, { ...context, threshold: 1000 }),
    InputError,
    "both sides",
  );
});
