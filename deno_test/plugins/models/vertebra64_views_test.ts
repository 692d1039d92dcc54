/** The embedded default seen from all sides: paths, comparisons and views of its latent space, by its own tasks. */

import { type Artifact, Host } from "@countergrade/countergrade";
import { installModels, JobRunner, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { spearman } from "@countergrade/countergrade/review";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";

interface Frame {
  targetScore: number;
  fraction: number;
  imageScore: number;
  imageGrade: number;
  latentGrade: number;
}

Deno.test(
  "the embedded default: evenly through the boundary, between two images, by two editors, and on a map",
  { timeout: 240_000 },
  async (t) => {
    const home = await Deno.makeTempDir();
    await using host = await Host.boot(builtins);
    {
      await using workspace = await Workspace.open(home);
      await installModels(workspace, host);
      const probes: readonly Artifact[] =
        (await workspace.store.artifacts.list({ kind: "probe" })).items;
      const probe = probes.find(({ metadata }) => metadata.dataset === "vertebra")!.id;
      const jobs = new Jobs(host, workspace, { local: true });
      const runner = new JobRunner(host, workspace);
      const run = async (task: string, options: Record<string, unknown>) => {
        const submitted = await jobs.submit(task, { probe, ...options });
        const { store, owner } = workspace;
        const claimed = await store.queue.claim(owner, { id: submitted.id });
        await runner.run(claimed!, new AbortController().signal);
        const job = await jobs.job(submitted.id);
        assertEquals([task, job.state, job.error], [task, "done", undefined]);
        // deno-lint-ignore no-explicit-any -- each task has its own result
        return job.result as any;
      };
      const test = { dataset: "vertebra", split: "test" };

      const path = await run("counterfactualPath", { ...test, index: 3, frames: 5, reach: 2 });
      await t.step(
        "the images' scores rise with those asked for, on both sides of the boundary",
        () => {
          const frames = path.frames as Frame[];
          assertEquals(frames.map(({ targetScore }) => targetScore), [-2, -1, 0, 1, 2]);
          frames.forEach(({ imageScore, targetScore }) =>
            assertAlmostEquals(imageScore, targetScore, 0.6)
          );
          assertEquals(
            spearman(frames.map((f) => f.targetScore), frames.map((f) => f.imageScore)),
            1,
          );
        },
      );

      await t.step("between a severe and a mild phantom the picture's grade falls", async () => {
        const { frames, latent, toLatent } = await run("interpolate", {
          ...test,
          index: 3,
          toIndex: 0,
          frames: 5,
        });
        assert(latent.grade > toLatent.grade + 1.5);
        const grades = (frames as Frame[]).map(({ imageGrade }) => imageGrade);
        assertAlmostEquals(grades[0], latent.grade, 0.1);
        assertAlmostEquals(grades[4], toLatent.grade, 0.1);
        assert(spearman(grades, [4, 3, 2, 1, 0]) > 0.85, `${grades}`);
      });

      await t.step(
        "most of the shift arrives, and the shortest step goes farther from the data",
        async () => {
          const { editors } = await run("compareEditors", {
            ...test,
            indices: [3],
            targets: [0, 3],
          });
          const [pattern, shortest] = editors;
          assert(pattern.arrived > 0.85, `${pattern.arrived}`);
          assertAlmostEquals(pattern.lengthRatio, 1, 1e-3);
          assert(shortest.lengthRatio > 2 && shortest.percentile > pattern.percentile);
        },
      );

      await t.step("a map of the codes shows the path of an edit", async () => {
        const { map, explainedVariance, points } = await run("mapLatents", {
          split: "val",
          limit: 200,
          path: path.path,
        });
        assertEquals(points, 200);
        const [first, second] = explainedVariance;
        assert(first >= second && second > 0.05 && first + second < 1);
        const { files } = await jobs.artifact(map);
        const content = JSON.parse(
          new TextDecoder().decode(await workspace.blobs.read(files["map.json"])),
        );
        assertEquals(content.path.edited.length, 5);
      });

      await t.step("the real images most like a phantom have nearly its grade", async () => {
        const { label, grade, neighbors } = await run("nearestImages", {
          ...test,
          index: 3,
          among: "val",
          k: 3,
        });
        assertEquals(neighbors.length, 3);
        assertEquals(label, 3);
        const mean = neighbors.reduce((sum: number, near: Frame & { grade: number }) =>
          sum + near.grade, 0) / 3;
        assert(Math.abs(mean - grade) < 1.6, `${mean} near ${grade}`);
      });
    }
    await Deno.remove(home, { recursive: true });
  },
);
