/** Stored x_T on a real store: taken when whole, computed again when damaged or gone. */

import type { Job } from "@countergrade/countergrade/jobs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Chain } from "./chain.ts";

const sampler = { name: "dpm-solver", inversionSteps: 5, renderSteps: 3 };

Deno.test("a second path takes the stored x_T; when that is damaged or gone it is computed again", async (t) => {
  await using chain = await Chain.open();
  const { probe } = await chain.probed();
  /** The steps of inversion that a path took, and the grade that its first frame shows. */
  const path = async (targets: number[]) => {
    const job: Job = await chain.run("counterfactualPath", {
      dataset: "bars",
      probe,
      index: 2,
      targets,
      sampler,
    });
    assertEquals([job.state, job.error], ["done", undefined]);
    const steps = (await chain.events(job)).flatMap((event) =>
      event.type === "progress" && event.message === "inverting" ? [event.step] : []
    );
    const { frames: [{ imageGrade }] } = job.result as { frames: { imageGrade: number }[] };
    return { job, steps, imageGrade };
  };
  const all = [1, 2, 3, 4, 5];
  const first = await path([0]);
  assertEquals(first.steps, all);
  const { items } = await chain.jobs.artifacts({ kind: "noise" });
  assertEquals(items.length, 1);
  const [{ files, provenance }] = items;
  assertEquals([provenance.task, provenance.inputs.length], ["counterfactualPath", 1]);
  assert(!first.job.artifacts.includes(items[0].id), "it is no result of the job");
  const file = chain.workspace.blobs.path(files["noise.safetensors"]);
  const whole = await Deno.readFile(file);

  await t.step("whole", async () => {
    const { steps, imageGrade } = await path([0, 1]);
    assertEquals(steps, [5]);
    assertAlmostEquals(imageGrade, first.imageGrade, 1e-4);
  });

  await t.step("damaged", async () => {
    await Deno.writeFile(file, whole.with(whole.length - 1, 255 - whole.at(-1)!));
    const { steps, imageGrade } = await path([0, 2]);
    assertEquals(steps, all);
    assertAlmostEquals(imageGrade, first.imageGrade, 1e-4);
    assertEquals(await Deno.readFile(file), whole, "the file is whole again");
  });

  await t.step("gone", async () => {
    await Deno.remove(file);
    assertEquals((await path([0, 1, 2])).steps, all);
    assertEquals((await path([0, 2, 1])).steps, [5]);
  });
});
