/** What is taken from a foreign checkpoint, what is refused, and the way back to PyTorch. */

import {
  bytesSource,
  type ConvertHints,
  FormatError,
  Host,
  InputError,
  sizeOf,
  tasks,
  type Tensor,
} from "@countergrade/countergrade";
import { type DaeConfig, daeParameters, parseDaeConfig } from "@countergrade/countergrade/engine";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkpointConfig } from "../../../plugins/encoders/dae/checkpoint_config.ts";
import { convertDae, openForeignModel } from "../../../plugins/encoders/dae/convert.ts";
import { readHyperParameters } from "../../../plugins/encoders/dae/hyper_parameters.ts";
import { daeEncoder } from "../../../plugins/encoders/dae/mod.ts";
import { readModel, writeModel } from "../../../plugins/encoders/dae/model.ts";
import { counting } from "../../core/counting_source.ts";

const base = { imageSize: 32, imageChannels: 1, channels: 32, embedding: 8, codeSize: 6 };
const plain = {
  ...base,
  multipliers: [1, 1],
  encoderMultipliers: [1, 1],
  residualBlocks: 1,
  encoderResidualBlocks: 1,
  imageRange: [0, 1],
};

/** Weights of a configuration; their values tell where they came from. */
function weightsOf(config: DaeConfig, prefix = "", value = 0.5): [string, Tensor][] {
  return daeParameters(config).map(({ name, shape }) => [
    prefix + name,
    { shape, data: new Float32Array(sizeOf(shape)).fill(value) },
  ]);
}

/** A safetensors file of these weights, without a configuration. */
function file(changes: object = {}, ...more: [string, Tensor][]): Uint8Array {
  return writeSafetensors([...weightsOf(parseDaeConfig({ ...plain, ...changes })), ...more]);
}

function open(bytes: Uint8Array, hints?: ConvertHints) {
  return openForeignModel(bytesSource(bytes), "file", hints);
}

const one = (...shape: number[]): Tensor => ({ shape, data: new Float32Array(sizeOf(shape)) });

Deno.test("shapes give back the configuration that made them", async (t) => {
  const cases: Record<string, object> = {
    "plain": {},
    "color": { imageChannels: 3, imageRange: [-1, 1] },
    "no attention": { attention: [], imageSize: 64 },
    "attention everywhere": { attention: [32, 16], imageSize: 32 },
    "encoder attention of its own": { attention: [16], encoderAttention: [32] },
    "deep": {
      multipliers: [1, 2, 2, 4],
      encoderMultipliers: [1, 2, 2, 4, 4],
      imageSize: 64,
      attention: [16],
    },
    "three blocks": { residualBlocks: 3, encoderResidualBlocks: 3 },
    "blocks differ on the way down": { residualBlocks: 3, inputResidualBlocks: 2 },
    "broken multipliers": { channels: 64, multipliers: [0.5, 1.5], encoderMultipliers: [1.5, 1] },
  };
  for (const [name, changes] of Object.entries(cases)) {
    await t.step(name, () => {
      const config = parseDaeConfig({ ...plain, ...changes });
      const { imageSize } = config;
      const { config: read } = open(file(changes), { imageSize });
      const attention = (own: DaeConfig) => [own.attention, own.encoderAttention ?? own.attention];
      // Of resolutions that no level has, nothing can be seen.
      const levels = (size: number) => size <= imageSize;
      assertEquals(
        attention(read).map((list) => list.toSorted()),
        attention(config).map((list, i) =>
          list.filter(levels).filter((size) =>
            imageSize / size < 2 ** [config.multipliers, config.encoderMultipliers][i].length
          ).toSorted()
        ),
      );
      const { attention: _a, encoderAttention: _e, ...rest } = read;
      const { attention: _b, encoderAttention: _f, ...expected } = config;
      assertEquals(rest, expected);
    });
  }
});

Deno.test("an image size comes from a hint, the hyper-parameters, x_T, or from where attention is", () => {
  const at8 = { attention: [16], imageSize: 32 };
  assertEquals(open(file(at8)).config.imageSize, 32);
  assertEquals(open(file(at8, ["x_T", one(4, 1, 64, 64)])).config.imageSize, 64);
  assertEquals(
    open(file(at8, ["x_T", one(4, 1, 64, 64)]), { imageSize: 128 }).config.imageSize,
    128,
  );
  const none = open(file({ attention: [] }));
  assertEquals(none.config.imageSize, 64);
  assertEquals(
    none.facts.assumed,
    "1 residual block(s) per encoder level; images of 64 pixels; 1 attention head; images in 0 … 1, as these are gray",
  );
});

