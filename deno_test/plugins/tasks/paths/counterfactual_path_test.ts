/** The task `counterfactualPath` in a world whose pictures fall short, with open and with closed loop. */

import {
  definePlugin,
  type EditorPlugin,
  editors,
  InputError,
  tasks,
} from "@countergrade/countergrade";
import { readNpy, readSafetensors } from "@countergrade/countergrade/formats";
import { pngChunks } from "../../../../core/formats/png/chunks.ts";
import { decode } from "../../../../core/formats/png/png.ts";
import { register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { patternEditor } from "../../../../plugins/editors/pattern.ts";
import { UNKNOWN_KIND } from "../../../../plugins/tasks/latents/familiarity.ts";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "counterfactualPath");
for (const [name, closeLoop] of [["open", undefined], ["closed", {}]]) {
  register(
    `task counterfactualPath, ${name} loop`,
    testTask(task, {
      host: world.host,
      after: world.saved,
      options: { ...world.which, index: 1, closeLoop },
    }),
  );
}

interface Told {
  targetGrade: number;
  latentGrade: number;
  imageGrade: number;
  attempts: number;
  met: boolean;
  measured: { name: string; unit: string; value: number }[];
}

Deno.test("in the open loop a frame says what was missed", async () => {
  const { result, job } = await world.run("counterfactualPath", { index: 1 });
  const previews = job.events.flatMap((e) => e.type === "preview" ? [e.image] : []);
  assertEquals(previews.at(-1), result.strip, "the last preview is what came out");
  const own = result.latent.grade;
  for (const { targetGrade, latentGrade, imageGrade, attempts, met } of result.frames as Told[]) {
    assertAlmostEquals(latentGrade, targetGrade, 1e-3);
    assertAlmostEquals(imageGrade, own + 0.5 * (targetGrade - own), 1e-3);
    assertEquals([attempts, met], [1, Math.abs(imageGrade - targetGrade) <= 0.25]);
  }
  assertEquals(result.frames.map(({ met }: Told) => met), [false, true, false]);
  // What the data set measures is told of each frame: the left half is brighter, the higher the grade.
  const measured = result.frames.map(({ measured }: Told) => measured);
  const unit = "intensity";
  for (const [left, contrast] of measured) {
    assertEquals([left.name, left.unit, contrast.name], ["leftHalf", unit, "contrast"]);
  }
  const [low, middle, high] = measured.map(([{ value }]: Told["measured"]) => value);
  assert(low < middle && middle < high, `${[low, middle, high]}`);
});

Deno.test("with closeLoop every image has the grade that was asked for", async () => {
  world.rendered.length = 0;
  const { result, job } = await world.run("counterfactualPath", {
    index: 1,
    closeLoop: { tolerance: 0.01 },
  });
  for (const { targetGrade, latentGrade, imageGrade, attempts, met } of result.frames as Told[]) {
    assertAlmostEquals(imageGrade, targetGrade, 0.01);
    assertEquals([attempts, met], [3, true]);
    assert(Math.abs(latentGrade - targetGrade) > 0.01, "the request lies beyond the target");
  }
  assertAlmostEquals(result.metrics.gradeMae, 0, 0.01);
  assertEquals(world.rendered, [4, 3, 3], "the reconstruction is rendered once");
  const progress = job.events.flatMap((e) => e.type === "progress" ? [e] : []);
  assertEquals(
    progress.map(({ step, total }) => [step, total]),
    Array.from({ length: 2 + 3 * 4 }, (_, i) => [i + 1, 2 + 4 * 4]),
  );
  assertEquals(progress.at(-1)!.message, "rendering, correction 2");
  const previews = job.events.flatMap((e) => e.type === "preview" ? [e.step] : []);
  assertEquals(previews, [1, 4, 1, 4, 1, 4]);
});

Deno.test("only frames that miss are rendered again", async () => {
  world.rendered.length = 0;
  const { result, job } = await world.run("counterfactualPath", {
    index: 1,
    closeLoop: { tolerance: 0.2 },
  });
  assertEquals(result.frames.map(({ attempts }: Told) => attempts), [3, 1, 3]);
  assertEquals(world.rendered, [4, 2, 2]);
  const previews = job.events.flatMap((e) => e.type === "preview" ? [e.image] : []);
  assertEquals(previews.at(-1), result.strip, "previews show all frames, those that are met too");
});

