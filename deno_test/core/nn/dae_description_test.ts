/** Presets build, with the parameters that the reference counts; and what configurations may and may not be. */

import { FormatError } from "@countergrade/countergrade";
import {
  daeParameters,
  describeDae,
  imageShapeOf,
  parameterCount,
  parseDaeConfig,
  PRESETS,
} from "@countergrade/countergrade/engine";
import { assert, assertEquals, assertThrows } from "@std/assert";

/** What the reference prints as millions of 2²⁰: spider64 and brats64 86.63, retina128 122.59. Those of ours, so that files keep fitting. */
const PARAMETERS: Record<keyof typeof PRESETS, number> = {
  spider64: 90_835_777,
  brats64: 90_835_777,
  retina128: 128_545_155,
  small64: 3_974_476,
  small128: 4_796_344,
  small256: 5_448_712,
  tiny64: 1_681_484,
  small28: 1_116_139,
  tiny32v: 1_161_832,
  small64v: 11_302_536,
};

Deno.test("every preset builds for inference and training, and its layers hold all parameters", async (t) => {
  for (const [name, preset] of Object.entries(PRESETS)) {
    await t.step(name, () => {
      const config = parseDaeConfig(preset);
      const description = describeDae(config, 2);
      const { layers, parameters, encoder, unet, memory } = description;
      assertEquals(parameters, parameterCount(daeParameters(config)));
      assertEquals(parameters, encoder.parameters + unet.parameters);
      assertEquals(PARAMETERS[name as keyof typeof PRESETS], parameters);
      assertEquals(layers.find((layer) => layer.name === "encoder.out")!.output, [config.codeSize]);
      assertEquals(layers.find((layer) => layer.name === "time_embed")!.output, [config.embedding]);
      const image = imageShapeOf(config);
      assertEquals(layers.at(-1)!.output, image);
      // Forward and backward are three times forward, and a little.
      const forward = encoder.flops + unet.flops;
      assert(description.trainingFlops > 2.9 * forward && description.trainingFlops < 4 * forward);
      assert(memory.training > memory.inference);
      assert(describeDae(config, 64).memory.training > memory.training);
    });
  }
});

const small = {
  imageSize: 32,
  imageChannels: 1,
  channels: 32,
  multipliers: [1, 2],
  encoderMultipliers: [1, 2],
};

Deno.test("configurations that PyTorch's class can build are accepted", async (t) => {
  const cases: Record<string, object> = {
    "16 channels": { channels: 16, multipliers: [1, 1], encoderMultipliers: [1] },
    "a first multiplier of 2": { channels: 16, multipliers: [2, 2], encoderMultipliers: [2] },
    "broken multipliers": { channels: 64, multipliers: [0.5, 1], encoderMultipliers: [1.5] },
    "more heads than channels of the first level": { heads: 64, attention: [] },
    "an encoder that halves odd sizes": { imageSize: 28, encoderMultipliers: [1, 1, 1, 1] },
    "fewer blocks on the way down": { residualBlocks: 3, inputResidualBlocks: 1 },
    "more blocks on the way down": { residualBlocks: 1, inputResidualBlocks: 3 },
  };
  for (const [name, changes] of Object.entries(cases)) {
    await t.step(name, () => {
      assert(describeDae(parseDaeConfig({ ...small, ...changes }), 1).parameters > 0);
    });
  }
});

Deno.test("what a configuration leaves open is as in the reference", () => {
  assertEquals(parseDaeConfig(small), {
    ...small,
    unshuffle: 1,
    residualBlocks: 2,
    encoderResidualBlocks: 2,
    attention: [16],
    heads: 1,
    embedding: 512,
    codeSize: 512,
    dropout: 0,
    pool: "mean",
    noiseSteps: 1000,
    betas: [1e-4, 0.02],
    prediction: "eps",
    imageRange: [-1, 1],
  } as ReturnType<typeof parseDaeConfig>);
});

Deno.test("every number of a configuration is taken up to its limits, and not beyond", async (t) => {
  const ones = (length: number) => Array(length).fill(1);
  const limits: [field: string, taken: unknown[], refused: unknown[], beside?: object][] = [
    ["imageSize", [2, 1024], [0, 1026, 31]],
    ["channels", [64, 4096], [0, 4160]],
    ["multipliers", [[64], ones(8)], [[65], ones(9), [], [0]], { imageSize: 512 }],
    ["encoderMultipliers", [[64], ones(8)], [[65], ones(9), []], { imageSize: 512 }],
    ["residualBlocks", [1, 16], [0, 17]],
    ["inputResidualBlocks", [1, 16], [0, 17]],
    ["encoderResidualBlocks", [1, 16], [0, 17]],
    ["embedding", [1, 16384], [0, 16385]],
    ["codeSize", [1, 16384], [0, 16385]],
    ["dropout", [0, 0.9], [-0.01, 0.91]],
    ["noiseSteps", [2, 100_000], [1, 100_001], { betas: [1e-5, 1e-3] }],
    ["betas", [[1e-8, 0.999]], [[0, 0.02], [1e-4, 1]], { noiseSteps: 2 }],
    // ln ᾱ of the last of 1000 steps is about −99.4, and −100.5.
    ["betas", [[1e-4, 0.1893]], [[1e-4, 0.1913]]],
    ["imageRange", [[-1e4, 1e4], [0, 1]], [[0, 0], [1, -1], [-1e4 - 1, 0], [0, 1e4 + 1]]],
    ["unshuffle", [1, 2, 4, 8], [3, 16]],
    ["imageChannels", [1, 3], [2, 4]],
    ["axes", [2, 3], [1, 4]],
  ];
  for (const [field, taken, refused, beside] of limits) {
    await t.step(field, () => {
      // The deepest levels need images of their size.
      const parse = (value: unknown) =>
        parseDaeConfig({ ...small, imageSize: 128, ...beside, [field]: value });
      for (const value of taken) parse(value);
      for (const value of refused) assertThrows(() => parse(value), FormatError, field, `${value}`);
    });
  }
});

Deno.test("a configuration that cannot be built names its fields and what was expected", async (t) => {
  const cases: [string, object, string][] = [
    ["groups", { channels: 48 }, "channels: expected numbers of channels that GroupNorm"],
    ["joined", { channels: 16 }, "48 come together"],
    ["joined within a level", { channels: 8, multipliers: [3, 1] }, "48 come together"],
    ["odd", { channels: 1 }, "channels: expected an even number"],
    ["broken", { channels: 32, multipliers: [1.01] }, "multipliers: expected whole numbers"],
    ["heads", { heads: 3 }, "heads: expected a divisor of the 64 channels"],
    ["levels", { multipliers: [1, 1, 1, 1, 1, 1, 1] }, "multiple of 64, current value is 32"],
    ["encoder levels", { encoderMultipliers: [1, 1, 1, 1, 1, 1, 1] }, "at least 64"],
    ["unknown field", { color: true }, "color"],
    ["several at once", { heads: 3, color: true }, "heads"],
    ["type", { imageSize: "64" }, "imageSize"],
  ];
  for (const [name, changes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => parseDaeConfig({ ...small, ...changes }), FormatError, message);
    });
  }
});
