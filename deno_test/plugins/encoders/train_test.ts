/** Training: one seed gives one model, interrupted or not. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { FormatError, type Images, InputError, Random, rows } from "@countergrade/countergrade";
import { DaeEncoder, readModel, writeModel } from "../../../plugins/encoders/dae/model.ts";
import { trainDae } from "../../../plugins/encoders/dae/train.ts";
import { resumed } from "../../../plugins/encoders/dae/training_checkpoint.ts";
import { blocks, jobOf, OPTIONS } from "./toy_training.ts";

/** What a whole training gives; made once. */
let whole: ReturnType<typeof trainDae> | undefined;
const trained = () => whole ??= trainDae(blocks(), OPTIONS, jobOf({}).job);

/** The checkpoint of a training that was cut off after step 5; made once. */
let checkpoint: Promise<Uint8Array> | undefined;
const cutOff = () =>
  checkpoint ??= (async () => {
    const kept: { checkpoint?: Uint8Array } = {};
    await assertRejects(() => trainDae(blocks(), OPTIONS, jobOf(kept, 5).job), Error, "cut off");
    return kept.checkpoint!;
  })();

Deno.test("training twice with one seed gives the same file, with another seed another", async () => {
  const [a, b] = [await trained(), await trainDae(blocks(), OPTIONS, jobOf({}).job)];
  assertEquals(a.model, b.model);
  const other = jobOf({}).job;
  Object.assign(other, { random: new Random(6) });
  assertNotEquals((await trainDae(blocks(), OPTIONS, other)).model, a.model);
});

Deno.test("a training that was cut off and resumed ends with the same file and goes on where it stopped", async () => {
  const whole = await trained();
  const { job, events } = jobOf({ checkpoint: await cutOff() });
  const again = await trainDae(blocks(), OPTIONS, job);
  assertEquals(again.model, whole.model);
  const [first] = events;
  assert(
    first.type === "progress" && first.step === 5,
    "it resumes after the checkpoint of step 4",
  );
  assertEquals([whole.images, again.images], [24, 8]);
});

Deno.test("training tells loss, z use and sample pictures, and the loss falls", async () => {
  const { job, events } = jobOf({});
  await trainDae(blocks(), {
    ...OPTIONS,
    steps: 60,
    learningRate: 2e-3,
    warmUp: 5,
    inspectEvery: 30,
  }, job);
  const losses = events.flatMap((event) =>
    event.type === "progress" && event.metrics?.loss !== undefined ? [event.metrics.loss] : []
  );
  assertEquals(losses.length, 60);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  assert(
    mean(losses.slice(-10)) < 0.6 * mean(losses.slice(0, 5)),
    `losses ${losses.map((x) => x.toFixed(3))}`,
  );
  const inspected = events.filter((event) =>
    event.type === "progress" && event.metrics?.zUse600 !== undefined
  );
  const samples = events.flatMap((event) => event.type === "trainingSample" ? [event.label] : []);
  const labels = ["From z alone", "Originals and their reconstructions"];
  assertEquals([inspected.length, samples], [2, [...labels, ...labels]]);
});

Deno.test("training refuses too few images and images that do not fit the architecture", async () => {
  await assertRejects(
    () => trainDae(blocks(3), OPTIONS, jobOf({}).job),
    InputError,
    "at least 8 images",
  );
  const odd = { ...OPTIONS, config: { ...OPTIONS.config, multipliers: [1, 1, 1, 1] } };
  await assertRejects(() => trainDae(blocks(), odd, jobOf({}).job), InputError, "multipliers");
});

Deno.test("training starts anew, with a warning, when its checkpoint is of other images", async () => {
  const { job, events } = jobOf({ checkpoint: await cutOff() });
  await trainDae({ ...blocks(), fingerprint: "other" }, OPTIONS, job);
  const [warning, progress] = events;
  assert(warning.type === "warning" && warning.message.includes("has changed"));
  assert(progress.type === "progress" && progress.step === 1);
});

Deno.test("training starts anew, with a warning, when its checkpoint is damaged", async () => {
  const cut = await cutOff();
  for (const checkpoint of [new Uint8Array(20), cut.subarray(0, cut.length - 9)]) {
    const { job, events } = jobOf({ checkpoint });
    assertEquals(await resumed(blocks(), job), undefined);
    const [warning] = events;
    assert(warning.type === "warning" && warning.message.includes("the training starts anew"));
  }
  assertEquals((await resumed(blocks(), jobOf({ checkpoint: cut }).job))?.state.step, 4);
});

Deno.test("an encoder encodes, inverts and renders each row as if it were alone", async () => {
  const { model } = await trained();
  await using encoder = new DaeEncoder(readModel(model), 1);
  const { images } = await blocks().get("val", [0, 1, 2]);
  const close = (a: Images, b: Images) =>
    assert(a.data.every((value, i) => Math.abs(value - b.data[i]) < 1e-4), "rows differ");
  const codes = await encoder.encode(images);
  assertEquals(codes.shape, [3, 8]);
  const noise = await encoder.encodeStochastic(images, codes);
  const rendered = await encoder.render({ codes, noise });
  assertEquals(rendered.shape, images.shape);
  for (let i = 0; i < 3; i++) {
    const alone = rows(images, i, i + 1);
    const code = await encoder.encode(alone);
    close(code, rows(codes, i, i + 1));
    const own = await encoder.encodeStochastic(alone, code);
    close(await encoder.render({ codes: code, noise: own }), rows(rendered, i, i + 1));
  }
});

Deno.test("a model file keeps its configuration and weights, and f16 halves it", async () => {
  const { model } = await trained();
  const read = readModel(model);
  assertEquals(writeModel(read), model);
  const half = writeModel(read, "F16");
  assert(half.length < 0.6 * model.length);
  assertEquals(readModel(half).config, read.config);
});

Deno.test("a model file that is foreign, truncated or not finite is refused", async () => {
  const { model } = await trained();
  const read = readModel(model);
  const broken = new Map(read.weights);
  broken.set("out.2.bias", { shape: [16], data: new Float32Array(16).fill(NaN) });
  for (
    const bytes of [
      new Uint8Array(3),
      model.subarray(0, model.length - 5),
      writeModel({ ...read, weights: broken }),
      writeModel({ ...read, weights: new Map() }),
    ]
  ) {
    await assertRejects(() => Promise.resolve().then(() => readModel(bytes)), FormatError);
  }
});
