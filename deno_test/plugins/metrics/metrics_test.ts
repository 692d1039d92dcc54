/** The built-in metrics: their contract, and figures that can be told by hand. */

import {
  concatRows,
  Host,
  InputError,
  type LabelScale,
  metrics,
  type PathRecord,
  type PathTools,
  Random,
  row,
  takeRows,
  tensor,
} from "@countergrade/countergrade";
import { register, testMetric, toyPath, toyTools } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { closenessMetric } from "../../../plugins/metrics/closeness.ts";
import { compositionMetric } from "../../../plugins/metrics/composition.ts";
import { coutMetric } from "../../../plugins/metrics/cout.ts";
import { effectivenessMetric } from "../../../plugins/metrics/effectiveness.ts";
import { frechetDistance, frechetMetric } from "../../../plugins/metrics/frechet.ts";
import { identityMetric } from "../../../plugins/metrics/identity.ts";
import { latentCostMetric } from "../../../plugins/metrics/latent_cost.ts";
import { minimalityMetric } from "../../../plugins/metrics/minimality.ts";
import { monotonicityMetric } from "../../../plugins/metrics/monotonicity.ts";
import { reconstructionMetric } from "../../../plugins/metrics/reconstruction.ts";
import { reversibilityMetric } from "../../../plugins/metrics/reversibility.ts";
import { smoothnessMetric } from "../../../plugins/metrics/smoothness.ts";
import { sparsityMetric } from "../../../plugins/metrics/sparsity.ts";
import { validityMetric } from "../../../plugins/metrics/validity.ts";

await using host = await Host.boot([
  closenessMetric,
  compositionMetric,
  coutMetric,
  effectivenessMetric,
  frechetMetric,
  identityMetric,
  latentCostMetric,
  minimalityMetric,
  monotonicityMetric,
  reconstructionMetric,
  reversibilityMetric,
  smoothnessMetric,
  sparsityMetric,
  validityMetric,
]);
for (const member of host.members(metrics)) register(`metric ${member.name}`, testMetric(member));

/** Three frames of two pixels, codes of two dimensions. */
const path: PathRecord = {
  original: tensor([1, 1, 1, 2], [0, 0]),
  reconstruction: tensor([1, 1, 1, 2], [0.1, 0]),
  frames: tensor([3, 1, 1, 2], [0.1, 0, 0.1, 0.5, 0.1, 1]),
  code: tensor([1, 2], [0, 3]),
  codes: tensor([3, 2], [0, 3, 1, 3, 2, 3]),
  reencoded: tensor([3, 2], [0, 3, 1, 4, 2, 3]),
  targetScores: [-1, 0, 1],
  targetGrades: [0, 1, 2],
  latentGrades: [0, 1, 2],
  latentScores: [-1, 0, 1],
  imageScores: [-0.5, 0.2, -0.1],
  imageGrades: [0.2, 1.6, 1.5],
  lengths: [0, 1, 2],
  lengthRatios: [1, 1, 1.3],
};

Deno.test("validity goes by the score where grades have a unit of their own", async () => {
  const scale = { type: "continuous" as const, names: ["age (years)"] };
  const [targetGrades, imageGrades] = [[20, 50, 80], [27, 53, 47]];
  const ages = { ...path, scale, targetGrades, imageGrades, latentGrades: targetGrades };
  const figures = await host.member(metrics, "validity").measure(ages, toyTools());
  assertEquals([figures.regressionSuccess, figures.latentSuccess], [2 / 3, 1]);
});

const expected: Record<string, Record<string, number>> = {
  validity: { imageValidity: 1 / 2, latentValidity: 1, regressionSuccess: 2 / 3, latentSuccess: 1 },
  monotonicity: { kendallTau: 1 / 3, gradeMae: (0.2 + 0.6 + 0.5) / 3 },
  closeness: {
    l1: (0.1 + 0.6 + 1.1) / 6,
    rmse: (Math.sqrt(0.01 / 2) + Math.sqrt(0.26 / 2) + Math.sqrt(1.01 / 2)) / 3,
    l1Net: 1.5 / 6,
    rmseNet: (Math.sqrt(0.25 / 2) + Math.sqrt(1 / 2)) / 3,
  },
  reconstruction: {
    reconstructionMse: 0.005,
    reconstructionSsim: NaN,
    reconstructionPsnr: 10 * Math.log10(4 / 0.005),
  },
  // Asked for 0, 1, 2, seen as 0.2, 1.6, 1.5.
  effectiveness: { effectivenessMae: (0.2 + 0.6 + 0.5) / 3 },
  latentCost: { latentLength: 1, latentRatio: 1.1, latentEuclidean: 1 },
  sparsity: { changedPixels: 2 / 6 },
  smoothness: { stepVariation: 0, straightness: 2 / (2 * Math.SQRT2), imageStraightness: 1 },
  // The frame in the middle drifts by 1 across an edit of 1; across the edit the codes still point the same way.
  identity: { identity: 1, identityDrift: 1 / 2 },
};