Deno.test("met goes by the tolerance of the closed loop", async () => {
  const { result } = await world.run("counterfactualPath", {
    index: 1,
    closeLoop: { tolerance: 0.7 },
  });
  assertEquals(result.frames.map(({ attempts, met }: Told) => [attempts, met]), [
    [1, true],
    [1, true],
    [1, true],
  ]);
});

Deno.test("a grade that pictures cannot show is not met, however often it is tried", async () => {
  await using flat = await lossyWorld((brightness) => 0.1 * Math.tanh(brightness));
  const open = await flat.run("counterfactualPath", { index: 1 });
  const closed = await flat.run("counterfactualPath", { index: 1, closeLoop: {} });
  const miss = (frame: Told) => Math.abs(frame.imageGrade - frame.targetGrade);
  for (const i of [0, 2]) {
    const [before, after] = [open.result.frames[i], closed.result.frames[i]];
    assert(!after.met && after.attempts > 1);
    assert(miss(after) <= miss(before));
  }
});

Deno.test("a correction that the editor cannot make leaves the open loop's frames, and a warning", async () => {
  // An editor that goes to grades, and to no score beside them.
  const timid = definePlugin({
    id: "timid-editor",
    version: "1.0.0",
    apiVersion: "^1",
    setup: (registry) =>
      patternEditor.setup({
        add: (_, member) =>
          registry.add(editors, {
            ...member as unknown as EditorPlugin,
            name: "timid",
            options: z.strictObject({}),
            edit(latents, probe, targets, _, context) {
              if (targets.some((target) => "score" in target)) throw new InputError("Too far");
              const options = { tolerance: 1e-4, maxSteps: 5 };
              return (member as unknown as EditorPlugin)
                .edit(latents, probe, targets, options, context);
            },
          } as EditorPlugin),
      }, undefined),
  });
  await using shy = await lossyWorld((brightness) => 0.5 * brightness, [timid]);
  const { result, job } = await shy.run("counterfactualPath", {
    index: 1,
    editor: { timid: {} },
    closeLoop: {},
  });
  assertEquals(result.frames.map(({ attempts }: Told) => attempts), [1, 1, 1]);
  assertEquals(result.warnings, [UNKNOWN_KIND, "The closed loop ended early. Too far"]);
  assertEquals(job.events.at(-1), { type: "warning", message: result.warnings[1] });
});

Deno.test("options out of range are refused", async () => {
  for (const closeLoop of [{ iterations: 0 }, { iterations: 11 }, { tolerance: -1 }, { odd: 1 }]) {
    await assertRejects(() => world.run("counterfactualPath", { closeLoop }), z.ZodError);
  }
});

interface Asked extends Told {
  target: Record<string, number | string>;
  targetScore: number;
  latentScore: number;
  latentProbability: number;
  imageScore: number;
  imageProbability: number;
  differenceValues: string;
  differenceMin: number;
  differenceMax: number;
  neighbors?: { dataset: string; split: string; index: number; label: number; distance: number }[];
}

