/** How PyTorch's runs are planned: few steps, each tensor freed once, what never changes made once. */

import { assert, assertEquals } from "@std/assert";
import { parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { planOf } from "../../../../core/graph/torch/plan.ts";
import { trainingGraph } from "../../../../core/nn/trainer.ts";

const FEEDBACK = {
  nextWeights: "weights",
  nextMean: "mean",
  nextSquare: "square",
  nextEma: "ema",
};

/** The most steps of one training step; before modulations were joined there were over twice as many. */
const MOST = { tiny64: 620, spider64: 1020 };

for (const [preset, most] of Object.entries(MOST)) {
  const config = parseDaeConfig(PRESETS[preset as keyof typeof MOST]);
  const { graph, specs } = trainingGraph(config, 4);
  for (const dtype of ["float32", "bfloat16"] as const) {
    const plan = planOf(graph, new Map(), FEEDBACK, dtype);
    Deno.test(`a step of ${preset} in ${dtype} takes at most ${most} steps, casts aside`, () => {
      const computed = plan.steps.filter(({ op }) => op !== "Cast").length;
      assert(computed <= most, `there are ${computed}`);
      const casts = plan.steps.length - computed;
      assert(dtype === "float32" ? casts === 0 : casts < 40, `there are ${casts} casts`);
      assertEquals(plan.refreshed.length, dtype === "float32" ? 0 : 1);
    });

    Deno.test(`a step of ${preset} in ${dtype} cuts its weights once, and updates them in place`, () => {
      const [cut] = plan.setup;
      assertEquals([cut.op, cut.outputs.length], ["Split", specs.length]);
      assert(plan.setup.every(({ outputs }) => outputs.every(({ life }) => life !== "run")));
      assertEquals(plan.inPlace.size, 4);
      assert(!plan.inputs.has("rates"), "rates are read on the CPU");
    });

    Deno.test(`every tensor of a step of ${preset} in ${dtype} is freed once, behind its last reader`, () => {
      const kept = new Set(plan.outputs.values());
      const freed = new Set();
      for (const { inputs, outputs, ends } of plan.steps) {
        for (const slot of inputs) assert(!freed.has(slot), "read after it was freed");
        for (const slot of ends) {
          assert(!freed.has(slot) && !kept.has(slot));
          freed.add(slot);
        }
        for (const slot of outputs) assert(!freed.has(slot) || ends.includes(slot));
      }
      const made = plan.steps.flatMap(({ outputs }) => outputs);
      for (const slot of made) assert(freed.has(slot) || kept.has(slot), "never freed");
    });
  }
}
