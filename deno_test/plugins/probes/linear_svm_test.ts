/** The probe `svm` against scikit-learn (libsvm). */

import { CancelledError, Host, probes, Random, tensor } from "@countergrade/countergrade";
import { CodeMatrix, PenalizedFitter } from "@countergrade/countergrade/linear";
import { register, testProbe } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { linearSvmProbe } from "../../../plugins/probes/linear_svm.ts";
import { primalSvm } from "../../../plugins/probes/svm_primal.ts";
import { Kernel, solveSvm } from "../../../plugins/probes/svm_solver.ts";
import { assertSameBoundary, codes, labels, scale, toy } from "./toy60.ts";

await using host = await Host.boot([linearSvmProbe]);
const member = host.member(probes, "svm");
const context = { scale, threshold: 1, random: new Random(1) };

register("probe svm", testProbe(member));

for (const [name, reference] of Object.entries(toy.svm)) {
  Deno.test(`svm (${name}) finds libsvm's boundary`, async () => {
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
    assertSameBoundary(probe, reference, space === "standardized", 1e-4);
  });
}

Deno.test("svm's probability rises with the score and is calibrated on held-out folds", async () => {
  // Labels that the codes do not tell: scores of the rows that were fitted would still look sure.
  const random = new Random(3);
  const [n, d] = [120, 40];
  const noise = tensor([n, d], random.normals(n * d));
  const coin = Int32Array.from(
    { length: n },
    (_, i) => noise.data[i * d] + random.normal() > 0 ? 1 : 0,
  );
  const options = member.options.parse({ c: 1 });
  const probe = await member.fit(noise, coin, options, context);
  const told = probe.probability(noise);
  const sure = told.filter((p) => Math.abs(p - 0.5) > 0.45).length;
  assert(sure < n / 4, `${sure} of ${n} rows are told with more than 95 %`);
});

/** Two overlapping clouds. */
async function clouds(n: number, d: number) {
  const random = new Random(9);
  const sides = Int8Array.from({ length: n }, (_, i) => i % 2 ? 1 : -1);
  const x = Float32Array.from(
    { length: n * d },
    (_, k) => random.normal() + (k % d < 3 ? 0.5 * sides[Math.floor(k / d)] : 0),
  );
  const unit = { mean: new Float64Array(d), sigma: new Float64Array(d).fill(1) };
  const matrix = new CodeMatrix(tensor([n, d], x), unit);
  const bounds = new Float64Array(n).fill(0.7);
  return { matrix, kernel: await Kernel.of(matrix), sides, bounds };
}

for (
  const [what, start, newton] of [
    ["from zero", undefined, undefined],
    ["from a start that is far off", new Float64Array(300).fill(0.5), undefined],
    ["by pairs alone", new Float64Array(300).fill(0.5), Infinity],
  ] as const
) {
  Deno.test(`solveSvm() ends at a point that satisfies the optimality conditions, ${what}`, async () => {
    const { kernel, sides, bounds } = await clouds(300, 60);
    // A row of bound 0 takes no part.
    bounds[7] = 0;
    const { alpha, bias, converged } = await solveSvm({ kernel, sides, bounds, start }, { newton });
    assert(converged);
    let balance = 0;
    for (let i = 0; i < 300; i++) {
      balance += alpha[i] * sides[i];
      const f = kernel.row(i).reduce((sum, k, j) => sum + alpha[j] * sides[j] * k, bias);
      const margin = sides[i] * f;
      if (i === 7) assertEquals(alpha[i], 0);
      else if (alpha[i] === 0) assert(margin > 1 - 1e-4, `row ${i}: ${margin}`);
      else if (alpha[i] === 0.7) assert(margin < 1 + 1e-4, `row ${i}: ${margin}`);
      else assertAlmostEquals(margin, 1, 1e-4);
    }
    assertAlmostEquals(balance, 0, 1e-9);
  });
}

Deno.test("smoothedSvm() leaves the pairs little to do", async () => {
  const { kernel, sides, bounds } = await clouds(300, 60);
  const alone = await solveSvm({ kernel, sides, bounds });
  const { pairs, alpha } = await solveSvm({ kernel, sides, bounds }, { newton: 0 });
  assert(alone.pairs > 2000 && pairs < 400, `${pairs} pairs instead of ${alone.pairs}`);
  alpha.forEach((value, i) => assertAlmostEquals(value, alone.alpha[i], 1e-3));
});

for (const [n, d] of [[37, 5], [64, 12], [1, 3]]) {
  Deno.test(`Kernel holds the products of ${n} rows of ${d} numbers`, async () => {
    const codes = tensor([n, d], new Random(5).normals(n * d));
    const unit = { mean: new Float64Array(d), sigma: new Float64Array(d).fill(1) };
    const kernel = await Kernel.of(new CodeMatrix(codes, unit));
    for (let i = 0; i < n; i++) {
      const row = kernel.row(i);
      assertEquals(row.length, n);
      for (let j = 0; j < n; j++) {
        let expected = 0;
        for (let k = 0; k < d; k++) expected += codes.data[i * d + k] * codes.data[j * d + k];
        assertAlmostEquals(row[j], expected, 1e-12);
      }
    }
  });
}

Deno.test("primalSvm() finds the same boundary as the dual", async () => {
  const { matrix, kernel, sides, bounds } = await clouds(300, 20);
  const { alpha, bias } = await solveSvm({ kernel, sides, bounds });
  const expected = matrix.combine(alpha.map((value, i) => value * sides[i]));
  const found = await primalSvm(new PenalizedFitter(matrix), sides, bounds, {
    tolerance: 1e-5,
  });
  assert(found.converged);
  const size = Math.max(...expected.map(Math.abs));
  expected.forEach((w, j) => assertAlmostEquals(found.w[j], w, 1e-3 * size));
  assertAlmostEquals(found.bias, bias, 1e-3 * size);
});

Deno.test("solveSvm() stops when it is cancelled", async () => {
  const problem = await clouds(40, 5);
  await assertRejects(
    () => solveSvm(problem, { signal: AbortSignal.abort() }),
    CancelledError,
  );
});
