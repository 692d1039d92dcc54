/** The task `nearestImages`. */

import { InputError, NotFoundError, tasks } from "@countergrade/countergrade";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "nearestImages");
register(
  "task nearestImages",
  testTask(task, { host: world.host, after: world.saved, options: { ...world.which, index: 4 } }),
);

interface Near {
  dataset: string;
  split: string;
  index: number;
  label: number;
  grade: number;
  distance: number;
}

Deno.test("the nearest images of the training data have nearly the same grade", async () => {
  for (const index of [0, 1, 2]) {
    const { result } = await world.run("nearestImages", { index, k: 3 });
    assertEquals(result.label, index);
    for (const near of result.neighbors as Near[]) {
      assertEquals([near.dataset, near.split, near.label], ["halves", "train", near.index % 3]);
      assert(Math.abs(near.grade - result.grade) < 0.5, `${near.grade} near ${result.grade}`);
    }
  }
});

Deno.test("images are encoded once, for all jobs of the same encoder", async () => {
  await using fresh = await lossyWorld((brightness) => brightness);
  const first = await fresh.run("nearestImages");
  const second = await fresh.run("nearestImages");
  const encodings = (job: typeof first.job) =>
    job.events.filter((e) => e.type === "progress" && e.message === "encoding train").length;
  assertEquals([encodings(first.job), encodings(second.job)], [1, 0]);
  assertEquals(first.result, second.result);
});

Deno.test("codes that are named are looked through, with their own data set and labels", async () => {
  const job = memoryJob(world.host, { after: world.saved });
  const tensors = new Map([
    ["all.codes", { shape: [2, 2], data: Float32Array.of(9, 9, 0, 0) }],
    ["all.labels", { shape: [2], data: Float32Array.of(2, 1) }],
  ]);
  const codes = await job.save("codes", { "codes.safetensors": writeSafetensors(tensors) }, {
    dataset: "elsewhere",
  }, []);
  const options = { ...world.which, index: 1, codes: codes.id, among: "all" };
  const result = await task.run(task.options(world.host).parse(options), job) as {
    neighbors: Near[];
  };
  assertEquals(
    result.neighbors.map(({ dataset, split, index, label }) => [dataset, split, index, label]),
    [["elsewhere", "all", 1, 1], ["elsewhere", "all", 0, 2]],
  );
  await assertRejects(
    async () => await task.run(task.options(world.host).parse({ ...options, among: "train" }), job),
    InputError,
    "expected a split of all",
  );
});

Deno.test("codes that the probe was fitted to are read where they were kept", async () => {
  const job = memoryJob(world.host, { after: world.saved });
  const tensors = new Map([
    ["train.codes", { shape: [1, 2], data: Float32Array.of(0, 0) }],
    ["train.labels", { shape: [1], data: Float32Array.of(1) }],
  ]);
  const codes = await job.save("codes", { "codes.safetensors": writeSafetensors(tensors) }, {
    dataset: "halves",
  }, []);
  const old = await job.load("probe", world.which.probe);
  const files = Object.fromEntries(
    await Promise.all(
      Object.keys(old.files).map(async (name) => [name, await job.read(old, name)]),
    ),
  );
  const probe = await job.save("probe", files, { ...old.metadata }, [codes.id]);
  const options = task.options(world.host).parse({ ...world.which, probe: probe.id });
  const result = await task.run(options, job) as { neighbors: Near[] };
  assertEquals(result.neighbors.map(({ index }) => index), [0]);
  assert(!job.events.some((e) => e.type === "progress"), "nothing is encoded");
});

Deno.test("what does not exist is refused", async () => {
  await assertRejects(() => world.run("nearestImages", { index: 6 }), InputError, "below 6");
  for (const among of ["none", "toString"]) {
    await assertRejects(() => world.run("nearestImages", { among }), InputError, "(train, val)");
  }
  await assertRejects(() => world.run("nearestImages", { codes: "codes-none" }), NotFoundError);
});
