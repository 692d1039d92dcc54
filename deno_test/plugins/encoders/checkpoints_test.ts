/**
 * Checkpoints of many shapes against what PyTorch computed from them: four that are kept here, and where PyTorch is at
 * hand many that bench/peer/make_checkpoint_fixtures.py makes. That script's networks agree with the reference's own outputs
 * (`--check`).
 */

import { assert, assertEquals } from "@std/assert";
import { FileSource, Host, tasks } from "@countergrade/countergrade";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { openForeignModel } from "../../../plugins/encoders/dae/convert.ts";
import { readHyperParameters } from "../../../plugins/encoders/dae/hyper_parameters.ts";
import { daeEncoder } from "../../../plugins/encoders/dae/mod.ts";

const kept = new URL("checkpoints/", import.meta.url).pathname;
const script = new URL("../../../bench/peer/make_checkpoint_fixtures.py", import.meta.url).pathname;
const LIMITS = { z: 1e-4, eps: 1e-4, xT: 1e-3, rec: 1e-3, edit: 1e-3 };

/** Those of the script's variants that together try everything, and are small. */
const TRIED = [
  ..."everywhere nowhere encoder_attention fewer_input_blocks more_input_blocks one_level".split(
    " ",
  ),
  ..."first_multiplier embeddings odd_sizes short_chain bare_heads bare_doubles bfloat".split(" "),
  ..."odd_layout no_average parallel nested safetensors".split(" "),
];

/** Variants whose heads no shape tells: they need a hint. */
const HINTS: Record<string, { heads: number }> = { bare_heads: { heads: 4 } };

async function verify(folder: string, name: string) {
  await using host = await Host.boot([daeEncoder], { roots: [], trusted: true });
  const task = host.member(tasks, "verifyEncoder");
  const options = {
    checkpoint: `${folder}/${name}.ckpt`,
    reference: `${folder}/${name}.npz`,
    ...HINTS[name],
  };
  return await task.run(task.options(host).parse(options), memoryJob(host)) as
    & Record<keyof typeof LIMITS, { maxRel: number }>
    & { weights: string; assumed?: string };
}

async function assertAgrees(folder: string, name: string) {
  const result = await verify(folder, name);
  for (const [key, limit] of Object.entries(LIMITS)) {
    const { maxRel } = result[key as keyof typeof LIMITS];
    assert(maxRel < limit, `${name}, ${key}: ${maxRel}`);
  }
  return result;
}

async function configOf(name: string, hints = {}) {
  using file = await FileSource.open(`${kept}${name}.ckpt`);
  return openForeignModel(file, name, hints);
}

const host = await Host.boot([daeEncoder], { roots: [], trusted: true });
register(
  "task verifyEncoder",
  testTask(host.member(tasks, "verifyEncoder"), {
    host,
    options: { checkpoint: `${kept}bare.ckpt`, reference: `${kept}bare.npz` },
    varying: ["seconds"],
  }),
);

Deno.test("a checkpoint of the fork: 64 pixels, color, 4 heads, attention at 32, half precision", async () => {
  const { weights, assumed } = await assertAgrees(kept, "rgb64");
  assertEquals([weights, assumed], ["averaged (EMA)", undefined]);
  const { config, facts } = await configOf("rgb64");
  assertEquals([config.imageSize, config.heads, config.attention], [64, 4, [32]]);
  assertEquals(config.imageRange, [0, 1]);
  assertEquals(facts.importedFrom, "rgb64");
});

Deno.test("a checkpoint of official diffae: no attention, a first multiplier of 2, a latent network beside", async () => {
  const { weights } = await assertAgrees(kept, "official");
  assertEquals(weights, "averaged (EMA)");
  const { config, weights: read } = await configOf("official");
  assertEquals([config.multipliers, config.encoderMultipliers], [[2], [2, 1]]);
  assertEquals([config.embedding, config.codeSize, config.attention], [24, 20, []]);
  assertEquals(config.imageRange, [-1, 1]);
  assert(![...read.keys()].some((name) => name.includes("latent_net")));
});

Deno.test("a bare state dict: everything by shape, and what was assumed is said", async () => {
  const { weights, assumed } = await assertAgrees(kept, "bare");
  assertEquals(weights, "as trained");
  assertEquals(assumed, "1 attention head; images in 0 … 1, as these are gray");
  const { config, facts } = await configOf("bare");
  assertEquals([config.imageSize, config.residualBlocks, config.encoderResidualBlocks], [32, 2, 2]);
  assert(facts.assumed.includes("images of 32 pixels, as attention is mostly at 16"));
  const hinted = await configOf("bare", { heads: 2, imageSize: 64, imageRange: [-1, 1] });
  assertEquals(hinted.facts.assumed, undefined);
  assertEquals([hinted.config.heads, hinted.config.imageSize, hinted.config.attention], [2, 64, [
    32,
  ]]);
  assertEquals(hinted.config.imageRange, [-1, 1]);
});

Deno.test("a checkpoint with weights of three axes becomes an encoder of volumes", async () => {
  const { assumed } = await assertAgrees(kept, "volume");
  assertEquals(assumed, undefined);
  const { config } = await configOf("volume");
  assertEquals([config.axes, config.imageSize, config.attention], [3, 8, [4]]);
});

Deno.test("hyper-parameters are read whatever the class that holds them; what is not is named", () => {
  const plain = { img_size: 64, net_beatgans_attn_head: 4, in_channels: 3, T: 500 };
  const node = (_val: unknown) => ({
    $class: "omegaconf.nodes.AnyNode",
    args: [],
    state: { _val, _parent: { $class: "omegaconf.dictconfig.DictConfig" } },
  });
  const expected = readHyperParameters(plain);
  assertEquals([expected.imageSize, expected.heads, expected.origin], [64, 4, "fork"]);
  const attributes = "lightning.fabric.utilities.data.AttributeDict";
  const wrapped = Object.fromEntries(Object.entries(plain).map(([k, v]) => [k, node(v)]));
  const omega = {
    $class: "omegaconf.dictconfig.DictConfig",
    args: [],
    state: { _content: wrapped, _metadata: {} },
  };
  for (
    const values of [
      { $class: attributes, args: [], items: plain },
      { hparams: { $class: attributes, args: [], items: plain } },
      { conf: { $class: "diffae.TrainConfig", args: [], state: plain } },
      omega,
      { config: omega },
    ]
  ) assertEquals(readHyperParameters(values), expected);
  for (const values of [{ conf: { $class: "a.B", args: [] } }, { $class: "a.B", args: [] }]) {
    const { origin, unread } = readHyperParameters(values);
    assertEquals([origin, unread], [undefined, ["a.B"]]);
  }
});

const environment = { OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" };
const python = await new Deno.Command("python3", {
  args: ["-c", "import torch, numpy"],
  env: environment,
  stderr: "null",
}).output().then(({ success }) => success, () => false);
if (!python) {
  console.warn("PyTorch is absent: checkpoints of other shapes than the four kept are not tried");
}

Deno.test({
  name: "checkpoints of all shapes, number formats and layouts that PyTorch writes",
  ignore: !python,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const { success, stderr } = await new Deno.Command("python3", {
        args: [script, folder, ...TRIED],
        env: environment,
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      for (const name of TRIED) {
        await t.step(name, async () => {
          const { weights } = await assertAgrees(folder, name);
          const single = [
            "bare_doubles",
            "bare_heads",
            "no_average",
            "odd_layout",
            "safetensors",
          ];
          assertEquals(weights, single.includes(name) ? "as trained" : "averaged (EMA)");
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
