/** The task describeEncoder: presets, configurations in files and inline, and stored encoders. */

import {
  datasets,
  definePlugin,
  Host,
  InputError,
  NotFoundError,
  Random,
  tasks,
} from "@countergrade/countergrade";
import { z } from "zod";
import {
  daeParameters,
  initialParameters,
  parseDaeConfig,
  unflatten,
} from "@countergrade/countergrade/engine";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { daeEncoder } from "../../../plugins/encoders/dae/mod.ts";
import { measuredTime } from "../../../plugins/encoders/dae/measured_time.ts";
import { DaeTrainingSchema } from "../../../plugins/encoders/dae/options.ts";
import { writeModel } from "../../../plugins/encoders/dae/model.ts";
import { blocks, jobOf, OPTIONS } from "./toy_training.ts";

const small = {
  imageSize: 16,
  imageChannels: 1,
  channels: 32,
  multipliers: [1],
  encoderMultipliers: [1, 1],
  residualBlocks: 1,
  encoderResidualBlocks: 1,
  embedding: 8,
  codeSize: 4,
};

const narrow = { ...small, channels: 2, embedding: 2 };

interface Described {
  name: string;
  parameters: number;
  unet: { parameters: number };
  semanticEncoder: { parameters: number };
  trainingBytes: number;
  inferenceBytes: number;
  time?: { provider: string; secondsPerStep: number; steps: number; hours: number; epochs: number };
  config: Record<string, unknown>;
  layers: { name: string; output: string; parameters: number; flops: number }[];
}

/** 24 images of 16 × 16 pixels. */
const blocksOf24 = definePlugin({
  id: "@test/blocks",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "blocks",
      description: "Blocks",
      options: z.strictObject({}),
      discover: () => Promise.resolve([{ id: "blocks", title: "Blocks", options: {} }]),
      open: () => Promise.resolve(blocks()),
    }),
});

