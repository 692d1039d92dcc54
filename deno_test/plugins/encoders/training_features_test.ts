/** Augmentation, dropout, accumulation, validation and early stop in a training. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Dataset, InputError, type JobEventBody, Random } from "@countergrade/countergrade";
import { linearSchedule, parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { decode } from "../../../core/formats/png/png.ts";
import {
  type DaeTrainingOptions,
  DaeTrainingSchema,
} from "../../../plugins/encoders/dae/options.ts";
import { readModel } from "../../../plugins/encoders/dae/model.ts";
import { trainDae } from "../../../plugins/encoders/dae/train.ts";
import { bestAfter } from "../../../plugins/encoders/dae/early_stop.ts";
import { trainingBatch } from "../../../plugins/encoders/dae/training_batch.ts";
import { blocks, jobOf, OPTIONS } from "./toy_training.ts";

const AUGMENT = { rotate: 10, flipHorizontal: true, zoom: 0.1, distort: 0.2, brightness: 0.1 };
const options = (given: object): DaeTrainingOptions =>
  DaeTrainingSchema.parse({ ...OPTIONS, ...given });
const EVERYTHING = options({
  augment: AUGMENT,
  encoderAugment: AUGMENT,
  vicreg: { weight: 0.1, augment: AUGMENT },
  accumulate: 2,
  earlyStop: { patience: 5 },
  config: { ...OPTIONS.config, dropout: 0.2 },
  inspectEvery: 1,
});

const figures = (events: readonly JobEventBody[], name: string): number[] =>
  events.flatMap((event) =>
    event.type === "progress" && event.metrics && name in event.metrics ? [event.metrics[name]] : []
  );

Deno.test("with dropout, augmentation, views, accumulation and early stop a resumed training ends with the same file", async () => {
  const whole = await trainDae(blocks(), EVERYTHING, jobOf({}).job);
  const kept: { checkpoint?: Uint8Array } = {};
  await assertRejects(() => trainDae(blocks(), EVERYTHING, jobOf(kept, 5).job), Error, "cut off");
  const { tensors, metadata } = readSafetensors(kept.checkpoint!);
  assert(tensors.has("best") && JSON.parse(metadata.best).step <= 4);
  const resumed = await trainDae(blocks(), EVERYTHING, jobOf(kept).job);
  assertEquals(resumed.model, whole.model);
  assertEquals([whole.images, resumed.images], [6 * 8, 2 * 8]);
});

Deno.test("dropout and augmentation change what is learned, and nothing once they are at zero", async () => {
  const short = { steps: 3, inspectEvery: 3 };
  const modelOf = async (given: object) =>
    (await trainDae(blocks(), options({ ...short, ...given }), jobOf({}).job)).model;
  const plain = await modelOf({});
  assertEquals(await modelOf({ augment: {} }), plain);
  assertNotEquals(await modelOf({ augment: AUGMENT }), plain);
  const dropped = await modelOf({ config: { ...OPTIONS.config, dropout: 0.3 } });
  assertNotEquals(readModel(dropped).weights, readModel(plain).weights);
  assertEquals(readModel(dropped).config.dropout, 0.3);
});

Deno.test("what the encoder sees is varied apart from what is denoised, and views apart from both", async () => {
  const config = parseDaeConfig({ ...PRESETS.tiny64, ...OPTIONS.config, imageSize: 16 });
  const batch = (given: object) =>
    trainingBatch(blocks(), config, options(given), linearSchedule(), new Random(1), 3);
  const plain = await batch({});
  assertEquals(Object.keys(plain), ["images", "noise", "times"]);
  const { seen, view, ...rest } = await batch({
    encoderAugment: AUGMENT,
    vicreg: { weight: 1, augment: AUGMENT },
  });
  assertEquals(rest, plain);
  assertNotEquals(seen, plain.images);
  assertNotEquals(view, plain.images);
  assertNotEquals(view, seen);
  assertEquals((await batch({ encoderAugment: {} })).seen, plain.images);
});

Deno.test("views change what is learned; their loss on held-out images is that of denoising alone", async () => {
  const trained = async (given: object) => {
    const { job, events } = jobOf({});
    const { model } = await trainDae(blocks(), options({ steps: 2, ...given }), job);
    return { weights: readModel(model).weights, validation: figures(events, "validationLoss")[0] };
  };
  const plain = await trained({});
  const seen = await trained({ encoderAugment: AUGMENT });
  assertNotEquals(seen.weights, plain.weights);
  const vicreg = await trained({ vicreg: { weight: 10, augment: AUGMENT } });
  assertNotEquals(vicreg.weights, plain.weights);
  assert(vicreg.validation < 2 * plain.validation, `${vicreg.validation}`);
});

Deno.test("each step has dropout masks of its own", async () => {
  const seeds: string[] = [];
  class Watched extends Random {
    override fork(...label: (string | number)[]): Random {
      const stream = new Watched(`${this.seed}/${label.join("/")}`);
      if (label[0] === "dropout" && label[1] === 0) seeds.push(stream.seed);
      return stream;
    }
  }
  const { job } = jobOf({});
  Object.assign(job, { random: new Watched(5) });
  const dropped = options({ steps: 2, config: { ...OPTIONS.config, dropout: 0.3 } });
  await trainDae(blocks(), dropped, job);
  assertEquals(seeds, ["5/step/0/dropout/0", "5/step/1/dropout/0"]);
});

Deno.test("a batch depends on seed and step alone; flip mirrors half of it as ever", async () => {
  const config = parseDaeConfig({ ...PRESETS.tiny64, ...OPTIONS.config, imageSize: 16 });
  const schedule = linearSchedule();
  const batch = (given: object, step = 3) =>
    trainingBatch(blocks(), config, options(given), schedule, new Random(1), step);
  assertEquals(await batch({ augment: AUGMENT }), await batch({ augment: AUGMENT }));
  const plain = await batch({});
  assertNotEquals((await batch({}, 4)).noise, plain.noise);
  const augmented = await batch({ augment: AUGMENT });
  assertEquals([augmented.noise, augmented.times], [plain.noise, plain.times]);
  assertNotEquals(augmented.images, plain.images);
  const twice = await batch({ batchSize: 2, accumulate: 2 });
  assertEquals(twice, plain);
  const flipped = await batch({ flip: true, batchSize: 16 });
  const straight = await batch({ batchSize: 16 });
  const mirrored = Array.from({ length: 16 }, (_, i) => {
    const of = (data: Float32Array) => [...data.subarray(i * 256, (i + 1) * 256)];
    const [a, b] = [of(flipped.images.data), of(straight.images.data)];
    const turned = b.map((_, p) => b[p - p % 16 + 15 - p % 16]);
    assert(String(a) === String(b) || String(a) === String(turned));
    return String(a) === String(turned) && String(a) !== String(b);
  }).filter(Boolean).length;
  assert(mirrored > 2 && mirrored < 14, `${mirrored} of 16`);
});

Deno.test("times are drawn as often as their power, whole numbers below all of them", async () => {
  const config = parseDaeConfig({ ...PRESETS.tiny64, ...OPTIONS.config, imageSize: 16 });
  const timesOf = async (timeBias?: number) => {
    const steps = Array.from({ length: 60 }, (_, step) =>
      trainingBatch(
        blocks(),
        config,
        options({ batchSize: 16, ...timeBias !== undefined && { timeBias } }),
        linearSchedule(1000),
        new Random(1),
        step,
      ));
    return (await Promise.all(steps)).flatMap(({ times }) => [...times.data]);
  };
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  // The mean of a density ∝ (t/T)^b is T (1 + b)/(2 + b), its standard deviation at most 289; 960 are drawn.
  for (const [bias, expected] of [[undefined, 500], [0, 500], [1, 667], [3, 800], [-0.5, 333]]) {
    const times = await timesOf(bias);
    assert(Math.abs(mean(times) - expected!) < 35, `${bias}: ${mean(times)}`);
    assert(times.every((t) => Number.isInteger(t) && t >= 0 && t < 1000));
  }
});

Deno.test("an accumulated training follows the one on whole batches", async () => {
  const losses = async (given: object) => {
    const { job, events } = jobOf({});
    await trainDae(blocks(), options({ steps: 5, inspectEvery: 5, ...given }), job);
    return figures(events, "loss");
  };
  const whole = await losses({ batchSize: 4, encoderAugment: AUGMENT });
  const parts = await losses({ batchSize: 2, accumulate: 2, encoderAugment: AUGMENT });
  assertEquals(parts.length, 5);
  parts.forEach((loss, i) =>
    assert(Math.abs(loss / whole[i] - 1) < 1e-4, `step ${i + 1}: ${loss}`)
  );
});

Deno.test("the validation loss comes with each inspection, falls, and needs held-out images", async () => {
  const { job, events } = jobOf({});
  const given = options({
    steps: 60,
    learningRate: 2e-3,
    warmUp: 5,
    inspectEvery: 20,
  });
  await trainDae(blocks(), given, job);
  const losses = figures(events, "validationLoss");
  assertEquals(losses.length, 3);
  assert(losses[2] < 0.95 * losses[0], `losses ${losses}`);
  const alone: Dataset = { ...blocks(), splits: { train: 24 } };
  const other = jobOf({});
  await trainDae(alone, options({ steps: 2 }), other.job);
  assertEquals(figures(other.events, "validationLoss"), []);
  assertEquals(figures(other.events, "zUse600").length, 1);
  const refused = await assertRejects(
    () => trainDae(alone, options({ earlyStop: { patience: 1 } }), jobOf({}).job),
    InputError,
    '"val"',
  );
  assertEquals(refused.path, ["encoder", "dae", "earlyStop"]);
});

Deno.test("a training that gets no better stops early, says so, and gives the best weights", async () => {
  // The weights jump at this rate: at the second inspection the loss is twice that of the first, on any processor.
  const wild = {
    steps: 40,
    learningRate: 0.3,
    warmUp: 0,
    emaDecay: 0,
    inspectEvery: 2,
    checkpointEvery: 1000,
  };
  const { job, events } = jobOf({});
  const stopped = await trainDae(blocks(), options({ ...wild, earlyStop: { patience: 1 } }), job);
  const losses = figures(events, "validationLoss");
  const best = losses.indexOf(Math.min(...losses));
  assertEquals([losses.length, best], [2, 0]);
  assertEquals(stopped.steps, 2 * losses.length);
  assert(stopped.steps < 40);
  const [warning] = events.filter((event) => event.type === "warning");
  assert(warning.type === "warning");
  assert(warning.message.includes(`after step ${stopped.steps}`), warning.message);
  assert(warning.message.includes(`since step ${2 * (best + 1)}`), warning.message);
  const model = readModel(stopped.model);
  assertEquals(model.facts.trainingSteps, String(2 * (best + 1)));
  const until = { ...wild, stopAfter: 2 * (best + 1) };
  const there = await trainDae(blocks(), options(until), jobOf({}).job);
  assertEquals(readModel(there.model).weights, model.weights);
});

Deno.test("a tie and a loss that is no number are no improvement", () => {
  const state = (step: number) => ({ step, ema: { shape: [1], data: Float32Array.of(step) } });
  const first = bestAfter(undefined, state(1), 0.5);
  assertEquals([first.step, first.since], [1, 0]);
  const tie = bestAfter(first, state(2), 0.5);
  assertEquals([tie.step, tie.since], [1, 1]);
  const broken = bestAfter(tie, state(3), NaN);
  assertEquals([broken.step, broken.since], [1, 2]);
  const better = bestAfter(broken, state(4), 0.4);
  assertEquals([better.step, better.since, better.weights.data[0]], [4, 0, 4]);
});

Deno.test("the pictures are the originals above their reconstructions, and what z alone shows", async () => {
  const pictures: Uint8Array[] = [];
  const { job } = jobOf({});
  Object.assign(job, {
    saveBlob(bytes: Uint8Array) {
      pictures.push(bytes);
      return Promise.resolve("picture.png");
    },
  });
  await trainDae(blocks(), options({ steps: 1 }), job);
  const [alone, pairs] = pictures.map((bytes) => decode(bytes));
  assertEquals([alone.width, alone.height], [8 * 16 + 7 * 2, 16]);
  assertEquals([pairs.width, pairs.height], [8 * 16 + 7 * 2, 16 + 2 + 16]);
  // Even an untrained model goes from image to noise and back: the lower row repeats the upper one.
  let difference = 0;
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < pairs.width; x++) {
      const [above, below] = [y, y + 18].map((row) => pairs.image[row * pairs.width + x]);
      difference += Math.abs(above - below) / (16 * pairs.width);
    }
  }
  assert(difference > 0 && difference < 40, `mean difference ${difference} of 255`);
  const tones = new Set(pairs.image.subarray(0, 16 * pairs.width));
  assertEquals(tones.size, 3, "originals have two tones, and there are white gaps");
  assertEquals(new Set(pairs.image.subarray(16 * pairs.width, 18 * pairs.width)), new Set([255]));
});

Deno.test("an option that is left out adds nothing to a job's key, beyond those of the first release", () => {
  assertEquals(Object.keys(DaeTrainingSchema.parse({})).toSorted(), [
    ...["batchSize", "checkpointEvery", "decay", "emaDecay", "flip", "inspectEvery"],
    ...["learningRate", "maxGradientNorm", "preset", "steps", "storage", "threads", "warmUp"],
    "weightDecay",
  ]);
  const { augment } = DaeTrainingSchema.parse({ augment: {} });
  assert(!("shift" in augment!));
});

Deno.test("wrong options are refused with their path", async () => {
  const parsed = (given: object) =>
    DaeTrainingSchema.safeParse(given).error?.issues[0].path.join(".");
  assertEquals(parsed({ augment: { rotate: 200 } }), "augment.rotate");
  assertEquals(parsed({ encoderAugment: { zoom: -1 } }), "encoderAugment.zoom");
  assertEquals(parsed({ vicreg: { augment: {} } }), "vicreg.weight");
  assertEquals(parsed({ vicreg: { weight: 0, augment: {} } }), "vicreg.weight");
  assertEquals(parsed({ vicreg: { weight: 1 } }), "vicreg.augment");
  assertEquals(parsed({ augment: { shift: 1 } }), "augment.shift");
  assertEquals(parsed({ accumulate: 0 }), "accumulate");
  assertEquals(parsed({ earlyStop: { patience: 0 } }), "earlyStop.patience");
  const refused = async (given: object, ...path: string[]) => {
    const run = () => trainDae(blocks(), options(given), jobOf({}).job);
    assertEquals((await assertRejects(run, InputError)).path, ["encoder", "dae", ...path]);
  };
  await refused({ config: { dropout: 1 } }, "config", "dropout");
  await refused({ config: { imageSize: 32 } }, "config", "imageSize");
  await refused({ config: { color: "red" } }, "config");
  const many = () => trainDae(blocks(), options({ batchSize: 16, accumulate: 2 }), jobOf({}).job);
  await assertRejects(many, InputError, "at least 32 images");
});
