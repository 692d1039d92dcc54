/** An editor: the shortest step in standardized space that brings the probe's score to its target. */

import {
  type Aim,
  aimAt,
  breathe,
  type CodeStatistics,
  definePlugin,
  type Edit,
  type EditContext,
  editors,
  expectShape,
  InputError,
  type Latents,
  type Plugin,
  type Probe,
  row,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import { mahalanobis, mahalanobisLength, percentileOf } from "@countergrade/countergrade/linear";
import { z } from "zod";

const name = "templatePlugin";

/** The options, with ranges and defaults; they become flags of the command line and fields of the API. */
const Options = z.strictObject({
  tolerance: z.number().positive().default(1e-4).describe("How far the score may miss, in σ"),
  maxSteps: z.int().min(1).max(1000).default(50).describe("Steps to try; linear probes need one"),
});

/**
 * Change here: the direction v `[d]` to go, from the gradient g `[d]` of the score. This one is σ²⊙g, with σ² the variances of the
 * training codes.
 */
function direction(g: Float64Array, { covariance }: CodeStatistics): Float64Array {
  return g.map((value, j) => value * covariance.data[j * g.length + j]);
}

/** Moves each row's codes to its target by steps v·(f* − f)/(gᵀv), f* the target and f the score. */
async function edit(
  { codes, noise }: Latents,
  probe: Probe,
  targets: readonly Target[],
  { tolerance, maxSteps }: z.infer<typeof Options>,
  { statistics, signal }: EditContext,
): Promise<Edit> {
  expectShape("edit codes", codes, [targets.length, statistics.mean.data.length]);
  const edited = tensor(codes.shape, codes.data.slice());
  const targetScore = new Float64Array(targets.length);
  const length = new Float64Array(targets.length);
  const lengthRatio = new Float64Array(targets.length).fill(1);
  for (const [i, target] of targets.entries()) {
    // Lets a cancel in. Call it every few tens of milliseconds of work.
    await breathe(signal);
    const aim = aimAt(probe, target);
    targetScore[i] = aim.goal;
    const now = row(edited, i);
    if (!Number.isFinite(aim.goal) || !now.data.every(Number.isFinite)) {
      throw new InputError(`Cannot edit row ${i}: expected a target and codes that are finite`);
    }
    const start = aim.goal - aim.score(now)[0];
    // A step of zero is the identity.
    if (start === 0) continue;
    const least = Math.abs(start) / deviation(gradient(aim, now), statistics);
    const before = now.data.slice();
    let miss = start;
    for (let step = 0; step === 0 || !(Math.abs(miss) <= tolerance); step++) {
      const g = gradient(aim, now);
      const v = direction(g, statistics);
      const slope = g.reduce((sum, value, j) => sum + value * v[j], 0);
      if (step === maxSteps || !(slope > 0)) {
        throw new InputError(`Cannot edit row ${i}: the score ${aim.goal} cannot be reached`);
      }
      v.forEach((value, j) => now.data[j] += value * miss / slope);
      miss = aim.goal - aim.score(now)[0];
    }
    length[i] = mahalanobisLength(statistics, now.data.map((value, j) => value - before[j]));
    lengthRatio[i] = length[i] / least;
  }
  const percentile = mahalanobis(statistics, edited)
    .map((distance) => percentileOf(statistics.distances.data, distance));
  return { latents: { codes: edited, noise }, targetScore, length, lengthRatio, percentile };
}

function gradient(aim: Aim, code: Latents["codes"]): Float64Array {
  return Float64Array.from(aim.gradient(code).data);
}

/** √(gᵀΣg): how much the score varies among the training codes. */
function deviation(g: Float64Array, { covariance }: CodeStatistics): number {
  const d = g.length;
  return Math.sqrt(g.reduce(
    (sum, a, i) => sum + a * g.reduce((part, b, j) => part + b * covariance.data[i * d + j], 0),
    0,
  ));
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { editors: [name] },
  setup(registry) {
    registry.add(editors, {
      name,
      description: "The shortest step in standardized space",
      options: Options,
      edit,
    });
  },
});

export default plugin;
