/** Evaluation and closed loop with a real Diffusion Autoencoder, trained for a second. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { bars, Chain, TINY } from "./chain.ts";

const dataset = "bars";
const sampler = { name: "dpm-solver", inversionSteps: 6, renderSteps: 6 };
const training = { ...TINY, steps: 60, learningRate: 3e-3, warmUp: 2 };

interface Frame {
  targetGrade: number;
  latentGrade: number;
  imageGrade: number;
  attempts: number;
  met: boolean;
}

Deno.test("evaluate and closeLoop on a small model: paths as rendered one by one, misses that shrink", async (t) => {
  await using chain = await Chain.open({ bars: bars() });
  const { encoder } = await chain.done("trainEncoder", { dataset, encoder: { dae: training } });
  const { codes } = await chain.done("encode", { dataset, encoder });
  const { probe, review, ...trained } = await chain.done("trainProbe", {
    codes,
    probe: { ordinal: { lambda: 0.1 } },
  });
  const options = { dataset, probe, sampler };
  const open = await chain.done("counterfactualPath", { ...options, index: 1 });

  await t.step("a trained probe comes with its review, stored beside it", async () => {
    assertEquals([trained.measuredOn, review.images], ["val", 12]);
    for (const { name, value } of review.figures) assertEquals(trained[name], value, name);
    const { files } = await chain.jobs.artifact(probe);
    const stored = await chain.workspace.blobs.read(files["report.json"]);
    assertEquals(JSON.parse(new TextDecoder().decode(stored)), review);
    const table = new TextDecoder().decode(await chain.workspace.blobs.read(files["report.md"]));
    assert(table.includes("| Probe on 12 images |") && "reliability.svg" in files, table);
  });

  await t.step("metrics with a cost work on a real model, on one image as well", async () => {
    const result = await chain.done("evaluate", {
      ...options,
      limit: 1,
      graded: 0,
      costly: ["reversibility", "cout"],
    });
    const of = (name: string) =>
      result.figures.find((figure: { name: string }) => figure.name === name)?.mean;
    assert(of("reversibilityL1") >= 0 && of("reversed") <= 1 && of("returnGradeMae") >= 0);
    assert(Math.abs(of("cout")) <= 1, `${of("cout")}`);
  });

  await t.step("an evaluation holds the paths that counterfactualPath renders", async () => {
    const job = await chain.run("evaluate", { ...options, limit: 3 });
    assertEquals([job.state, job.error], ["done", undefined]);
    // deno-lint-ignore no-explicit-any -- a stored result
    const result = job.result as any;
    const { files } = await chain.jobs.artifact(result.evaluation);
    const bytes = await chain.workspace.blobs.read(files["evaluation.json"]);
    const { images, targets } = JSON.parse(new TextDecoder().decode(bytes));
    assertEquals([targets, result.paths, result.frames], [[0, 1, 2], 3, 9]);
    const alone = await chain.done("counterfactualPath", { ...options, index: images[1].index });
    for (const [i, frame] of (alone.frames as Frame[]).entries()) {
      assertAlmostEquals(images[1].frames[i].imageGrade, frame.imageGrade, 1e-4);
    }
    assertAlmostEquals(images[1].metrics.gradeMae, alone.metrics.gradeMae, 1e-4);
    assert(result.reconstructionSsim > 0.5 && Number.isFinite(result.arrived));
    const steps = (await chain.events(job)).flatMap((e) =>
      e.type === "progress" ? [[e.step, e.total]] : []
    );
    assertEquals(steps, [[1, 4], [2, 4], [3, 4], [4, 4]]);
  });

  await t.step(
    "the closed loop brings no frame farther from its grade, and some nearer",
    async () => {
      const closeLoop = { iterations: 4, tolerance: 0.05 };
      const closed = await chain.done("counterfactualPath", { ...options, index: 1, closeLoop });
      const miss = ({ imageGrade, targetGrade }: Frame) => Math.abs(imageGrade - targetGrade);
      const [before, after] = [open.frames as Frame[], closed.frames as Frame[]];
      assert(before.every(({ attempts }) => attempts === 1));
      assert(before.some((frame) => miss(frame) > closeLoop.tolerance), "nothing to correct");
      after.forEach((frame, i) => {
        assert(miss(frame) <= miss(before[i]) + 1e-6, JSON.stringify([before[i], frame]));
        assertEquals(frame.met, miss(frame) <= closeLoop.tolerance);
        assertEquals(frame.attempts > 1, miss(before[i]) > closeLoop.tolerance);
      });
      const sum = (frames: Frame[]) => frames.reduce((total, frame) => total + miss(frame), 0);
      assert(sum(after) < sum(before), `${sum(before)} → ${sum(after)}`);
    },
  );
});