/** Describes with files in a data folder, as the server would. */
async function describe(options: object, files: Record<string, string> = {}): Promise<Described> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${root}/${name}`, text);
    }
    await using host = await Host.boot([daeEncoder, blocksOf24], { roots: [root], trusted: false });
    const task = host.member(tasks, "describeEncoder");
    const job = memoryJob(host);
    const config = parseDaeConfig(small);
    const specs = daeParameters(config);
    const weights = unflatten(initialParameters(specs, new Random(1)), specs);
    const file = writeModel({ config, weights, facts: {} });
    const { id } = await job.save("encoder", { "model.safetensors": file }, {}, []);
    const given = "stored" in options ? { encoder: id } : options;
    return await task.run(task.options(host).parse(given), job) as unknown as Described;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("describeEncoder: a preset, its layers and their sums", async () => {
  const { parameters, unet, semanticEncoder, layers, trainingBytes, inferenceBytes } =
    await describe({ preset: "spider64", batchSize: 8 });
  assertEquals(parameters, 90_835_777);
  assertEquals(parameters, unet.parameters + semanticEncoder.parameters);
  assertEquals(parameters, layers.reduce((sum, layer) => sum + layer.parameters, 0));
  assertEquals(layers[1], {
    name: "encoder.input_blocks.1",
    output: "64 × 64 × 64",
    parameters: 37_056,
    flops: layers[1].flops,
  });
  // One 3 × 3 convolution of 64 channels at 64 × 64, and a little.
  const flops = 2 * 64 * 64 * 9 * 64 * 64;
  assert(layers[1].flops > flops && layers[1].flops < 1.05 * flops);
  assert(trainingBytes > inferenceBytes && inferenceBytes > 4 * parameters);
  assert(trainingBytes < 24e9);
});

Deno.test("describeEncoder: the same configuration inline, in a file, and of a stored encoder", async () => {
  const inline = await describe({ config: small });
  const file = await describe({ file: "own.json" }, { "own.json": JSON.stringify(small) });
  const stored = await describe({ stored: true });
  assertEquals([inline.name, file.name], ["config", "own.json"]);
  assert(stored.name.startsWith("encoder-"));
  assertEquals({ ...file, name: "" }, { ...inline, name: "" });
  assertEquals({ ...stored, name: "" }, { ...inline, name: "" });
  const changed = await describe({ file: "own.json", config: { codeSize: 9 } }, {
    "own.json": JSON.stringify(small),
  });
  assertEquals(changed.config.codeSize, 9);
  assertEquals(changed.layers.find(({ name }) => name === "encoder.out")!.output, "9");
});

Deno.test("describeEncoder: with a data set, how long a training takes on this machine", async () => {
  const asked = { config: narrow, dataset: "blocks", batchSize: 4, threads: 1 };
  const { time, ...told } = await describe({ ...asked, steps: 1200 });
  assertEquals([time!.provider, time!.steps, time!.epochs], ["cpu", 1200, 200]);
  assert(time!.secondsPerStep > 0 && time!.secondsPerStep < 10);
  assertEquals(time!.hours, 1200 * time!.secondsPerStep / 3600);
  assertEquals((await describe(asked)).time!.steps, 4000, "as a training by default");
  const without = await describe({ config: narrow, batchSize: 4 });
  assertEquals(without, { ...told, name: "config" }, "the rest is the same");

  const preset = await describe({
    ...{ preset: "tiny64", dataset: "blocks", config: { ...OPTIONS.config, channels: 2 } },
    ...{ batchSize: 4, threads: 1 },
  });
  assertEquals(preset.config.imageSize, 16, "a preset takes the size of the images");
});

Deno.test("describeEncoder: the time is the median of the steps after the first, and ends where they are slow", async () => {
  const { job } = jobOf({});
  const config = parseDaeConfig(narrow);
  const timed = (clock: () => number) => measuredTime(blocks(), config, OPTIONS, job, clock);
  const marks = [0, 9e3, 10e3, 13e3, 15e3, 19e3, 20e3];
  assertEquals((await timed(() => marks.shift()!)).secondsPerStep, 2);
  let now = 0;
  assertEquals((await timed(() => now += 30e3)).secondsPerStep, 30);
});

Deno.test("describeEncoder: batches in parts and views of the encoder are timed as they are trained", async () => {
  const { job } = jobOf({});
  const config = parseDaeConfig(narrow);
  for (const more of [{ accumulate: 2 }, { vicreg: { weight: 1, augment: { rotate: 5 } } }]) {
    const options = DaeTrainingSchema.parse({ ...OPTIONS, batchSize: 2, ...more });
    const { secondsPerStep } = await measuredTime(blocks(), config, options, job);
    assert(secondsPerStep > 0);
  }
});

Deno.test("describeEncoder: what is wrong is said", async (t) => {
  const cases: [string, object, string][] = [
    ["nothing named", {}, "expected one of preset, encoder and file"],
    ["two named", { preset: "tiny64", file: "own.json" }, "expected one of"],
    ["field", { preset: "tiny64", config: { heads: 3 } }, "heads: expected a divisor"],
    ["unknown field", { preset: "tiny64", config: { color: 1 } }, "color"],
    ["not JSON", { file: "broken.json" }, "it is not JSON"],
    ["a list", { file: "list.json" }, "expected a JSON object"],
    ["too long", { file: "long.json" }, "at most 100000 bytes"],
    ["incomplete", { file: "part.json" }, "channels"],
    ["outside", { file: "../own.json" }, "inside a data folder"],
    [
      "another size",
      { file: "own.json", config: { imageSize: 32 }, dataset: "blocks" },
      "of 1 × 32 × 32",
    ],
    ["too few images", { config: small, dataset: "blocks", batchSize: 25 }, "at least 25 images"],
  ];
  const files = {
    "own.json": JSON.stringify(small),
    "broken.json": "{",
    "list.json": "[1]",
    "long.json": " ".repeat(100_001),
    "part.json": '{"imageSize": 16}',
  };
  for (const [name, options, message] of cases) {
    await t.step(name, async () => {
      await assertRejects(() => describe(options, files), InputError, message);
    });
  }
  await assertRejects(() => describe({ file: "none.json" }), NotFoundError);
  await assertRejects(() => describe({ encoder: "encoder-0" }), NotFoundError);
  await assertRejects(() => describe({ config: small, dataset: "none" }), NotFoundError, "blocks");
});
