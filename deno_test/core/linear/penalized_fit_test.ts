/** Fits in blocks of rows: the same answer however much memory they may take. */

import { CancelledError, Random, tensor } from "@countergrade/countergrade";
import { npyTensor, openNpz } from "@countergrade/countergrade/formats";
import {
  CodeMatrix,
  type LinearLoss,
  PenalizedFitter,
  standardization,
} from "@countergrade/countergrade/linear";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

const [n, d] = [150, 7];
const random = new Random(4);
const codes = tensor(
  [n, d],
  Float32Array.from({ length: n * d }, (_, k) => 3 + (1 + k % d) * random.normal()),
);
const spread = standardization(codes);
// Standardized codes are kept in single precision.
const x = (i: number, j: number) =>
  Math.fround((codes.data[i * d + j] - spread.mean[j]) * (1 / spread.sigma[j]));
const w = Float64Array.from({ length: 2 * d }, (_, k) => Math.sin(k));

for (const [what, kept] of [["kept", undefined], ["standardized anew in each pass", 0]] as const) {
  Deno.test(`CodeMatrix projects and pulls back, codes ${what}`, () => {
    const matrix = new CodeMatrix(codes, spread, { outputs: 2, kept });
    const gradient = new Float64Array(2 * d);
    const loss = matrix.evaluate(w, gradient, (start, end, f, g) => {
      let sum = 0;
      for (let i = start; i < end; i++) {
        for (const k of [0, 1]) {
          const expected = Array.from({ length: d }, (_, j) => w[k * d + j] * x(i, j))
            .reduce((a, b) => a + b);
          assertAlmostEquals(f[k][i - start], expected, 1e-12);
          g[k][i - start] = i + k;
        }
        sum += i;
      }
      return sum;
    });
    assertEquals(loss, n * (n - 1) / 2);
    for (const k of [0, 1]) {
      for (let j = 0; j < d; j++) {
        let expected = 0;
        for (let i = 0; i < n; i++) expected += (i + k) * x(i, j);
        assertAlmostEquals(gradient[k * d + j], expected, 1e-8);
      }
    }
    const [first] = matrix.project(w);
    const row = new Float64Array(d);
    matrix.copyRow(149, row);
    assertAlmostEquals(first[149], row.reduce((sum, v, j) => sum + v * w[j], 0), 1e-12);
  });
}

/** ½·mean of (f − y)², whose minimum solves (XᵀX/n + penalty·I)·w = Xᵀy/n. */
const y = Float64Array.from({ length: n }, (_, i) => x(i, 0) - 2 * x(i, 3) + 0.1 * (i % 3));
const squares: LinearLoss = {
  outputs: 1,
  extras: 0,
  curvature: 1,
  block: () => (start, end, [f], [g]) => {
    let loss = 0;
    for (let i = start; i < end; i++) {
      const away = f[i - start] - y[i];
      loss += away * away / 2 / n;
      g[i - start] = away / n;
    }
    return loss;
  },
};

Deno.test("PenalizedFitter ends where the gradient is zero, in a few passes, wherever it began", async () => {
  const fitter = new PenalizedFitter(new CodeMatrix(codes, spread));
  const extras = new Float64Array(0);
  const { w, converged, evaluations } = await fitter.fit(squares, 0.3, { extras }, {
    tolerance: 1e-6,
  });
  assert(converged && evaluations < 10, `${evaluations} evaluations`);
  for (let j = 0; j < d; j++) {
    let slope = 0.3 * w[j];
    for (let i = 0; i < n; i++) {
      let f = 0;
      for (let k = 0; k < d; k++) f += w[k] * x(i, k);
      slope += (f - y[i]) * x(i, j) / n;
    }
    assertAlmostEquals(slope, 0, 1e-6);
  }
  const again = await fitter.fit(squares, 0.3, { w, extras }, { tolerance: 1e-6 });
  assert(again.evaluations <= 2, `${again.evaluations} evaluations from the answer`);
});

const latents = new URL("../../../../shared/reference/retina_dae_latents.npz", import.meta.url);
const hasLatents = await Deno.stat(latents).then(() => true, () => false);

Deno.test({
  name:
    "PenalizedFitter reaches a slope that the loss is too round to show, without trying on and on",
  ignore: !hasLatents,
  async fn() {
    const file = openNpz(await Deno.readFile(latents));
    const real = npyTensor(file.get("train_latents"));
    const labels = file.get("train_labels").data as ArrayLike<number>;
    const truth = Float64Array.from(labels, (label) => Number(label) - 1.5);
    const rows = truth.length;
    const loss: LinearLoss = {
      ...squares,
      extras: 1,
      block: ([b], slopes) => (start, end, [f], [g]) => {
        let sum = 0;
        for (let i = start; i < end; i++) {
          const away = f[i - start] + b - truth[i];
          sum += away * away / 2 / rows;
          slopes[0] += g[i - start] = away / rows;
        }
        return sum;
      },
    };
    const fitter = new PenalizedFitter(new CodeMatrix(real, standardization(real)));
    const start = { extras: new Float64Array(1) };
    const { evaluations } = await fitter.fit(loss, 1 / rows, start, { tolerance: 1e-10 });
    assert(evaluations < 20, `${evaluations} evaluations`);
  },
});

Deno.test("freedom() is the trace of the hat matrix, from no weight to all", () => {
  const fitter = new PenalizedFitter(new CodeMatrix(codes, spread));
  // Independent columns of unit variance: each weight is free by 1/(1 + penalty), about.
  for (const penalty of [1e-6, 1, 100]) {
    assertAlmostEquals(fitter.freedom(penalty, new Random(1))!, d / (1 + penalty), 0.3);
  }
});

Deno.test("PenalizedFitter stops when it is cancelled", async () => {
  const fitter = new PenalizedFitter(new CodeMatrix(codes, spread));
  await assertRejects(
    () =>
      fitter.fit(squares, 0.3, { extras: new Float64Array(0) }, { signal: AbortSignal.abort() }),
    CancelledError,
  );
});