for (const [name, figures] of Object.entries(expected)) {
  Deno.test(`${name} gives the figures that can be told by hand`, async () => {
    const got = await host.member(metrics, name).measure(path, toyTools());
    assertEquals(Object.keys(got).sort(), Object.keys(figures).sort());
    for (const [key, value] of Object.entries(figures)) {
      if (Number.isNaN(value)) assertEquals(got[key], NaN, key);
      else assertAlmostEquals(got[key], value, 1e-6, `${key}: expected ${value}, got ${got[key]}`);
    }
  });
}

Deno.test("every built-in metric is measured by hand here", () => {
  const others = ["cout", "reversibility", "composition", "minimality", "frechet"];
  assertEquals([...Object.keys(expected), ...others].sort(), host.names(metrics).sort());
});

Deno.test("sparsity counts no change that the reconstruction makes anyway", async () => {
  const small = tensor([3, 1, 1, 2], path.frames.data.map((v, k) => k === 3 ? 0.05 : v));
  const { changedPixels } = await measured("sparsity", { ...path, frames: small });
  assertAlmostEquals(changedPixels, 1 / 6, 1e-12);
});

Deno.test("sparsity counts from the 99th percentile of the reconstruction's error on", async () => {
  // Errors of 0, 0.001 … 1: the 99th percentile is 0.99.
  const size = 1001;
  const image = (of: (k: number) => number) =>
    tensor([1, 1, 1, size], Float32Array.from({ length: size }, (_, k) => of(k)));
  const original = image((k) => -k / 1000);
  const changed = async (by: number) => {
    const wide = { ...path, original, reconstruction: image(() => 0), frames: image(() => by) };
    return (await measured("sparsity", wide)).changedPixels;
  };
  assertEquals([await changed(0.98), await changed(0.9901)], [0, 1]);
  assertEquals([await changed(-0.98), await changed(-0.9901)], [0, 1]);
});

Deno.test("a path of a single step has no smoothness, and one that stands still neither", async () => {
  const rows = Int32Array.of(0, 1);
  const short = {
    ...path,
    frames: takeRows(path.frames, rows),
    reencoded: takeRows(path.reencoded, rows),
  };
  assertEquals(Object.values(await measured("smoothness", short)), [NaN, NaN, NaN]);
  const still = Int32Array.of(1, 1, 1);
  const standing = {
    ...path,
    frames: takeRows(path.frames, still),
    reencoded: takeRows(path.reencoded, still),
  };
  assertEquals(Object.values(await measured("smoothness", standing)), [NaN, NaN, NaN]);
});

Deno.test("a worse path has worse figures", async () => {
  const good = await toyPath();
  const reversed = { ...good, imageGrades: good.imageGrades.toReversed() };
  const { kendallTau } = await measured("monotonicity", reversed);
  assertEquals(kendallTau, -1);
});

async function measured(name: string, path: PathRecord, tools = toyTools()) {
  return await host.member(metrics, name).measure(path, tools);
}

/** A path of the toy models at these grades, without noise: what is rendered is what the models say. */
async function plainPath(grades: readonly number[]): Promise<PathRecord> {
  const tools = toyTools();
  const { original, code } = await toyPath();
  const first = new Int32Array(grades.length);
  const noise = takeRows(await tools.encodeStochastic(original, code), first);
  const { latents, targetScore } = await tools.edit(
    { codes: takeRows(code, first), noise },
    grades.map((grade) => ({ grade })),
  );
  const frames = await tools.render(latents);
  return {
    ...await toyPath(grades.length),
    original,
    reconstruction: original,
    frames,
    code,
    codes: latents.codes,
    reencoded: await tools.encode(frames),
    targetGrades: grades,
    targetScores: [...targetScore],
  };
}

