/** The editors `pattern` and `shortest`. */

import {
  editors,
  Host,
  InputError,
  type Probe,
  Random,
  rows,
  type Target,
  targetScore,
  tensor,
  zeros,
} from "@countergrade/countergrade";
import {
  codeStatistics,
  linearProbe,
  lineGrading,
  mahalanobisLength,
} from "@countergrade/countergrade/linear";
import { register, testEditor, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { patternEditor } from "../../../plugins/editors/pattern.ts";
import { shortestEditor } from "../../../plugins/editors/shortest.ts";

await using host = await Host.boot([patternEditor, shortestEditor]);
const pattern = host.member(editors, "pattern");
const shortest = host.member(editors, "shortest");
const options = pattern.options.parse({});
const { codes, probe, statistics } = toyCodes();
const latents = { codes: rows(codes, 0, 3), noise: zeros([3, 1, 4, 4]) };
const targets: Target[] = [{ grade: 0 }, { grade: 2 }, { score: 4 }];

register("editor pattern", testEditor(pattern));
register("editor shortest", testEditor(shortest));

Deno.test("pattern takes the shortest way by Mahalanobis: no other way to the same score is shorter", async () => {
  const { latents: edited, length, lengthRatio } = await pattern.edit(
    latents,
    probe,
    targets,
    options,
    { statistics },
  );
  const random = new Random(1);
  for (let i = 0; i < 3; i++) {
    assertAlmostEquals(lengthRatio[i], 1, 1e-3);
    const step = Float64Array.from(
      { length: 6 },
      (_, j) => edited.codes.data[i * 6 + j] - latents.codes.data[i * 6 + j],
    );
    assertAlmostEquals(length[i], mahalanobisLength(statistics, step), 1e-3 * length[i]);
    for (let k = 0; k < 20; k++) {
      // The toy probe reads dimension 0 only: any change of the others keeps the score.
      const other = step.map((v, j) => j === 0 ? v : v + 0.3 * random.normal());
      assert(mahalanobisLength(statistics, other) >= length[i] - 1e-6);
    }
  }
});

Deno.test("shortest moves the fewest σ per dimension, but pattern goes less far from the data", async () => {
  const along = await shortest.edit(latents, probe, targets, options, { statistics });
  const likely = await pattern.edit(latents, probe, targets, options, { statistics });
  for (let i = 0; i < 3; i++) {
    assert(along.length[i] > 1.05 * likely.length[i]);
    assert(along.lengthRatio[i] > 1.05);
    for (let j = 1; j < 6; j++) {
      assertAlmostEquals(along.latents.codes.data[i * 6 + j], latents.codes.data[i * 6 + j], 1e-5);
    }
  }
});

Deno.test("shortest goes along the gradient in standardized space", async () => {
  const { data } = statistics.covariance;
  const sigma = Float64Array.from({ length: 6 }, (_, j) => Math.sqrt(data[j * 7]));
  const plane = {
    mean: Float64Array.from(statistics.mean.data),
    sigma,
    normal: Float64Array.of(0.6, 0, 0, -0.8, 0, 0),
    offset: 0,
  };
  const curve = { slope: 1, intercept: 0 };
  const parts = { plugin: "toy", scale: probe.scale, plane, curve, grading: lineGrading(1, 0) };
  const other = linearProbe(parts);
  const { latents: edited } = await shortest.edit(latents, other, targets, options, { statistics });
  const scores = other.score(latents.codes);
  targets.forEach((target, i) => {
    const way = targetScore(other, target) - scores[i];
    for (let j = 0; j < 6; j++) {
      const moved = (edited.codes.data[i * 6 + j] - latents.codes.data[i * 6 + j]) / sigma[j];
      assertAlmostEquals(moved, plane.normal[j] * way, 1e-4);
    }
  });
});

Deno.test("a code that is nearly where it should be still goes the rest of the way", async () => {
  const scores = probe.score(latents.codes);
  const near = Array.from(scores, (score) => ({ score: score + 2e-5 }));
  const { length } = await pattern.edit(latents, probe, near, options, { statistics });
  length.forEach((value) => assert(value > 0));
});

Deno.test("one step brings a linear probe to its target, as exactly as float32 allows", async () => {
  const once = { ...options, maxSteps: 1 };
  const { latents: edited, targetScore } = await pattern.edit(latents, probe, targets, once, {
    statistics,
  });
  probe.score(edited.codes).forEach((s, i) => assertAlmostEquals(s, targetScore[i], 1e-5));
});

Deno.test("a probe whose score bends is followed to the target", async () => {
  const bent: Probe = {
    ...probe,
    score: (codes) => probe.score(codes).map((s) => s + Math.tanh(s)),
    gradient(codes) {
      const slopes = probe.score(codes).map((s) => 2 - Math.tanh(s) ** 2);
      const { shape, data } = probe.gradient(codes);
      return tensor(shape, data.map((g, k) => g * slopes[Math.floor(k / shape[1])]));
    },
  };
  const { latents: edited } = await pattern.edit(
    latents,
    bent,
    [{ score: -3 }, { score: 0 }, { score: 3 }],
    options,
    { statistics },
  );
  bent.score(edited.codes).forEach((s, i) => assertAlmostEquals(s, [-3, 0, 3][i], 1e-3));
});

Deno.test("a score that a probe never reaches is refused, and so is one without a gradient", async () => {
  const one = { codes: rows(codes, 0, 1), noise: zeros([1, 1, 4, 4]) };
  const capped: Probe = { ...probe, score: (codes) => probe.score(codes).map(Math.tanh) };
  await assertRejects(
    () => pattern.edit(one, capped, [{ score: 3 }], options, { statistics }),
    InputError,
    "50 steps",
  );
  const flat: Probe = { ...probe, gradient: (codes) => zeros(codes.shape) };
  await assertRejects(
    () => pattern.edit(one, flat, [{ score: 3 }], options, { statistics }),
    InputError,
    "gradient is zero",
  );
});

Deno.test("one target per row is expected", async () => {
  await assertRejects(
    () => pattern.edit(latents, probe, [{ score: 1 }], options, { statistics }),
    TypeError,
    "[1, 6]",
  );
});

Deno.test("the percentile tells edits inside the data from edits outside", async () => {
  const near = codeStatistics(codes).mean;
  const middle = { codes: tensor([1, 6], near.data), noise: zeros([1, 1, 4, 4]) };
  const run = async (score: number) =>
    (await pattern.edit(middle, probe, [{ score }], options, { statistics })).percentile[0];
  assert(await run(0.6) < 5);
  assert(await run(60) === 100);
});

Deno.test("a code that is not finite is named, before any step", async () => {
  const odd = tensor([3, 6], latents.codes.data.slice());
  odd.data[8] = NaN;
  const error = await assertRejects(
    () => pattern.edit({ ...latents, codes: odd }, probe, targets, options, { statistics }),
    InputError,
    "code 1 has NaN in dimension 2",
  );
  assertEquals(error.path, ["codes", 1]);
});