Deno.test("averaged weights come first under any prefix, and only they are read", () => {
  const config = parseDaeConfig(plain);
  for (
    const [averaged, trained] of [
      ["ema_model.", "model."],
      ["module.ema_model.", "module.model."],
      ["model_ema.", "model."],
      ["ema.", "net."],
      ["state.ema.", "state."],
    ]
  ) {
    const bytes = writeSafetensors([
      ...weightsOf(config, trained, 1),
      ...weightsOf(config, averaged, 2),
      ["conds_mean", one(1, 6)],
      [`${averaged}latent_net.layers.0.weight`, one(4, 4)],
    ]);
    const source = counting(bytesSource(bytes));
    const { weights, facts } = readModel(convertDae(source, "file"));
    assertEquals(facts.weights, "averaged (EMA)");
    assert(weights.values().every(({ data }) => data[0] === 2));
    assertEquals(
      [...weights.keys()].toSorted(),
      daeParameters(config).map(({ name }) => name).toSorted(),
    );
    const stored = weightsOf(config).reduce((sum, [, { data }]) => sum + data.byteLength, 0);
    assert(source.bytesRead < bytes.length - stored, "the other weights were read too");
  }
  assertEquals(open(writeSafetensors(weightsOf(config, "model."))).facts.weights, "as trained");
});

Deno.test("what is no such network is refused by name", async (t) => {
  const without = (name: string) =>
    writeSafetensors(weightsOf(parseDaeConfig(plain)).filter(([own]) => !own.startsWith(name)));
  const replaced = (name: string, ...shape: number[]) =>
    writeSafetensors(
      weightsOf(parseDaeConfig(plain)).map(([own, value]): [string, Tensor] =>
        own === name ? [own, one(...shape)] : [own, value]
      ),
    );
  const cases: [string, Uint8Array, string][] = [
    ["no encoder", without("encoder."), '"encoder.input_blocks.0.0.weight" is missing'],
    ["no U-Net", without("input_blocks."), '"input_blocks.0.0.weight" is missing'],
    ["no time embedding", without("time_embed"), "time_embed.time_embed.0.weight"],
    ["a block less on the way up", without("output_blocks.3"), "follow no known pattern"],
    ["one parameter less", without("middle_block.1.qkv.bias"), '"middle_block.1.qkv.bias"'],
    ["another layer", file({}, ["middle_block.0.emb_inlayers.1.weight", one(2)]), "emb_inlayers"],
    [
      "halved by a convolution",
      file({}, ["input_blocks.2.0.op.weight", one(2)]),
      "net_resblock_updown",
    ],
    [
      "doubled by a convolution",
      file({}, ["output_blocks.1.1.conv.weight", one(2)]),
      "net_resblock_updown",
    ],
    ["two image channels", replaced("input_blocks.0.0.weight", 32, 2, 3, 3), "there are 2"],
    ["a learned variance", replaced("out.2.weight", 2, 32, 3, 3), "out of the U-Net"],
    ["another end of the encoder", replaced("encoder.out.3.weight", 6, 32, 4, 4), "net_enc_pool"],
    [
      "scale and shift by the code",
      replaced("input_blocks.1.0.cond_emb_layers.1.weight", 64, 6),
      "cond_emb",
    ],
    ["nothing", new Uint8Array(0), "expected a zip archive of PyTorch, or safetensors"],
    [
      "text",
      new TextEncoder().encode("weights: none"),
      "expected a zip archive of PyTorch, or safetensors",
    ],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => open(bytes), FormatError, message);
    });
  }
  assertThrows(() => open(file(), { heads: 5 }), FormatError, "heads");
  assertThrows(() => open(file(), { imageSize: 33 }), FormatError, "imageSize");
  const odd = file({}, ["unused", one(1)]);
  assertEquals(open(odd).weights.has("unused"), false);
  const infinite = writeSafetensors(weightsOf(parseDaeConfig(plain), "", Infinity));
  assertThrows(() => convertDae(bytesSource(infinite), "file"), FormatError, "not finite");
});