Deno.test("reversibility: a way back that shows 80 % undoes 80 % of the change, whatever its length", async () => {
  for (const grades of [[1, 3], [2]]) {
    const { reversed, reversibilityL1, returnGradeMae } = await measured(
      "reversibility",
      await plainPath(grades),
    );
    const mean = grades.reduce((sum, grade) => sum + grade, 0) / grades.length;
    assertAlmostEquals(reversed, 0.8, 1e-4);
    // A grade is 0.1 of brightness in a quarter of the image; 80 % of it came, and 20 % of that is left.
    assertAlmostEquals(reversibilityL1, 0.2 * 0.8 * 0.1 * mean / 4, 1e-6);
    assertAlmostEquals(returnGradeMae, 0.2 * 0.8 * mean, 1e-4);
  }
});

Deno.test("reversibility of a frame without change is a share of nothing; an editor that gives up has no figures", async () => {
  const still = await measured("reversibility", await plainPath([0]));
  assertAlmostEquals(still.reversibilityL1, 0, 1e-6);
  const moved = await plainPath([0, 2]);
  const half = { ...moved, frames: concatRows([moved.reconstruction, row(moved.frames, 1)]) };
  assertAlmostEquals((await measured("reversibility", half)).reversed, 0.8, 1e-4);
  const refusing: PathTools = {
    ...toyTools(),
    edit: () => Promise.reject(new InputError("Cannot reach it")),
  };
  const refused = await measured("reversibility", await plainPath([2]), refusing);
  assertEquals(Object.values(refused), [NaN, NaN, NaN]);
  const broken: PathTools = { ...toyTools(), edit: () => Promise.reject(new TypeError("bug")) };
  await assertRejects(
    async () => measured("reversibility", await plainPath([2]), broken),
    TypeError,
  );
});

/** The area under the probability of the toy probe while the first of the bands is brightened from `from` to `to` grades. */
function areaUnder(from: number, to: number): number {
  // A quarter of the pixels changes: 4 of 16 portions, then nothing more.
  const at = (t: number) => {
    const grade = from + (to - from) * Math.min(1, t / 4);
    return 1 / (1 + Math.exp(-2 * (grade - 1.5)));
  };
  return Array.from({ length: 16 }, (_, t) => (at(t) + at(t + 1)) / 32).reduce((a, b) => a + b);
}

Deno.test("cout: the area under the probability while the pixels that changed come in first", async () => {
  const { cout } = await measured("cout", await plainPath([3]));
  assertAlmostEquals(cout, 2 * areaUnder(0, 2.4) - 1, 1e-4);
  const up = await plainPath([4]);
  const { cout: farther } = await measured("cout", up);
  assertAlmostEquals(farther, 2 * areaUnder(0, 3.2) - 1, 1e-4);
  const down = { ...up, reconstruction: up.frames, frames: up.original, targetScores: [-1.5] };
  assertAlmostEquals((await measured("cout", down)).cout, 1 - 2 * areaUnder(3.2, 0), 1e-4);
});

Deno.test("cout counts only frames that are asked to cross the boundary", async () => {
  assertEquals(await measured("cout", await plainPath([0, 1, 1.5])), { cout: NaN });
  const both = await measured("cout", await plainPath([1, 3]));
  assertAlmostEquals(both.cout, (await measured("cout", await plainPath([3]))).cout, 1e-9);
});

Deno.test("cout of changes all over the image is below that of the same change in one place", async () => {
  const path = await plainPath([4]);
  const noise = new Random(1).normals(256);
  const spread = tensor(
    path.frames.shape,
    path.frames.data.map((v, k) => k < 64 ? v : v + noise[k]),
  );
  const { cout } = await measured("cout", { ...path, frames: spread });
  assert(cout < (await measured("cout", path)).cout - 0.5);
});

Deno.test("composition is what null edits lose: nothing where the renderer is exact, ten times a drift where it drifts", async () => {
  const [one] = [await plainPath([0])];
  const exact = await measured("composition", one);
  assertAlmostEquals(exact.composition1, 0, 1e-6);
  assertAlmostEquals(exact.composition10, 0, 1e-5);
  const tools = toyTools();
  const drifting = {
    ...tools,
    render: async (latents: Parameters<PathTools["render"]>[0]) => {
      const { shape, data } = await tools.render(latents);
      return tensor(shape, data.map((value) => value + 0.01));
    },
  };
  const { composition1, composition10 } = await measured("composition", one, drifting);
  assertAlmostEquals(composition1, 0.01, 1e-5);
  assertAlmostEquals(composition10, 0.1, 1e-4);
});