Deno.test("frames can be asked for by score, probability or class, and say so", async () => {
  const kinds: [Record<string, unknown>, (frame: Asked, k: number) => void][] = [
    [{ scores: [-1.5, 2] }, ({ target, targetScore, latentScore, targetGrade }, k) => {
      assertEquals(target, { score: [-1.5, 2][k] });
      assertAlmostEquals(latentScore, [-1.5, 2][k], 1e-3);
      assertAlmostEquals(targetScore, [-1.5, 2][k], 1e-9);
      assertAlmostEquals(targetGrade, [-0.5, 3][k], 1e-6);
    }],
    [{ probabilities: [0.1, 0.8] }, ({ target, latentProbability }, k) => {
      assertEquals(target, { probability: [0.1, 0.8][k] });
      assertAlmostEquals(latentProbability, [0.1, 0.8][k], 1e-3);
    }],
    [{ classes: ["severe", "0"] }, ({ target, targetGrade, latentGrade }, k) => {
      assertEquals(target, { class: ["severe", 0][k] });
      assertEquals(targetGrade, [2, 0][k]);
      assertAlmostEquals(latentGrade, [2, 0][k], 1e-3);
    }],
    [{ frames: 5, reach: 2 }, ({ target, latentScore }, k) => {
      assertEquals(target, { score: k - 2 });
      assertAlmostEquals(latentScore, k - 2, 1e-3);
    }],
  ];
  for (const [options, holds] of kinds) {
    const { result, job } = await world.run("counterfactualPath", { index: 1, ...options });
    result.frames.forEach(holds);
    const content = await pathJson(result.path, job);
    assertEquals(content.frames, result.frames);
  }
});

Deno.test("a closed loop corrects frames that were asked for by score", async () => {
  const { result } = await world.run("counterfactualPath", {
    index: 1,
    frames: 3,
    reach: 1,
    closeLoop: { tolerance: 0.01 },
  });
  (result.frames as Asked[]).forEach(({ imageScore, met, attempts }, k) => {
    assertAlmostEquals(imageScore, k - 1, 0.01);
    assertEquals([met, attempts], [true, 3]);
  });
});

Deno.test("a class that the scale does not have, and two kinds of targets, are refused", async () => {
  for (const options of [{ classes: ["worst"] }, { scores: [1], targets: [1] }]) {
    await assertRejects(() => world.run("counterfactualPath", options), InputError);
  }
});

Deno.test("a frame beyond the 99th percentile carries a warning that names its target", async () => {
  const { result, job } = await world.run("counterfactualPath", { scores: [0, 60] });
  assertEquals(result.frames.map(({ percentile }: { percentile: number }) => percentile > 99), [
    false,
    true,
  ]);
  assertEquals([result.warnings.length, result.warnings[0]], [2, UNKNOWN_KIND]);
  assert(result.warnings[1].startsWith("The edit to score 60 left the training data"));
  assertEquals(job.events.flatMap((e) => e.type === "warning" ? [e.message] : []), result.warnings);
});

/** The content of `path.json`. */
async function pathJson(id: string, job: Awaited<ReturnType<typeof world.run>>["job"]) {
  const artifact = await job.load("path", id);
  return JSON.parse(new TextDecoder().decode(await job.read(artifact, "path.json")));
}

Deno.test("differences are stored as numbers: frame − reconstruction, with their extremes, and the range of the maps", async () => {
  const { result, job } = await world.run("counterfactualPath", { index: 1 });
  const artifact = await job.load("path", result.path);
  const own = result.latent.score;
  let greatest = 0;
  for (const [i, frame] of (result.frames as Asked[]).entries()) {
    assertEquals(frame.differenceValues, artifact.files[`difference-${i}.npy`]);
    const { shape, dtype, data } = readNpy(await job.read(artifact, `difference-${i}.npy`));
    assertEquals([shape, dtype], [[1, 16, 16], "f4"]);
    // The left half gets half of the shift, 0.4 per σ; the noise is the same.
    const shift = 0.5 * 0.4 * (frame.latentScore - own);
    assertAlmostEquals(Number(data[0]), shift, 1e-4);
    assertAlmostEquals(frame.differenceMin, Math.min(...Array.from(data, Number)), 1e-9);
    assertAlmostEquals(frame.differenceMax, Math.max(...Array.from(data, Number)), 1e-9);
    greatest = Math.max(greatest, Math.abs(shift));
  }
  assert(
    result.differenceRange >= greatest &&
      [0.05, 0.1, 0.2, 0.5, 1, 2].includes(result.differenceRange),
  );
  const smaller = [0.05, 0.1, 0.2, 0.5, 1].filter((range) => range < result.differenceRange);
  assert(smaller.every((range) => range < greatest), `${greatest}`);
  const legend = new TextDecoder().decode(await job.read(artifact, "difference-legend.svg"));
  assert(
    legend.includes(`>+${result.differenceRange}<`) &&
      legend.includes(`>−${result.differenceRange}<`),
  );
  assertEquals((await pathJson(result.path, job)).differenceRange, result.differenceRange);
});

