/** The task `interpolate` where codes and images can be told by hand. */

import { InputError, tasks } from "@countergrade/countergrade";
import { readNpy, readSafetensors } from "@countergrade/countergrade/formats";
import { register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UNKNOWN_KIND } from "../../../../../plugins/tasks/latents/familiarity.ts";
import { lossyWorld } from "../../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "interpolate");
register(
  "task interpolate",
  testTask(task, { host: world.host, after: world.saved, options: { ...world.which, toIndex: 2 } }),
);

interface Told {
  fraction: number;
  latentGrade: number;
  latentScore: number;
  imageGrade: number;
  lengthSigma: number;
  image: string;
}

Deno.test("the way starts at one image and ends at the other, with codes on a straight line between", async () => {
  const { result } = await world.run("interpolate", { index: 0, toIndex: 5, frames: 5 });
  const frames = result.frames as Told[];
  assertEquals(frames.map(({ fraction }) => fraction), [0, 0.25, 0.5, 0.75, 1]);
  assertEquals([result.label, result.toLabel], [0, 2]);
  const [from, to] = [result.latent.score, result.toLatent.score];
  assert(to - from > 1);
  for (const { fraction, latentScore, latentGrade } of frames) {
    assertAlmostEquals(latentScore, from + fraction * (to - from), 1e-4);
    assertAlmostEquals(latentGrade, 1 + latentScore, 1e-4);
  }
  // This encoder loses nothing at the ends: the picture there is the image.
  assertAlmostEquals(frames[0].imageGrade, result.latent.grade, 1e-4);
  assertAlmostEquals(frames[4].imageGrade, result.toLatent.grade, 1e-4);
  const lengths = frames.map(({ lengthSigma }) => lengthSigma);
  lengths.forEach((length, i) => assertAlmostEquals(length, i * lengths[4] / 4, 1e-3));
});

Deno.test("x_T goes along the great circle: it keeps its length where a straight line would be shorter", async () => {
  // Every other pixel of x_T alone: without a response the image is its own noise.
  await using plain = await lossyWorld(() => 0);
  const { result, job } = await plain.run("interpolate", { index: 0, toIndex: 5, frames: 3 });
  const artifact = await job.load("path", result.path);
  const middle = readNpy(await job.read(artifact, "difference-1.npy")).data as Float32Array;
  const end = readNpy(await job.read(artifact, "difference-2.npy")).data as Float32Array;
  const straight = end.map((v) => v / 2);
  const apart = Math.hypot(...middle.map((v, k) => v - straight[k]));
  assert(apart > 0.1 * Math.hypot(...straight), `${apart}`);
});

Deno.test("an image interpolated with itself stays as it is", async () => {
  const { result } = await world.run("interpolate", { index: 3, toIndex: 3, frames: 3 });
  const frames = result.frames as Told[];
  assertEquals(new Set(frames.map(({ image }) => image)).size, 1);
  frames.forEach(({ lengthSigma }) => assertAlmostEquals(lengthSigma, 0, 1e-9));
});

Deno.test("the second image may be of another split; the path says which it was", async () => {
  const { result, job } = await world.run("interpolate", { toSplit: "train", toIndex: 30 });
  const artifact = await job.load("path", result.path);
  const content = JSON.parse(new TextDecoder().decode(await job.read(artifact, "path.json")));
  assertEquals([content.image, content.to], ["val-0", {
    split: "train",
    index: 30,
    image: "train-30",
  }]);
  assertEquals(artifact.metadata.title, "val-0 to train-30");
  assertEquals(content.frames, result.frames);
  const { tensors } = readSafetensors(await job.read(artifact, "latents.safetensors"));
  assertEquals(tensors.get("codes")!.shape, [7, 2]);
  assert(content.metrics.l1 >= 0);
  assertEquals(
    job.events.flatMap((e) => e.type === "frame" ? [e.frame] : []),
    result.frames,
  );
});

Deno.test("progress counts both inversions and the rendering", async () => {
  const { job } = await world.run("interpolate", { toIndex: 1 });
  const steps = job.events.flatMap((e) => e.type === "progress" ? [[e.step, e.total]] : []);
  assertEquals(steps, Array.from({ length: 8 }, (_, i) => [i + 1, 8]));
});

Deno.test("where nobody can say whether the images are of the probe's kind, that is said", async () => {
  const { job } = await world.run("interpolate", { toIndex: 1 });
  const warnings = job.events.flatMap((e) => e.type === "warning" ? [e.message] : []);
  assertEquals(warnings, [UNKNOWN_KIND]);
});

Deno.test("an image that does not exist is refused", async () => {
  for (const options of [{ toIndex: 6 }, { index: 6, toIndex: 0 }, { toSplit: "no", toIndex: 0 }]) {
    await assertRejects(() => world.run("interpolate", options), InputError);
  }
});
