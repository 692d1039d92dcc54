/** The task `counterfactualPath` in a world whose pictures fall short, with open and with closed loop. */

import {
  definePlugin,
  type EditorPlugin,
  editors,
  InputError,
  tasks,
} from "@countergrade/countergrade";
import { register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { patternEditor } from "../../../plugins/editors/pattern.ts";
import { lossyWorld } from "./lossy_world.ts";

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
      }),
  });
  await using shy = await lossyWorld((brightness) => 0.5 * brightness, [timid]);
  const { result, job } = await shy.run("counterfactualPath", {
    index: 1,
    editor: { timid: {} },
    closeLoop: {},
  });
  assertEquals(result.frames.map(({ attempts }: Told) => attempts), [1, 1, 1]);
  assertEquals(result.warnings, ["The closed loop ended early. Too far"]);
  assertEquals(job.events.at(-1), { type: "warning", message: result.warnings[0] });
});

Deno.test("options out of range are refused", async () => {
  for (const closeLoop of [{ iterations: 0 }, { iterations: 11 }, { tolerance: -1 }, { odd: 1 }]) {
    await assertRejects(() => world.run("counterfactualPath", { closeLoop }), z.ZodError);
  }
});