Deno.test("hyper-parameters: the names of both codes, nested and as objects", () => {
  const fork = readHyperParameters({
    in_channels: 1,
    img_size: 32,
    net_beatgans_attn_head: 2,
    T: 500,
  });
  assertEquals([fork.origin, fork.imageSize, fork.heads, fork.noiseSteps], ["fork", 32, 2, 500]);
  const official = readHyperParameters({
    img_size: 128,
    net_enc_num_res_blocks: 3,
    model_conf: { in_channels: 3, num_heads: 4 },
  });
  assertEquals([official.origin, official.heads, official.encoderBlocks], ["official", 4, 3]);
  const object = readHyperParameters({
    conf: {
      $class: "config.TrainConfig",
      args: [],
      state: {
        img_size: 64,
        beatgans_model_mean_type: { $class: "choices.ModelMeanType", args: ["x_start"] },
        model_conf: { $class: "model.Conf", args: [], state: { num_heads: 8 } },
      },
    },
  });
  assertEquals([object.imageSize, object.prediction, object.heads], [64, "x0", 8]);
  assertEquals(readHyperParameters({}), {
    imageSize: undefined,
    heads: undefined,
    encoderBlocks: undefined,
    noiseSteps: undefined,
    prediction: "eps",
    origin: undefined,
    unread: [],
  });
});

Deno.test("hyper-parameters that ask for another model are refused", async (t) => {
  const cases: Record<string, unknown> = {
    beta_scheduler: "cosine",
    net_enc_pool: "depthconv",
    beatgans_model_mean_type: "x_prev",
    beatgans_rescale_timesteps: true,
  };
  for (const [name, value] of Object.entries(cases)) {
    await t.step(name, () => {
      assertThrows(() => readHyperParameters({ T: 100, [name]: value }), FormatError, name);
    });
  }
  // With 1000 steps the rescaled times are the times.
  readHyperParameters({ T: 1000, beatgans_rescale_timesteps: true });
});

Deno.test("with fewer steps each takes more noise, as the reference scales β", () => {
  const shapes = new Map(
    weightsOf(parseDaeConfig(plain)).map(([name, { shape }]) => [name, shape]),
  );
  const { config } = checkpointConfig(shapes, readHyperParameters({ T: 500, img_size: 32 }), {});
  assertEquals([config.noiseSteps, config.betas], [500, [2e-4, 0.04]]);
});

async function exported(config: object, options: object) {
  await using host = await Host.boot([daeEncoder], { roots: [], trusted: true });
  const job = memoryJob(host);
  const weights = new Map(
    weightsOf(parseDaeConfig({ ...plain, ...config })).map(([name, { shape, data }], i) => [
      name,
      { shape, data: data.map((_, j) => Math.sin(i + j)) },
    ]),
  );
  const model = {
    config: parseDaeConfig({ ...plain, ...config }),
    weights,
    facts: { made: "here" },
  };
  const file = writeModel(model);
  const { id } = await job.save("encoder", { "model.safetensors": file }, { plugin: "dae" }, []);
  const task = host.member(tasks, "exportEncoder");
  const result = await task.run(task.options(host).parse({ encoder: id, ...options }), job) as {
    checkpoint: string;
    tensors: number;
    loadable: boolean;
  };
  const artifact = await job.load("checkpoint", result.checkpoint);
  return { file, result, model, copy: await job.read(artifact, "model.safetensors"), job };
}

Deno.test("an export has the reference's names, and importing it is the identity", async () => {
  for (const prefix of ["", "model.", "ema_model."]) {
    const { file, copy, result, model } = await exported({}, { prefix });
    assertEquals([result.loadable, result.tensors], [true, model.weights.size]);
    const { tensors } = readSafetensors(copy);
    assertEquals(
      [...tensors.keys()].toSorted(),
      [...model.weights.keys()].map((name) => prefix + name).toSorted(),
    );
    assertEquals(convertDae(bytesSource(copy), "copy"), file);
  }
});

Deno.test("an export of half precision and of networks that PyTorch's class does not have", async () => {
  const { copy, model, file } = await exported({}, { storage: "F16" });
  assert(copy.length < 0.6 * file.length);
  const read = readModel(convertDae(bytesSource(copy), "copy"));
  assertEquals(read.config, model.config);
  const name = "middle_block.0.in_layers.2.weight";
  const half = Float32Array.from(new Float16Array(model.weights.get(name)!.data));
  assertEquals(read.weights.get(name)!.data, half);

  const { result, job } = await exported({ unshuffle: 2, pool: "grid", attention: [8] }, {});
  assertEquals(result.loadable, false);
  assert(job.events.some((event) => event.type === "warning"));
});

Deno.test("only encoders of this plugin are exported", async () => {
  await using host = await Host.boot([daeEncoder], { roots: [], trusted: true });
  const job = memoryJob(host);
  const { id } = await job.save(
    "encoder",
    { "model.safetensors": writeSafetensors({ a: one(1) }) },
    { plugin: "other" },
    [],
  );
  for (const name of ["exportEncoder", "describeEncoder"]) {
    const task = host.member(tasks, name);
    await assertRejects(
      () => task.run(task.options(host).parse({ encoder: id }), job),
      InputError,
      'its plugin is "other"',
    );
  }
});
