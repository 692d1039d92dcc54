/** Learning rate, warm-up and averaging over a training. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { DaeTrainingSchema } from "../../../plugins/encoders/dae/options.ts";
import { ratesAt } from "../../../plugins/encoders/dae/step_rates.ts";

const options = (given: object) =>
  DaeTrainingSchema.parse({ steps: 1000, warmUp: 100, learningRate: 1e-3, ...given });
const rate = (step: number, given: object = {}) => ratesAt(step, options(given)).learningRate;

Deno.test("the learning rate rises linearly, then falls along a cosine to 2 %", () => {
  assertAlmostEquals(rate(0), 1e-5);
  assertAlmostEquals(rate(49), 5e-4);
  assertAlmostEquals(rate(99), 1e-3);
  assertAlmostEquals(rate(550), 0.51e-3);
  assertAlmostEquals(rate(1000), 0.02e-3);
  assertEquals(rate(0, { warmUp: 0 }), 1e-3);
});

Deno.test("a constant rate stays, and stopAfter changes no rate", () => {
  assertEquals([100, 999].map((step) => rate(step, { decay: "constant" })), [1e-3, 1e-3]);
  assertEquals(rate(400, { stopAfter: 500 }), rate(400));
});

Deno.test("averaging starts short and rises to its decay; the other rates are as asked for", () => {
  const at = (step: number) => ratesAt(step, options({ emaDecay: 0.99, weightDecay: 0.1 }));
  assertAlmostEquals(at(0).emaDecay, 0.1);
  assert(at(100).emaDecay > 0.9 && at(100).emaDecay < 0.99);
  assertEquals(at(5000).emaDecay, 0.99);
  assertEquals([at(0).weightDecay, at(0).maxGradientNorm], [0.1, 1]);
});
