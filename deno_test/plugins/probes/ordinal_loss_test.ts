/** The loss of the cumulative-link logit model: its gradient, and thresholds that rise. */

import { Random } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ordinalLoss, startAt, thresholdsOf } from "../../../plugins/probes/ordinal_loss.ts";

const random = new Random(7);
const n = 12;
const rank = Int32Array.from({ length: n }, (_, i) => i % 4);
const weights = Float64Array.from({ length: n }, () => 0.5 + random.uniform());
const scores = Float64Array.from(random.normals(n));
const extras = Float64Array.of(-0.7, 0.1, -1.2);

/** The loss, and its slopes, of all rows in two blocks. */
function told(f: Float64Array, x: Float64Array) {
  const slopes = new Float64Array(3);
  const block = ordinalLoss(rank, 3, weights).block(x, slopes);
  const g = [new Float64Array(7), new Float64Array(5)];
  const loss = block(0, 7, [f.slice(0, 7)], [g[0]]) + block(7, n, [f.slice(7)], [g[1]]);
  return { loss, g: [...g[0], ...g[1]], slopes };
}

Deno.test("ordinalLoss() is −log of the probability of the label, by its weight", () => {
  const [a, b, c] = thresholdsOf(extras);
  const below = (theta: number, s: number) => 1 / (1 + Math.exp(s - theta));
  const expected = scores.reduce((sum, s, i) => {
    const ends = [0, below(a, s), below(b, s), below(c, s), 1];
    return sum - weights[i] * Math.log(ends[rank[i] + 1] - ends[rank[i]]);
  }, 0);
  assertAlmostEquals(told(scores, extras).loss, expected, 1e-10);
});

Deno.test("the gradient of ordinalLoss() agrees with finite differences", () => {
  const { g, slopes } = told(scores, extras);
  const step = 1e-5;
  const moved = (x: Float64Array, k: number, by: number) => x.with(k, x[k] + by);
  for (let i = 0; i < n; i++) {
    const [up, down] = [step, -step].map((by) => told(moved(scores, i, by), extras).loss);
    assertAlmostEquals(g[i], (up - down) / (2 * step), 1e-8);
  }
  for (let k = 0; k < 3; k++) {
    const [up, down] = [step, -step].map((by) => told(scores, moved(extras, k, by)).loss);
    assertAlmostEquals(slopes[k], (up - down) / (2 * step), 1e-8);
  }
});

Deno.test("ordinalLoss() stays finite where a score is far beyond the thresholds", () => {
  for (const far of [-800, 800]) {
    const { loss, g } = told(scores.map(() => far), extras);
    assert(Number.isFinite(loss) && g.every(Number.isFinite), `${loss}`);
  }
});

Deno.test("startAt() gives each label its frequency where all scores are zero", () => {
  const some = Int32Array.of(0, 0, 0, 1, 2, 2);
  const theta = thresholdsOf(startAt(some, 2));
  assertEquals(theta.length, 2);
  [3 / 6, 4 / 6].forEach((share, k) =>
    assertAlmostEquals(1 / (1 + Math.exp(-theta[k])), share, 1e-12)
  );
});
