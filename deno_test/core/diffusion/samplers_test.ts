/** The samplers: their times, closed forms, and the way there and back. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Random, type Tensor } from "@countergrade/countergrade";
import {
  ddimInvert,
  ddimRender,
  ddimTimes,
  type Denoiser,
  linearSchedule,
  logSnr,
  solverInvert,
  solverRender,
  solverTimes,
} from "@countergrade/countergrade/engine";

const schedule = linearSchedule();

/** The exact posterior mean for images of independent normal pixels with this mean and spread. */
function gaussianDenoiser(mean: number, sigma: number): Denoiser {
  return (x, t) => {
    const abar = schedule.alphaBar(t);
    const gain = Math.sqrt(abar) * sigma ** 2 / (abar * sigma ** 2 + 1 - abar);
    const data = x.data.map((value) => mean + gain * (value - Math.sqrt(abar) * mean));
    return Promise.resolve({ shape: x.shape, data });
  };
}

function image(seed: number): Tensor {
  const random = new Random(seed);
  return {
    shape: [1, 1, 8, 8],
    data: Float32Array.from({ length: 64 }, () => 0.1 + 0.2 * random.normal()),
  };
}

function worst(a: Tensor, b: Tensor): number {
  return a.data.reduce((max, value, i) => Math.max(max, Math.abs(value - b.data[i])), 0);
}

Deno.test("linearSchedule() is the product of 1 − β", () => {
  let product = 1;
  for (let t = 0; t <= 10; t++) product *= 1 - (1e-4 + (0.02 - 1e-4) * t / 999);
  assertAlmostEquals(schedule.alphaBar(10), product, 1e-12);
  assertAlmostEquals(schedule.alphaBar(999), 4.0358e-5, 1e-8);
});

Deno.test("linearSchedule() interpolates ln ᾱ and refuses times outside", () => {
  const middle = Math.sqrt(schedule.alphaBar(4) * schedule.alphaBar(5));
  assertAlmostEquals(schedule.alphaBar(4.5), middle, 1e-12);
  assertThrows(() => schedule.alphaBar(1000), RangeError, "expected 0 … 999");
  assertThrows(() => schedule.alphaBar(NaN), RangeError);
});

Deno.test("ddimTimes() are those of range(0, T, s) with the smallest stride s that gives n", () => {
  // As the reference spaces 30 and 334 of 1000; no stride gives 600.
  assertEquals(ddimTimes(schedule, 30).slice(0, 3), [0, 34, 68]);
  assertEquals(ddimTimes(schedule, 334).at(-1), 999);
  assertEquals(ddimTimes(schedule, 600).length, 600);
  assertEquals(ddimTimes(schedule, 600).at(-1), 998);
  assertEquals(ddimTimes(schedule, 600).slice(0, 5), [0, 1, 3, 5, 6]);
  assertEquals(ddimTimes(schedule, 4), [0, 250, 500, 750]);
  assertEquals(ddimTimes(schedule, 250).at(-1), 996);
});

Deno.test("solverTimes() are evenly spaced in λ from t₀ to the last time", () => {
  const times = solverTimes(schedule, 20);
  assertEquals([times.length, times[0], times[20]], [21, 3, 999]);
  const lambdas = times.map((t) => logSnr(schedule.alphaBar(t)));
  const steps = lambdas.slice(1).map((value, i) => value - lambdas[i]);
  for (const step of steps) assertAlmostEquals(step, steps[0], 1e-6);
});

Deno.test("solverInvert() and solverRender() return the image", async () => {
  const x = image(1);
  const denoise = gaussianDenoiser(0.1, 0.2);
  const noise = await solverInvert(denoise, x, schedule, 20);
  const back = await solverRender(denoise, noise, schedule, 20);
  assert(worst(back, x) < 0.02, `difference ${worst(back, x)}`);
  const spread = Math.sqrt(
    noise.data.reduce((sum, value) => sum + value ** 2, 0) / noise.data.length,
  );
  assert(
    spread > 0.7 && spread < 1.3,
    `the noise should be about standard normal, its spread is ${spread}`,
  );
});

Deno.test("the solver converges with second order", async () => {
  const x = image(2);
  const denoise = gaussianDenoiser(0.1, 0.2);
  const exact = await solverInvert(denoise, x, schedule, 640);
  const error = async (steps: number) =>
    worst(await solverInvert(denoise, x, schedule, steps), exact);
  const ratio = await error(40) / await error(80);
  assert(ratio > 3, `halving the step should cut the error by about four, it fell by ${ratio}`);
});

/**
 * The exact way of independent normal pixels along the probability flow: the distance from the mean √ᾱ·m grows as the spread
 * √(ᾱσ² + 1 − ᾱ) does.
 */
function exactly(x: Tensor, from: number, to: number, mean: number, sigma: number): Tensor {
  const at = (t: number) => {
    const abar = schedule.alphaBar(t);
    return { center: Math.sqrt(abar) * mean, spread: Math.sqrt(abar * sigma ** 2 + 1 - abar) };
  };
  const [start, end] = [at(from), at(to)];
  const data = x.data.map((value) =>
    end.center + (value - start.center) * end.spread / start.spread
  );
  return { shape: x.shape, data };
}

