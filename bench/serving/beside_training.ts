/** How long a grade and a path take while another job trains with all cores, beside an idle crew. */

import { Compute } from "../../server/jobs/compute.ts";

const home = await Deno.makeTempDir();
{
  await using compute = await Compute.start({ home, workers: 2 });
  const { items } = await compute.artifacts({ kind: "probe" });
  const probe = items.find(({ metadata }) => metadata.dataset === "vertebra")!.id;
  const asked = { dataset: "vertebra", split: "test", probe };
  let index = 0;
  /** Seconds until a job is done, each of another image. */
  const seconds = async (task: string) => {
    const begun = performance.now();
    const options = task === "grade"
      ? { dataset: "vertebra", probe, indices: [index++], split: "test" }
      : { ...asked, index: index++ };
    const { id } = await compute.submit(task, options);
    for await (const _ of compute.watch(id));
    const { state, error } = await compute.job(id);
    if (state !== "done") throw new Error(error?.message);
    return (performance.now() - begun) / 1_000;
  };
  const median = async (task: string, times = 3) => {
    const all = [];
    for (let i = 0; i < times; i++) all.push(await seconds(task));
    return all.sort((a, b) => a - b)[times >> 1];
  };
  // Both workers load the model at their first job.
  for (let i = 0; i < 2; i++) await seconds("counterfactualPath");
  console.log("the model is loaded");
  const idle = [await median("grade"), await median("counterfactualPath")];
  console.log(`idle: a grade ${idle[0].toFixed(2)} s, a path ${idle[1].toFixed(2)} s`);
  const training = await compute.submit("trainEncoder", {
    dataset: "vertebra",
    encoder: { dae: { preset: "tiny64", steps: 100_000 } },
  });
  for await (const { body } of compute.watch(training.id)) {
    if (body.type === "progress" && body.step > 2) break;
  }
  await seconds("counterfactualPath");
  const busy = [await median("grade"), await median("counterfactualPath")];
  await compute.cancel(training.id);
  console.log("           idle     beside a training");
  for (const [i, task] of ["grade", "path "].entries()) {
    console.log(
      `${task}   ${idle[i].toFixed(2)} s   ${busy[i].toFixed(2)} s   ${
        (busy[i] / idle[i]).toFixed(2)
      } ×`,
    );
  }
}
await Deno.remove(home, { recursive: true });
