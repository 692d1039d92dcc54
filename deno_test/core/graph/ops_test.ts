/** Shape rules: what each op makes of shapes, and which it refuses. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  ADAM,
  ADAM_RATES,
  type Attributes,
  broadcast,
  type Op,
  OPS,
  sidesOf,
} from "../../../core/graph/ops.ts";

type Case = [op: Op, shapes: number[][], attributes: Attributes, expected: number[][] | string];

const image = [2, 3, 8, 6];
const volume = [2, 3, 4, 8, 6];
const rates = [ADAM_RATES.length];

const CASES: Case[] = [
  ["Add", [[2, 1, 4], [3, 1]], {}, [[2, 3, 4]]],
  ["Add", [[2, 3], [2]], {}, "do not broadcast"],
  ["Silu", [image], {}, [image]],
  ["GroupNorm", [[2, 4, 3], [2, 4], [2, 4]], { groups: 2 }, [[2, 4, 3], [2, 2, 1], [2, 2, 1]]],
  ["GroupNorm", [[2, 4, 3], [1, 4], [1, 4]], { groups: 4 }, [[2, 4, 3], [2, 4, 1], [2, 4, 1]]],
  ["GroupNorm", [[2, 4, 3], [2, 4], [2, 4]], { groups: 3 }, "a multiple of 3 channels"],
  ["GroupNorm", [[3, 4, 3], [2, 4], [2, 4]], {}, "one factor and one term per channel"],
  ["GroupNorm", [[2, 4, 3], [2, 3], [2, 3]], {}, "one factor and one term per channel"],
  ["GroupNorm", [[2, 4, 3], [2, 4], [1, 4]], {}, "one factor and one term per channel"],
  ["GroupNorm", [[2, 4, 3], [2, 4, 1], [2, 4, 1]], {}, "one factor and one term per channel"],
  ["GroupNormGradient", [[2, 4, 3], [2, 4, 3], [1, 4]], {}, [[2, 4, 3], [1, 4], [1, 4]]],
  ["MatMul", [[5, 2, 3], [3, 4]], {}, [[5, 2, 4]]],
  ["MatMul", [[3, 2], [4, 3]], { transA: true, transB: true }, [[2, 4]]],
  ["MatMul", [[2, 3], [2, 3]], {}, "inner lengths differ"],
  ["MatMul", [[3], [3, 2]], {}, "inner lengths differ"],
  ["MatMul", [[2, 3], [3]], {}, "inner lengths differ"],
  ["ReduceSum", [[2, 3, 4]], { axes: [0, 2] }, [[3]]],
  ["ReduceMean", [[2, 3, 4]], { axes: [0, 2], keepdims: true }, [[1, 3, 1]]],
  ["ReduceSum", [[2, 3]], { axes: [2] }, "no axis 2"],
  ["ReduceSum", [[2, 3]], { axes: [-1] }, "no axis -1"],
  ["Reshape", [[2, 6]], { shape: [3, 4] }, [[3, 4]]],
  ["Reshape", [[2, 6]], { shape: [3, 5] }, "cannot become [3, 5]"],
  ["Transpose", [[2, 3, 4]], { permutation: [2, 0, 1] }, [[4, 2, 3]]],
  ["Transpose", [[2, 3]], { permutation: [0, 0] }, "not a permutation"],
  ["Transpose", [[2, 3]], { permutation: [0] }, "not a permutation"],
  ["Slice", [[2, 5]], { axis: 1, start: 0, end: 5 }, [[2, 5]]],
  ["Slice", [[2, 5]], { axis: 1, start: 2, end: 3 }, [[2, 1]]],
  ["Slice", [[2, 5]], { axis: 1, start: 2, end: 2 }, "no range 2…2 on axis 1"],
  ["Slice", [[2, 5]], { axis: 1, start: 2, end: 6 }, "no range 2…6"],
  ["Slice", [[2, 5]], { axis: 1, start: -1, end: 1 }, "no range -1…1"],
  ["Concat", [[2, 3], [2, 1], [2, 4]], { axis: 1 }, [[2, 8]]],
  ["Concat", [[2, 3], [1, 3]], { axis: 1 }, "only axis 1 may differ"],
  ["Concat", [[2, 3], [2, 3, 1]], { axis: 0 }, "only axis 0 may differ"],
  ["Split", [[2, 5]], { axis: 1, lengths: [1, 4] }, [[2, 1], [2, 4]]],
  ["Split", [[2, 5]], { axis: 1, lengths: [1, 3] }, "do not add up"],
  ["Pad", [[2, 5]], { before: [0, 1], after: [3, 0] }, [[5, 6]]],
  ["Pad", [[2, 5]], { before: [0], after: [3, 0] }, "one pad for each axis"],
  ["Pad", [[2, 5]], { before: [0, 1], after: [3] }, "one pad for each axis"],
  ["Expand", [[3, 1]], { shape: [2, 3, 4] }, [[2, 3, 4]]],
  ["Expand", [[3, 4]], { shape: [3, 1] }, "cannot become [3, 1]"],
  ["Conv", [image, [5, 3, 3, 3]], {}, [[2, 5, 6, 4]]],
  ["Conv", [image, [5, 3, 3, 3], [5]], { pads: 1, stride: 2 }, [[2, 5, 4, 3]]],
  ["Conv", [image, [5, 3, 3, 3]], { pads: [1, 0, 0, 2] }, [[2, 5, 7, 6]]],
  ["Conv", [volume, [5, 3, 3, 3, 3]], { pads: 1 }, [[2, 5, 4, 8, 6]]],
  ["Conv", [volume, [5, 3, 3, 3, 3]], { pads: [0, 1, 2, 0, 0, 0] }, [[2, 5, 2, 7, 6]]],
  ["Conv", [image, [5, 2, 3, 3]], {}, "channels of image and weight differ"],
  ["Conv", [image, [5, 3, 3, 3, 3]], {}, "channels of image and weight differ"],
  ["Conv", [[2, 3, 8], [5, 3, 3]], {}, "channels of image and weight differ"],
  ["Conv", [[2, 3, 1, 4, 8, 6], [5, 3, 1, 3, 3, 3]], {}, "channels of image and weight differ"],
  ["Conv", [image, [5, 3, 3, 3], [3]], {}, "bias does not fit"],
  ["Conv", [image, [5, 3, 3, 3], [5, 1]], {}, "bias does not fit"],
  ["Conv", [volume, [5, 3, 3, 3, 3]], { stride: 2 }, "stride 1 for volumes"],
  ["Conv", [image, [5, 3, 3, 3]], { pads: [1, 1] }, "expected one pad, or 4"],
  ["Conv", [volume, [5, 3, 3, 3, 3]], { pads: [1, 1, 1, 1] }, "expected one pad, or 6"],
  ["ConvGradient", [[2, 5, 8, 6], image, [5, 3, 3, 3]], {}, [image, [5, 3, 3, 3], [5]]],
  ["ConvTranspose", [image, [3, 5, 3, 3]], {}, [[2, 5, 10, 8]]],
  [
    "ConvTranspose",
    [image, [3, 5, 3, 3]],
    { pads: [1, 0, 1, 1], stride: 2, outputPadding: 1 },
    [[2, 5, 7 * 2 + 3 + 1 - 2, 5 * 2 + 3 + 1 - 1]],
  ],
  ["ConvTranspose", [volume, [3, 5, 3, 3, 3]], { pads: 1 }, [[2, 5, 4, 8, 6]]],
  ["ConvTranspose", [image, [5, 3, 3, 3]], {}, "channels of image and weight differ"],
  ["ConvTranspose", [volume, [3, 5, 3, 3, 3]], { stride: 2 }, "stride 1 for volumes"],
  ["ConvTranspose", [volume, [3, 5, 3, 3, 3]], { outputPadding: 1 }, "stride 1 for volumes"],
  ["ConvWeightGradient", [[2, 5, 8, 6], image], { shape: [5, 3, 3, 3] }, [[5, 3, 3, 3]]],
  ["ConvWeightGradient", [[2, 5, 8, 6], image], { shape: [5, 2, 3, 3] }, "cannot give a weight"],
  ["ConvWeightGradient", [[2, 5, 8, 6], image], { shape: [4, 3, 3, 3] }, "cannot give a weight"],
  ["ConvWeightGradient", [[1, 5, 8, 6], image], { shape: [5, 3, 3, 3] }, "cannot give a weight"],
  ["UpsampledConv", [image, [5, 3, 3, 3], [5]], {}, [[2, 5, 16, 12]]],
  ["UpsampledConv", [volume, [5, 3, 3, 3, 3], [5]], {}, [[2, 5, 8, 16, 12]]],
  ["UpsampledConv", [image, [5, 3, 3, 1], [5]], {}, "three taps along each axis"],
  ["UpsampledConv", [image, [5, 2, 3, 3], [5]], {}, "three taps along each axis"],
  ["UpsampledConv", [image, [5, 3, 3, 3], [3]], {}, "bias does not fit"],
  ["UpsampledConv", [image, [5, 3, 3, 3], [5, 1]], {}, "bias does not fit"],
  ["UpsampledConvGradient", [[2, 5, 16, 12], image, [5, 3, 3, 3]], {}, [image, [5, 3, 3, 3], [5]]],
  ["Upsample", [image], {}, [[2, 3, 16, 12]]],
  ["Upsample", [[2, 3, 8]], {}, "expected images or volumes"],
  ["AveragePool", [volume], {}, [[2, 3, 2, 4, 3]]],
  ["AveragePool", [[2, 3, 8]], {}, "expected images or volumes"],
  ["AveragePool", [[2, 3, 8, 5]], {}, "must be even"],
  ["AveragePool", [[2, 3, 5, 8]], {}, "must be even"],
  ["AdamUpdate", [[9], [9], [9], [9], [9], rates], {}, [[9], [9], [9], [9], [1]]],
  ["AdamUpdate", [[9], [9], [9], [8], [9], rates], {}, "expected equal vectors"],
  ["AdamUpdate", [[9], [9], [9], [9], [9], [6]], {}, "expected 7 rates"],
];

Deno.test("each op has the shapes that its kind says, and refuses others in words", () => {
  for (const [op, shapes, attributes, expected] of CASES) {
    const what = `${op} ${JSON.stringify(shapes)} ${JSON.stringify(attributes)}`;
    const infer = () => OPS[op].infer(shapes, attributes);
    if (typeof expected === "string") assertThrows(infer, TypeError, expected);
    else assertEquals<unknown>(infer(), expected, what);
  }
});

Deno.test("shapes broadcast as in numpy, whichever is longer", () => {
  assertEquals(broadcast([2, 1, 4], [3, 1]), [2, 3, 4]);
  assertEquals(broadcast([3, 1], [2, 1, 4]), [2, 3, 4]);
  assertEquals(broadcast([], [5]), [5]);
  assertThrows(() => broadcast([2], [3]), TypeError, "do not broadcast");
});

Deno.test("pads are none unless given, one number for all sides, or those before and those behind", () => {
  assertEquals(sidesOf(), { before: [0, 0], after: [0, 0] });
  assertEquals(sidesOf(2, 3), { before: [2, 2, 2], after: [2, 2, 2] });
  assertEquals(sidesOf([1, 2, 3, 4]), { before: [1, 2], after: [3, 4] });
});

Deno.test("Adam has the constants of PyTorch", () => {
  assertEquals(ADAM, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
});
