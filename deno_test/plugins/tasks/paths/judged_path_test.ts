/** Paths with a judge: what it says about every frame, and frames that go on until it says what was asked for. */

import { InputError } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

import plugin, { brightness } from "../../../toy_judge.ts";
import { halvesDataset, lossyWorld } from "../lossy_world.ts";

/** The renderer shows less of an edit the farther it goes. */
const world = await lossyWorld((z) => 0.5 * Math.tanh(z), [plugin]);
const yesNo = { brightness: { classes: 2, sharpness: 20 } };
const three = { brightness: { classes: 3, sharpness: 30, middle: -0.1 } };
const path = async (options: Record<string, unknown>, index = 0) =>
  (await world.run("counterfactualPath", { index, ...options })).result;

/** What the toy judge with two classes says. */
const said = (x: number) => 1 / (1 + Math.exp(-20 * x));

Deno.test("a witness tells of the image, the reconstruction and every frame what it sees, and changes nothing", async () => {
  const { judge, frames, ...rest } = await path({ judge: yesNo });
  const { judge: none, frames: plain, ...others } = await path({});
  assertEquals(none, undefined);
  assertEquals(
    frames.map(({ judge: _, ...frame }: { judge: unknown }) => frame),
    plain,
  );
  assertEquals({ ...rest, path: "" }, { ...others, path: "" });
  const { images } = await halvesDataset.get("val", [0]);
  assertEquals(judge.name, "brightness");
  assertAlmostEquals(judge.original.probability, said(brightness(images)[0]), 1e-12);
  const told = frames.map((frame: { judge: { probability: number } }) => frame.judge.probability);
  assert(told[0] < told[1] && told[1] < told[2], `${told}`);
});

Deno.test("until a yes or no changes sides: just across, and the side it is on already stays", async () => {
  for (const index of [0, 1, 2]) {
    const { judge, frames } = await path({
      judge: yesNo,
      targets: [0, 2],
      closeLoop: { by: "judge", iterations: 8 },
    }, index);
    const [no, yes] = frames.map((frame: { judge: { probability: number } }) =>
      frame.judge.probability
    );
    const before = judge.reconstruction.probability;
    assertEquals(frames.map(({ met }: { met: boolean }) => met), [true, true]);
    assert(no < 0.5 && (before < 0.5 || no >= 0.25), `${before} → ${no}`);
    assert(yes > 0.5 && (before > 0.5 || yes <= 0.75), `${before} → ${yes}`);
  }
});

Deno.test("grades are met in the judge's own words, where the open loop misses them", async () => {
  const open = await path({ judge: three, targets: [1] });
  const grade = ({ frames }: { frames: { judge: { grade: number } }[] }) => frames[0].judge.grade;
  assert(Math.abs(grade(open) - 1) > 0.04, `${grade(open)}`);
  const closed = await path({
    judge: three,
    targets: [1],
    closeLoop: { by: "judge", iterations: 8, tolerance: 0.02 },
  });
  assert(Math.abs(grade(closed) - 1) <= 0.02, `${grade(closed)}`);
  assert(closed.frames[0].met && closed.frames[0].attempts > 1);
});

Deno.test("a judge that sees no difference is told of, and the loop ends", async () => {
  const blind = { brightness: { classes: 2, sharpness: 0, middle: 0 } };
  const { frames, warnings } = await path({
    judge: blind,
    targets: [0, 2],
    closeLoop: { by: "judge", iterations: 4 },
  });
  assertEquals(frames.map(({ met }: { met: boolean }) => met), [false, false]);
  assert(
    warnings.includes("The judge does not see what was asked for: grade 0, grade 2"),
    `${warnings}`,
  );
});

Deno.test("a judge that hardly sees a difference is led a fifth of what lies between typical end grades at least", async () => {
  const options = {
    judge: { brightness: { classes: 3, sharpness: 1e-3 } },
    calibration: "typical",
  };
  const score = async (more: Record<string, unknown>) =>
    (await path({ ...options, ...more }, 2)).frames.at(-1).latentScore;
  const [low, high] = [await score({ targets: [0] }), await score({ targets: [2] })];
  const led = await score({ targets: [2], closeLoop: { by: "judge", iterations: 1 } });
  assertAlmostEquals(led - high, (high - low) / 5, 1e-3);
});

Deno.test("a loop by a judge needs one, and asks for what it has words for", async () => {
  const by = { closeLoop: { by: "judge" } };
  await assertRejects(() => path(by), InputError, "expected a judge beside it");
  await assertRejects(
    () => path({ ...by, judge: yesNo, scores: [1] }),
    InputError,
    "has no scores",
  );
  await assertRejects(
    () => path({ judge: { brightness: { classes: 5 } } }),
    InputError,
    "expected 3 classes (none, mild, severe), or 2, it tells 5 classes",
  );
});