Deno.test("the solver comes to the exact x_T of Gaussian images, and back, with second order", async () => {
  const [mean, sigma] = [0.1, 0.2];
  const denoise = gaussianDenoiser(mean, sigma);
  const x = image(7);
  const xT = exactly(x, 3, 999, mean, sigma);
  const inverted = async (n: number) => worst(await solverInvert(denoise, x, schedule, n), xT);
  const rendered = async (n: number) => worst(await solverRender(denoise, xT, schedule, n), x);
  for (const [way, error] of Object.entries({ inverted, rendered })) {
    const errors = [await error(20), await error(40), await error(80)];
    assert(errors[0] < 0.05, `${way}: 20 steps miss by ${errors[0]}`);
    for (const [i, coarse] of errors.slice(0, -1).entries()) {
      const order = Math.log2(coarse / errors[i + 1]);
      assert(order > 1.6 && order < 2.6, `${way}: the order is ${order}, errors ${errors}`);
    }
  }
});

Deno.test("DDIM comes nearer to the exact x_T of Gaussian images with first order", async () => {
  const [mean, sigma] = [0.1, 0.2];
  const denoise = gaussianDenoiser(mean, sigma);
  const x = image(8);
  // Its inversion stands at t = 0 first and ends at ᾱ = 0, where the spread is 1.
  const abar = schedule.alphaBar(0);
  const spread = Math.sqrt(abar * sigma ** 2 + 1 - abar);
  const xT = x.data.map((value) => (value - Math.sqrt(abar) * mean) / spread);
  const error = async (steps: number) => {
    const { data } = await ddimInvert(denoise, x, schedule, steps);
    return data.reduce((most, value, i) => Math.max(most, Math.abs(value - xT[i])), 0);
  };
  const errors = [await error(50), await error(100), await error(200)];
  for (const [i, coarse] of errors.slice(0, -1).entries()) {
    const order = Math.log2(coarse / errors[i + 1]);
    assert(order > 0.5 && order < 1.5, `the order is ${order}, errors ${errors}`);
  }
});

Deno.test("one DDIM step to noise follows eq. 12 with σ = 0", async () => {
  const x = image(3);
  const prediction = 0.25;
  const constant: Denoiser = (like) =>
    Promise.resolve({ shape: like.shape, data: new Float32Array(64).fill(prediction) });
  const [out] = [await ddimInvert(constant, x, schedule, 2)];
  // Two evaluations at t = 0 and 500, to ᾱ(500) and then to ᾱ = 0: what is left is ε as seen at t = 500.
  const first = schedule.alphaBar(0);
  const eps = (x.data[0] - Math.sqrt(first) * prediction) / Math.sqrt(1 - first);
  assertAlmostEquals(out.data[0], eps, 1e-4);
  const rendered = await ddimRender(constant, out, schedule, 2);
  assertAlmostEquals(rendered.data[0], prediction, 1e-6);
});

Deno.test("predictions are clamped to [-1, 1]", async () => {
  for (const [predicted, clamped] of [[7, 1], [-7, -1], [1.01, 1], [-1.01, -1], [0.5, 0.5]]) {
    const wild: Denoiser = (x) =>
      Promise.resolve({ shape: x.shape, data: new Float32Array(64).fill(predicted) });
    const previews: number[] = [];
    const options = {
      onStep: (_step: number, _total: number, { data }: Tensor) => void previews.push(data[9]),
    };
    const out = await ddimRender(wild, image(4), schedule, 5, options);
    assertEquals([out.data[0], previews], [clamped, Array(5).fill(clamped)], `${predicted}`);
    await solverRender(wild, image(4), schedule, 3, options);
    assertEquals(previews.slice(5), Array(previews.length - 5).fill(clamped), `${predicted}`);
  }
});

Deno.test("a sampler stops between steps when it is aborted", async () => {
  const controller = new AbortController();
  let evaluations = 0;
  const denoise: Denoiser = (x, t) => {
    if (++evaluations === 3) controller.abort(new Error("enough"));
    return gaussianDenoiser(0, 0.2)(x, t);
  };
  const options = { signal: controller.signal };
  await assertRejects(
    () => solverInvert(denoise, image(5), schedule, 20, options),
    Error,
    "enough",
  );
  assertEquals(evaluations, 3);
});

Deno.test("each walk waits for what watches it, counts from one, and stops at an abort", async () => {
  for (const walk of [ddimRender, ddimInvert, solverRender, solverInvert]) {
    const controller = new AbortController();
    const [begun, done]: number[][] = [[], []];
    let evaluations = 0;
    const denoise: Denoiser = (x, t) => {
      evaluations++;
      assertEquals(begun, done, "the step before has been watched to its end");
      return gaussianDenoiser(0, 0.2)(x, t);
    };
    const options = {
      signal: controller.signal,
      async onStep(step: number, total: number) {
        assertEquals(total, 6);
        begun.push(step);
        await new Promise((resolve) => setTimeout(resolve));
        done.push(step);
        if (step === 3) controller.abort(new Error("enough"));
      },
    };
    const walking = () => walk(denoise, image(5), schedule, 6, options);
    await assertRejects(walking, Error, "enough");
    assertEquals([done, evaluations], [[1, 2, 3], 3], walk.name);
  }
});

Deno.test("every step is shown with its clamped prediction", async () => {
  const seen: number[] = [];
  await solverRender(gaussianDenoiser(0, 0.2), image(6), schedule, 4, {
    onStep: (step, total, preview) => {
      assertEquals(total, 4);
      assertEquals(preview.shape, [1, 1, 8, 8]);
      seen.push(step);
    },
  });
  assertEquals(seen, [1, 2, 3, 4]);
});
