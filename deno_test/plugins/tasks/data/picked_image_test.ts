/** Tasks on an image of one's own: it is fitted to the encoder, and what was done to it is told. */

import { InputError, NotFoundError, tasks, tensor } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import {
  fitPicture,
  ofPng,
  ownImage,
  ownImageMetadata,
  readPicture,
  toPng,
} from "@countergrade/countergrade/images";
import { memoryJob } from "@countergrade/countergrade/testing";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { z } from "zod";
import { gradeTask } from "../../../../plugins/tasks/probes/grade.ts";
import { LoadedEncoders } from "../../../../plugins/tasks/encoders/models.ts";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);

/** 40 × 20 RGB: black on the left, brighter to the right. */
const wide = tensor(
  [1, 3, 20, 40],
  Float32Array.from({ length: 2400 }, (_, i) => (i % 40) / 20 - 1),
);
const saved = memoryJob(world.host, { after: world.saved });
const { id: image } = await saved.save("image", { "image.png": toPng(wide, 0) }, {
  title: "knee.png",
}, []);
const own = { dataset: undefined, image };

Deno.test("a path of one's own image tells what was done to it, and has no place and no label", async () => {
  const { result, job } = await world.run("counterfactualPath", { ...own, fit: "crop" }, saved);
  assertEquals([result.image, result.label], [image, undefined]);
  const done =
    "RGB to gray by BT.601; cut to the middle 20 × 20; resized from 20 × 20 to 16 × 16 by area average";
  assertEquals(result.adaptation, done);
  const artifact = await job.load("path", result.path);
  assertEquals([artifact.metadata.title, artifact.metadata.adaptation], [
    "knee.png at 0, 1, 2",
    done,
  ]);
  assert(artifact.provenance.inputs.includes(image));
  const content = JSON.parse(new TextDecoder().decode(await job.read(artifact, "path.json")));
  assertEquals(content.own, { image, adaptation: done });
  assertEquals(["dataset", "split", "index", "label"].filter((name) => name in content), []);
  const shown = ofPng(await job.read(artifact, "original.png"));
  const expected = fitPicture(await readPicture(toPng(wide, 0)), [1, 16, 16], "crop");
  shown.data.forEach((value, i) => assertAlmostEquals(value, expected.data[i], 0.005));
});

Deno.test("without a word an image is padded; one that fits is left alone", async () => {
  const padded = await world.run("counterfactualPath", own, saved);
  assertEquals(padded.result.adaptation.split("; ")[1], "black around it to 40 × 40");
  const after = memoryJob(world.host, { after: saved });
  const fitting = await after.save(
    "image",
    { "image.png": toPng(tensor([1, 1, 16, 16], new Float32Array(256)), 0) },
    {},
    [],
  );
  const { result } = await world.run("counterfactualPath", { ...own, image: fitting.id }, after);
  assertEquals(result.adaptation, undefined);
});

Deno.test("an image and a data set together, or none of them, are refused with the option at fault", () => {
  for (
    const [options, at] of [[{ dataset: "halves" }, "image"], [
      { image: undefined },
      "dataset",
    ]] as const
  ) {
    for (const name of ["counterfactualPath", "nearestImages"]) {
      const schema: z.ZodType = world.host.member(tasks, name).options(world.host);
      const parsed = schema.safeParse({ probe: "p", ...own, ...options });
      assertEquals(parsed.error?.issues.map(({ path }) => path), [[at]]);
    }
  }
});

Deno.test("who is not trusted names uploaded images only, no files", async () => {
  const file = await Deno.makeTempFile({ suffix: ".png" });
  try {
    await Deno.writeFile(file, toPng(wide, 0));
    await assertRejects(
      () => world.run("counterfactualPath", { ...own, image: file }, saved),
      NotFoundError,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("neighbors of one's own image may be any", async () => {
  const { result } = await world.run("nearestImages", { ...own, k: 100 }, saved);
  assertEquals([result.neighbors.length, result.label], [40, undefined]);
});

Deno.test("an image of one's own is graded like any other; images of a data set need their positions", async () => {
  await using loaded = new LoadedEncoders();
  const task = gradeTask(loaded);
  const run = (options: object) =>
    task.run(
      task.options(world.host).parse({ ...world.which, ...options }),
      memoryJob(world.host, { after: saved }),
    );
  const { grades: [graded, ...others] } = await run(own);
  assertEquals([graded.id, graded.label, others.length], ["knee.png", undefined, 0]);
  const { result } = await world.run("nearestImages", own, saved);
  assertAlmostEquals(graded.grade, result.grade, 1e-9);
  assertEquals((await run({ indices: [1, 2] })).grades.map(({ label }) => label), [1, 2]);
  const parsed = task.options(world.host).safeParse(world.which);
  assertEquals(parsed.error?.issues.map(({ path }) => path), [["indices"]]);
});

Deno.test("grade and nearestImages tell what was done to an image too, and an intensity is said and seen", async () => {
  const deep = Uint16Array.from({ length: 256 }, (_, i) => 16 * i);
  const read = await ownImage(encode(deep, 16, 16, { color: "gray", depth: 16 }));
  const after = memoryJob(world.host, { after: saved });
  const metadata = ownImageMetadata(read, "deep.png");
  const { id } = await after.save("image", { "image.png": read.png }, metadata, []);
  await using loaded = new LoadedEncoders();
  const task = gradeTask(loaded);
  const run = async (options: object) => {
    const job = memoryJob(world.host, { after });
    const all = { probe: world.which.probe, image: id, ...options };
    return { job, result: await task.run(task.options(world.host).parse(all), job) };
  };
  const plain = await run({});
  assertStringIncludes(plain.result.adaptation!, "its values, 0 to 4080, fill 6 %");
  const warnings = plain.job.events.filter((event) =>
    event.type === "warning" && event.message.startsWith("deep.png: its values")
  );
  assertEquals(warnings.length, 1);
  const seen = await run({ intensity: "window 2040 4080" });
  assertEquals(seen.result.adaptation, "window 2040/4080");
  assert(seen.result.grades[0].grade > plain.result.grades[0].grade + 0.1);
  const near = await world.run("nearestImages", { ...own, intensity: "percentiles" }, saved);
  assertStringIncludes(near.result.adaptation, "percentiles 0.5 to 99.5; RGB to gray");
  await assertRejects(() => run({ intensity: "window 4 0" }), InputError, "expected full, percent");
});
