/** The probe `svm` against scikit-learn (libsvm). */

import { CancelledError, Host, probes, Random, tensor } from "@countergrade/countergrade";
import { CodeMatrix, PenalizedFitter } from "@countergrade/countergrade/linear";
import { register, testProbe } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertRejects } from "@std/assert";
import { linearSvmProbe } from "../../../plugins/probes/linear_svm.ts";
import { solveSvm } from "../../../plugins/probes/svm_solver.ts";
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
function clouds(n: number, d: number) {
  const random = new Random(9);
  const sides = Int8Array.from({ length: n }, (_, i) => i % 2 ? 1 : -1);
  const x = Float32Array.from(
    { length: n * d },
    (_, k) => random.normal() + (k % d < 3 ? 0.5 * sides[Math.floor(k / d)] : 0),
  );
  const unit = { mean: new Float64Array(d), sigma: new Float64Array(d).fill(1) };
  const fitter = new PenalizedFitter(new CodeMatrix(tensor([n, d], x), unit));
  const row = (i: number) => x.subarray(i * d, (i + 1) * d);
  return { fitter, sides, bounds: new Float64Array(n).fill(0.7), row };
}

const farOff = {
  w: new Float64Array(60).fill(0.3),
  bias: 5,
  multipliers: new Float64Array(300).fill(0.5),
  converged: true,
};
for (const [what, start] of [["zero", undefined], ["a start that is far off", farOff]] as const) {
  Deno.test(`solveSvm() ends at a point that satisfies the optimality conditions, from ${what}`, async () => {
    const { fitter, sides, bounds, row } = clouds(300, 60);
    // A row of bound 0 takes no part.
    bounds[7] = 0;
    const { w, bias, multipliers, converged } = await solveSvm(fitter, sides, bounds, {
      tolerance: 1e-5,
      start,
    });
    assert(converged);
    const alpha = multipliers.map((share, i) => share * bounds[i]);
    assertAlmostEquals(alpha.reduce((sum, value, i) => sum + value * sides[i], 0), 0, 1e-3);
    for (let j = 0; j < 60; j++) {
      const pulled = alpha.reduce((sum, value, i) => sum + value * sides[i] * row(i)[j], 0);
      assertAlmostEquals(w[j], pulled, 1e-3);
    }
    const kinds = { none: 0, some: 0, all: 0 };
    for (let i = 0; i < 300; i++) {
      const margin = sides[i] * row(i).reduce((sum, value, j) => sum + w[j] * value, bias);
      if (i === 7) continue;
      const kind = multipliers[i] === 0 ? "none" : multipliers[i] === 1 ? "all" : "some";
      kinds[kind]++;
      if (kind === "none") assert(margin > 1 - 1e-4, `row ${i}: ${margin}`);
      else if (kind === "all") assert(margin < 1 + 1e-4, `row ${i}: ${margin}`);
      else assertAlmostEquals(margin, 1, 1e-4);
    }
    assert(Math.min(...Object.values(kinds)) > 10, JSON.stringify(kinds));
  });
}

Deno.test("solveSvm() takes few passes from the answer of a neighboring problem", async () => {
  const { fitter, sides, bounds } = clouds(300, 60);
  const fit = fitter.fit.bind(fitter);
  let passes = 0;
  fitter.fit = async (...problem) => {
    const found = await fit(...problem);
    passes += found.evaluations;
    return found;
  };
  const first = await solveSvm(fitter, sides, bounds, { tolerance: 1e-4 });
  const cold = passes;
  const near = bounds.map((bound) => 1.05 * bound);
  await solveSvm(fitter, sides, near, { tolerance: 1e-4, start: first });
  assert(passes - cold < 0.75 * cold, `${passes - cold} passes after ${cold}`);
});

Deno.test("solveSvm() separates what can be separated when the penalty is next to nothing", async () => {
  const { fitter, sides, bounds, row } = clouds(40, 60);
  const hard = bounds.map((bound) => 100 * bound);
  const { w, bias, converged } = await solveSvm(fitter, sides, hard, { tolerance: 1e-4 });
  assert(converged);
  sides.forEach((side, i) => {
    const margin = side * row(i).reduce((sum, value, j) => sum + w[j] * value, bias);
    assert(margin > 1 - 1e-3, `row ${i}: ${margin}`);
  });
});

Deno.test("solveSvm() stops when it is cancelled", async () => {
  const { fitter, sides, bounds } = clouds(40, 5);
  await assertRejects(
    () => solveSvm(fitter, sides, bounds, { tolerance: 1e-4, signal: AbortSignal.abort() }),
    CancelledError,
  );
});