Deno.test("a path keeps an animation of its frames, forth and back", async () => {
  const { result, job } = await world.run("counterfactualPath", { index: 1 });
  const artifact = await job.load("path", result.path);
  const animation = await job.read(artifact, "animation.png");
  const first = decode(await job.read(artifact, "frame-0.png"));
  assertEquals(decode(animation).image, first.image);
  assertEquals(pngChunks(animation).filter(({ type }) => type === "fcTL").length, 4);
});

Deno.test("a path keeps its codes", async () => {
  const { result, job } = await world.run("counterfactualPath", { index: 1 });
  const artifact = await job.load("path", result.path);
  const { tensors } = readSafetensors(await job.read(artifact, "latents.safetensors"));
  assertEquals([...tensors].map(([name, { shape }]) => [name, ...shape]), [
    ["code", 1, 2],
    ["codes", 3, 2],
    ["reencoded", 3, 2],
  ]);
  assertAlmostEquals(tensors.get("code")!.data[0] / 0.4, result.latent.score, 1e-5);
  (result.frames as Asked[]).forEach(({ latentScore, imageScore }, i) => {
    assertAlmostEquals(tensors.get("codes")!.data[2 * i] / 0.4, latentScore, 1e-5);
    assertAlmostEquals(tensors.get("reencoded")!.data[2 * i] / 0.4, imageScore, 1e-5);
  });
});

Deno.test("neighbors are the real images nearest to what each frame shows, not to what it was asked for", async () => {
  const { result } = await world.run("counterfactualPath", {
    index: 1,
    scores: [-3, 3],
    neighbors: 4,
  });
  for (const { neighbors, imageScore } of result.frames as Asked[]) {
    assertEquals(neighbors!.length, 4);
    assert(
      neighbors!.every(({ distance }, i) => i === 0 || distance >= neighbors![i - 1].distance),
    );
    for (const { dataset, split, index, label } of neighbors!) {
      assertEquals([dataset, split, label], ["halves", "train", index % 3]);
    }
    const nearest = neighbors![0];
    assertEquals(nearest.label, imageScore < 0 ? 0 : 2);
  }
  // Where the pictures hardly change, they stay among images of their own grade, whatever was asked for.
  await using stiff = await lossyWorld((brightness) => 0.02 * brightness);
  const still = await stiff.run("counterfactualPath", { index: 1, scores: [-3, 3], neighbors: 1 });
  for (const { neighbors } of still.result.frames as Asked[]) {
    assertEquals(neighbors![0].label, 1);
  }
  const without = await world.run("counterfactualPath", { index: 1 });
  assert(without.result.frames.every((frame: Asked) => !("neighbors" in frame)));
});

Deno.test("within keeps neighbors to those of nearly the picture's grade", async () => {
  const options = { index: 1, scores: [-1, 1], neighbors: 20 };
  const near = await world.run("counterfactualPath", { ...options, within: 0.4 });
  for (const { neighbors, imageGrade } of near.result.frames) {
    assert(neighbors.length > 0 && neighbors.length < 20);
    for (const { grade } of neighbors) assert(Math.abs(grade - imageGrade) <= 0.4);
  }
  const any = await world.run("counterfactualPath", options);
  assert(any.result.frames.every(({ neighbors }: Asked) => neighbors!.length === 20));
});

Deno.test("an image is no neighbor of itself", async () => {
  const { result } = await world.run("counterfactualPath", {
    split: "train",
    index: 5,
    scores: [0],
    neighbors: 20,
  });
  const indices = result.frames[0].neighbors.map(({ index }: { index: number }) => index);
  assertEquals(new Set(indices).size, 20);
  const all = await world.run("nearestImages", { split: "train", index: 5, k: 100 });
  const others = all.result.neighbors.map(({ index }: { index: number }) => index);
  assertEquals(others.length, 39);
  assert(!others.includes(5) && !indices.includes(5));
});