Deno.test("minimality is low for a step as long as grades are apart, on a continuous scale too, and high for one far beyond", async () => {
  const near = await plainPath([1]);
  const [own] = toyTools().probe.grade(near.code);
  const labels = Int32Array.from({ length: 50 }, (_, i) => i % 5);
  const random = new Random(1).fork("patients");
  // Patients like this one, but for the grade and a little of everything.
  const codes = tensor(
    [50, 4],
    Array.from(labels, (grade) =>
      Array.from(
        near.code.data,
        (value, j) => value + (j ? 0 : 0.1 * (grade - own)) + 0.02 * random.normal(),
      )).flat(),
  );
  const tools = { ...toyTools(), training: () => Promise.resolve({ codes, labels }) };
  const typical = (await measured("minimality", near, tools)).minimality;
  const labeled = Float64Array.from(labels, (grade, i) => grade + i / 1000);
  const fine = { ...tools, training: () => Promise.resolve({ codes, labels: labeled }) };
  const lengths: LabelScale = { type: "continuous", names: ["length, mm"] };
  const continuous = await measured("minimality", { ...near, scale: lengths }, fine);
  assertEquals(continuous, { minimality: typical });
  const far = { ...near, reencoded: tensor([1, 4], near.code.data.map((v, j) => j ? v : v + 4)) };
  const beyond = (await measured("minimality", far, tools)).minimality;
  assert(typical > 0 && typical < 0.6, `${typical}`);
  // All real images of grade 1 are nearer than the frame, none of its own grade is farther: log(0.8·e + 0.2).
  assertAlmostEquals(beyond, Math.log(0.8 * Math.E + 0.2), 1e-6);
});

Deno.test("minimality has no meaning without training codes, or without a frame of another grade", async () => {
  const { training: _, ...without } = toyTools();
  assertEquals(await measured("minimality", await plainPath([1]), without), { minimality: NaN });
  assertEquals(await measured("minimality", await plainPath([0])), { minimality: NaN });
});

Deno.test("the Fréchet distance is that of normal distributions, and weights are images that come more often", () => {
  const seen = (rows: readonly number[][], weights = rows.map(() => 1)) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      features: tensor([rows.length, rows[0].length], rows.flat()),
      weights: Float64Array.from(weights, (weight) => weight / total),
    };
  };
  // Of one feature: (μ₁ − μ₂)² + (σ₁ − σ₂)².
  assertAlmostEquals(frechetDistance(seen([[-1], [1]]), seen([[3], [9]])), 36 + 4, 1e-9);
  const square = (x: number, y: number) => [[-x, -y], [x, -y], [-x, y], [x, y]];
  assertAlmostEquals(frechetDistance(seen(square(1, 2)), seen(square(3, 5))), 4 + 9, 1e-6);
  // Turned by 45°: Σ₁ = diag(1, 9), Σ₂ = [[5, 4], [4, 5]]; tr (Σ₁^½ Σ₂ Σ₁^½)^½ = √(tr + 2 √det) = √(50 + 2 · 9).
  const turned = square(1, 3).map(([x, y]) => [(x - y) / Math.SQRT2, (x + y) / -Math.SQRT2]);
  const expected = 10 + 10 - 2 * Math.sqrt(50 + 2 * 9);
  assertAlmostEquals(frechetDistance(seen(square(1, 3)), seen(turned)), expected, 1e-6);
  const twice = seen([[0], [1], [1], [4]]);
  assertAlmostEquals(frechetDistance(seen([[0], [1], [4]], [1, 2, 1]), twice), 0, 1e-9);
  assertThrows(
    () => frechetDistance(seen([[1, 2], [3, 4]]), seen(square(1, 1))),
    RangeError,
    "expected more of them than features",
  );
});

Deno.test("of few images no Fréchet distance is told", () => {
  const few = { features: tensor([3, 3], new Float32Array(9)), weights: new Float64Array(3) };
  const figures = host.member(metrics, "frechet").together!({
    ...{ real: few, otherReal: few, reconstructions: few, frames: few },
  });
  return Promise.resolve(figures).then((told) => assert(Object.values(told).every(Number.isNaN)));
});
