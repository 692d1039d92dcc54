/** Holding attributes and what lies outside of a region, in a world whose left half is the grade and whose right half is free. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Dataset, datasets, InputError, tensor } from "@countergrade/countergrade";
import type { SeenChange } from "../../../../plugins/tasks/paths/seen_change.ts";
import { halvesDataset, lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => brightness);

interface Frame {
  readonly imageScore: number;
  readonly targetScore: number;
  readonly seen?: SeenChange;
}

async function framesOf(options: Record<string, unknown>): Promise<readonly Frame[]> {
  const path = { index: 1, scores: [-1, 0, 1], ...options };
  return (await world.run("counterfactualPath", path)).result.frames;
}

/** The change of a held attribute that was measured in a frame, in standard deviations. */
const changeOf = ({ seen }: Frame, name: string) =>
  Math.abs(seen!.held.find((one) => one.name === name)!.change!);

Deno.test("without a region of the data set and without a word nothing is held", async () => {
  for (const { seen } of await framesOf({})) assertEquals(seen, undefined);
});

Deno.test("brightness that is held does not move in the pixels, while the score arrives", async () => {
  for (const frame of await framesOf({ hold: ["brightness"] })) {
    assertAlmostEquals(frame.imageScore, frame.targetScore, 1e-3);
    assert(changeOf(frame, "brightness") < 0.02, `${changeOf(frame, "brightness")} σ`);
  }
});

Deno.test("what the data set measures can be held; where it can not be measured that is said", async () => {
  // The world measures its contrast where the right half is dark, and nowhere else.
  const changes = [];
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const frames = await framesOf({ index, hold: ["contrast"] });
    changes.push(...frames.map(({ seen }) => seen!.held[0].change));
  }
  assert(changes.includes(null));
  const told = changes.filter((change) => change !== null);
  assert(told.length > 3 && told.every((change) => Math.abs(change) < 0.15), told.join(", "));
});

Deno.test("outside of a region nothing changes where nothing needs to; the score arrives all the same", async () => {
  const left = { rectangle: [0, 0, 0.5, 1] };
  const outside = async (options: Record<string, unknown>) =>
    Math.max(...(await framesOf(options)).map(({ seen }) => seen!.outsideChange!));
  assert(await outside(left) < 0.002);
  assert(await outside({ rectangle: [0.5, 0, 0.5, 1] }) > 0.2, "the left half has to move");
  for (const frame of await framesOf(left)) {
    assertAlmostEquals(frame.imageScore, frame.targetScore, 1e-3);
  }
});

Deno.test("a proposed region is where real images of the end grades differ", async () => {
  const frames = await framesOf({ region: "proposed" });
  for (const { seen } of frames) assert(seen!.outsideChange! < 0.1, `${seen!.outsideChange}`);
  const free = await framesOf({ rectangle: [0.5, 0, 0.5, 1], holdStrength: 0 });
  assert(free.some(({ seen }) => seen!.outsideChange! > 0.2), "the left half moves");
});

Deno.test("how much of the real difference arrived is told: all of it where the image has the other grade", async () => {
  const options = { index: 0, scores: undefined, targets: [0, 2], rectangle: [0, 0, 0.5, 1] };
  const path = { ...options, calibration: "typical", stepFactor: 1 };
  const { result } = await world.run("counterfactualPath", path);
  const [own, other] = result.frames as Frame[];
  assertEquals(own.seen!.arrived, undefined, "there is no difference to the own grade");
  assertAlmostEquals(other.seen!.arrived!, 1, 0.15);
  assert(other.seen!.likeness! > 0.9, `${other.seen!.likeness}`);
});

Deno.test("with a region held a step is as long as makes the change in the pixels the real one, unless options say it", async () => {
  const left = { rectangle: [0, 0, 0.5, 1] };
  const factorIn = async (run: typeof world.run, options: Record<string, unknown>) => {
    const path = { index: 1, targets: [1], ...options };
    const { result, job } = await run("counterfactualPath", path);
    const content = await job.read(await job.load("path", result.path), "path.json");
    return JSON.parse(new TextDecoder().decode(content)).stepFactor;
  };
  assertEquals(await factorIn(world.run, {}), 1);
  assertEquals(await factorIn(world.run, { ...left, stepFactor: 1.3 }), 1.3);
  assertAlmostEquals(await factorIn(world.run, left), 1, 0.1);
  // Here an edit of the code shows half of itself, though codes and pixels of images go together as ever.
  await using half = await lossyWorld((brightness) => brightness / 2);
  assertAlmostEquals(await factorIn(half.run, left), 2, 0.2);
  await using faint = await lossyWorld((brightness) => brightness / 9);
  assertEquals(await factorIn(faint.run, left), 2.5, "no farther than this");
  // Stripes that no edit brings make mild images differ more than the step to them does: a longer one comes nearer to all grades.
  const get: Dataset["get"] = async (split, indices) => {
    const batch = await halvesDataset.get(split, indices);
    const { shape, data } = batch.images;
    const stripe = (k: number) => batch.labels[Math.floor(k / 256)] === 1 && k % 16 < 8 ? 0.5 : 0;
    const striped = data.map((value, k) => value + (k % 2 ? 1 : -1) * stripe(k));
    return { ...batch, images: tensor(shape, striped) };
  };
  await using mild = await lossyWorld((brightness) => brightness, [], { get });
  assertAlmostEquals(await factorIn(mild.run, left), 1.3, 0.1);
  const names = ["none", "some"];
  await using other = await lossyWorld((b) => b / 2, [], { scale: { type: "ordinal", names } });
  assertEquals(await factorIn(other.run, left), 1, "the images have other grades than the probe");
});

Deno.test("what is edited cannot be held; names, regions and pictures that make no sense are refused", async () => {
  for (
    const [options, words] of [
      [{ hold: ["leftHalf"] }, "the same thing"],
      [{ hold: ["smile"] }, "expected one of brightness"],
      [{ hold: ["probe-0"] }, "probe-0"],
      [{ rectangle: [0.5, 0.5, 0, 0] }, "expected pixels inside"],
      [{ rectangle: [0, 0, 1, 1], region: "proposed" }, "expected one of rectangle"],
    ] as const
  ) {
    await assertRejects(() => framesOf(options), Error, words);
  }
  await assertRejects(() => framesOf({ hold: ["smile"] }), InputError);
});

Deno.test("an attribute that is not learned with the others is learned when it is held", async () => {
  const path = { index: 1, scores: [-1, 1], hold: ["border"] };
  const { result } = await world.run("counterfactualPath", path);
  for (const { seen } of result.frames as Frame[]) assertEquals(seen!.held[0].name, "border");
  // No half of the picture is a border: the code knows nothing of it, and that is said.
  assert(result.warnings.some((words: string) => words.includes("% of border")), result.warnings);
});

/** Images whose other half goes along with the grade, unless it is held. */
const along: Dataset["get"] = async (split, indices) => {
  const batch = await halvesDataset.get(split, indices);
  const { shape, data } = batch.images;
  const more = (k: number) => k % 16 < 8 ? 0 : 0.3 * (batch.labels[Math.floor(k / 256)] - 1);
  return { ...batch, images: tensor(shape, data.map((value, k) => value + more(k))) };
};

Deno.test("the data set's own region is held as strongly as each path asks for", async () => {
  const region = { x: 0, y: 0, width: 0.5, height: 1 };
  await using own = await lossyWorld((brightness) => brightness, [], { get: along, region });
  const outside = async (options: Record<string, unknown>) => {
    const path = { index: 0, scores: [-1, 0, 1], ...options };
    const frames = (await own.run("counterfactualPath", path)).result.frames as Frame[];
    return Math.max(...frames.map(({ seen }) => seen!.outsideChange!));
  };
  const [held, free, again] = [
    await outside({}),
    await outside({ holdStrength: 0 }),
    await outside({}),
  ];
  assert(held < 0.1 && free > 0.2, `${held}, ${free}`);
  assertEquals(again, held);
  // What was prepared for a data set is not that of another.
  const { datasetContext } = own.host;
  const dataset = await own.host.member(datasets, "halves").open("halves", {}, datasetContext);
  Object.assign(dataset, { fingerprint: "halves-2", region: { ...region, x: 0.5 } });
  assert(await outside({}) > 0.2, "the left half has to move");
  Object.assign(dataset, { fingerprint: halvesDataset.fingerprint, region });
  const changes = await own.run("counterfactualPath", {
    index: 0,
    scores: [1],
    hold: ["brightness"],
  });
  assertEquals(changes.result.frames[0].seen.held.length, 1);
});

Deno.test("where the encoder saw an image mirrored, regions, attributes and real differences are those of its own side", async () => {
  await using sided = await lossyWorld((brightness) => brightness, [], { get: along }, true);
  const framesOf = async (index: number, options: Record<string, unknown>) => {
    const path = { index, scores: [-1, 0, 1], ...options };
    return (await sided.run("counterfactualPath", path)).result.frames as Frame[];
  };
  const [left, right] = [0, 0.5].map((x) => ({ rectangle: [x, 0, 0.5, 1] }));
  // The grade is the left half of image 0 and the right half of image 1.
  for (const [index, own, other] of [[0, left, right], [1, right, left]] as const) {
    const outside = async (options: object) =>
      Math.max(...(await framesOf(index, { ...options })).map(({ seen }) => seen!.outsideChange!));
    assert(await outside(own) < 0.05, `${index}: ${await outside(own)}`);
    assert(await outside({ ...own, holdStrength: 0 }) > 0.1, "it goes along");
    assert(await outside(other) > 0.2, `${index}`);
    const path = { scores: undefined, targets: [2], calibration: "typical", stepFactor: 1 };
    const [{ seen }] = await framesOf(index, { ...path, ...own });
    assert(seen!.likeness! > 0.9, `${index}: ${seen!.likeness}`);
  }
  // The left half of a mirrored image is not its grade.
  for (const { seen } of await framesOf(1, { hold: ["leftHalf"] })) {
    assert(Math.abs(seen!.held[0].change!) < 0.05);
  }
  await assertRejects(() => framesOf(0, { hold: ["leftHalf"] }), Error, "the same thing");
  // A proposed region lies on both sides, so that it suits either image.
  const [ahead, back] = await Promise.all([0, 3].map(async (index) => {
    const { seen } = (await framesOf(index, { region: "proposed" })).at(-1)!;
    return seen!.outsideChange!;
  }));
  assertAlmostEquals(ahead, back, 0.1);
});
