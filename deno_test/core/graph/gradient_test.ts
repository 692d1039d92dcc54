/** Every pullback against finite differences. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import {
  add,
  averagePool,
  concat,
  conv,
  convTranspose,
  cos,
  div,
  exp,
  expand,
  flip,
  Graph,
  groupNorm,
  log,
  logSoftmax,
  matmul,
  mul,
  neg,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  Session,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  sub,
  transpose,
  upsample,
  upsampledConv,
  type Value,
} from "@countergrade/countergrade/engine";
import { gradient } from "../../../core/graph/gradient.ts";
import type { Op } from "../../../core/graph/ops.ts";

/** Ops that are gradients of others, which are not taken twice. */
type Gradient =
  | "SiluGradient"
  | "SoftmaxGradient"
  | "GroupNormGradient"
  | "ConvGradient"
  | "ConvWeightGradient"
  | "UpsampledConvGradient";

/** An op on inputs of some shapes; inputs are drawn from [0.5, 1.5] so that every op is smooth there. */
interface Case {
  name: string;
  shapes: number[][];
  build: (...inputs: Value[]) => Value;
}

const CASES: Record<Exclude<Op, "Clip" | "AdamUpdate" | Gradient>, Case[]> = {
  Add: [{ name: "broadcast", shapes: [[2, 3, 4], [3, 1]], build: add }],
  Sub: [{ name: "broadcast", shapes: [[3, 1], [2, 3, 4]], build: sub }],
  Mul: [
    { name: "broadcast", shapes: [[2, 3, 4, 4], [2, 3, 1, 1]], build: mul },
    { name: "with itself", shapes: [[5]], build: (x) => mul(x, x) },
  ],
  Div: [{ name: "broadcast", shapes: [[2, 3], [3]], build: div }],
  Neg: [{ name: "plain", shapes: [[4]], build: neg }],
  Exp: [{ name: "plain", shapes: [[4]], build: exp }],
  Log: [{ name: "plain", shapes: [[4]], build: log }],
  Sqrt: [{ name: "plain", shapes: [[4]], build: sqrt }],
  Sin: [{ name: "plain", shapes: [[4]], build: sin }],
  Cos: [{ name: "plain", shapes: [[4]], build: cos }],
  Sigmoid: [{ name: "plain", shapes: [[4]], build: sigmoid }],
  Silu: [{ name: "plain", shapes: [[2, 3]], build: silu }],
  Softmax: [{ name: "last axis", shapes: [[2, 3, 5]], build: softmax }],
  GroupNorm: [
    {
      name: "factors of each image",
      shapes: [[2, 6, 2, 2], [2, 6], [2, 6]],
      build: (x, factor, term) => groupNorm(x, factor, term, 3, 1e-5),
    },
    {
      name: "factors of all images",
      shapes: [[2, 4, 3], [1, 4], [1, 4]],
      build: (x, factor, term) => groupNorm(x, factor, term, 2, 1e-5),
    },
  ],
  LogSoftmax: [{ name: "last axis", shapes: [[2, 3, 5]], build: logSoftmax }],
  MatMul: [
    { name: "plain", shapes: [[3, 4], [4, 2]], build: (a, b) => matmul(a, b) },
    { name: "Aᵀ", shapes: [[4, 3], [4, 2]], build: (a, b) => matmul(a, b, true) },
    { name: "Bᵀ", shapes: [[3, 4], [2, 4]], build: (a, b) => matmul(a, b, false, true) },
    { name: "AᵀBᵀ", shapes: [[4, 3], [2, 4]], build: (a, b) => matmul(a, b, true, true) },
    { name: "batched", shapes: [[5, 3, 4], [5, 2, 4]], build: (a, b) => matmul(a, b, false, true) },
    { name: "batch against one", shapes: [[5, 3, 4], [4, 2]], build: (a, b) => matmul(a, b) },
  ],
  ReduceSum: [
    { name: "inner axes", shapes: [[2, 3, 4]], build: (x) => reduceSum(x, [0, 2]) },
    { name: "kept", shapes: [[2, 3, 4]], build: (x) => reduceSum(x, [1], true) },
  ],
  ReduceMean: [{
    name: "two axes",
    shapes: [[2, 3, 4]],
    build: (x) => reduceMean(x, [1, 2], true),
  }],
  Reshape: [{ name: "flat", shapes: [[2, 3]], build: (x) => reshape(x, [6]) }],
  Transpose: [{ name: "three axes", shapes: [[2, 3, 4]], build: (x) => transpose(x, [2, 0, 1]) }],
  Slice: [{ name: "middle", shapes: [[2, 5]], build: (x) => slice(x, 1, 1, 4) }],
  Flip: [{ name: "two axes", shapes: [[2, 3, 4]], build: (x) => flip(x, [1, 2]) }],
  Concat: [{ name: "axis 1", shapes: [[2, 3], [2, 1]], build: (a, b) => concat([a, b], 1) }],
  Split: [
    { name: "both parts", shapes: [[2, 5]], build: (x) => mul(split(x, 1, [2, 3])[1], 2) },
    {
      name: "one part twice",
      shapes: [[2, 4]],
      build: (x) => ((parts) => mul(parts[0], parts[1]))(split(x, 1, [2, 2])),
    },
  ],
  Pad: [{ name: "two axes", shapes: [[2, 3]], build: (x) => pad(x, [0, 1], [1, 2]) }],
  Expand: [{ name: "new and old axis", shapes: [[3, 1]], build: (x) => expand(x, [2, 3, 4]) }],
  Conv: [
    { name: "1×1", shapes: [[2, 3, 4, 4], [5, 3, 1, 1], [5]], build: (x, w, b) => conv(x, w, b) },
    {
      name: "3×3",
      shapes: [[2, 3, 5, 5], [4, 3, 3, 3], [4]],
      build: (x, w, b) => conv(x, w, b, { pads: 1 }),
    },
    {
      name: "3×3, large enough for flipped weights, wider than high",
      shapes: [[2, 2, 8, 9], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1 }),
    },
    {
      name: "5×5",
      shapes: [[2, 2, 3, 4], [3, 2, 5, 5]],
      build: (x, w) => conv(x, w, undefined, { pads: 2 }),
    },
    {
      // Zeros around: the CPU's blocked kernels take 16 channels at most, and 3 of the 32 outputs lie across a boundary.
      name: "3×3, channels in blocks",
      shapes: [[2, 2, 3, 4], [3, 2, 3, 3], [32]],
      build: (x, w, b) =>
        conv(
          pad(x, [0, 5, 0, 0], [0, 9, 0, 0]),
          pad(w, [15, 5, 0, 0], [14, 9, 0, 0]),
          b,
          { pads: 1 },
        ),
    },
    {
      name: "3×3 without padding",
      shapes: [[2, 2, 4, 5], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w),
    },
    {
      name: "2×2, another pad on each side",
      shapes: [[2, 2, 3, 4], [3, 2, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: [1, 0, 0, 1] }),
    },
    {
      name: "2×2, large, another pad on each side",
      shapes: [[1, 1, 9, 8], [1, 1, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: [1, 0, 0, 1] }),
    },
    {
      name: "2×2, more padding than the kernel needs",
      shapes: [[1, 2, 3, 2], [2, 2, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: 1 }),
    },
    {
      name: "3×3 stride 2, even",
      shapes: [[2, 2, 6, 6], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1, stride: 2 }),
    },
    {
      name: "3×3 stride 2, odd",
      shapes: [[1, 2, 7, 7], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1, stride: 2 }),
    },
  ],
  ConvTranspose: [
    {
      name: "stride 1",
      shapes: [[2, 3, 4, 4], [3, 2, 3, 3]],
      build: (x, w) => convTranspose(x, w, { pads: 1 }),
    },
    {
      name: "stride 2",
      shapes: [[1, 3, 3, 3], [3, 2, 3, 3]],
      build: (x, w) => convTranspose(x, w, { pads: 1, stride: 2, outputPadding: 1 }),
    },
  ],
  UpsampledConv: [{
    name: "wider than high",
    shapes: [[2, 3, 3, 4], [2, 3, 3, 3], [2]],
    build: upsampledConv,
  }],
  Upsample: [{ name: "×2", shapes: [[1, 2, 3, 3]], build: upsample }],
  AveragePool: [{ name: "÷2", shapes: [[1, 2, 4, 4]], build: averagePool }],
};

function smooth(shape: number[], random: Random): Tensor {
  return tensor(shape, Array.from({ length: sizeOf(shape) }, () => 0.5 + random.uniform()));
}

/** Largest difference to central finite differences of the whole loss, relative to the largest gradient. */
async function gradientError({ shapes, build }: Case): Promise<number> {
  const random = new Random(3);
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const out = build(...inputs);
  // A random weighting makes every element of the output count differently.
  const weights = graph.constant(smooth([...out.shape], random));
  const flat = reshape(mul(out, weights), [sizeOf(out.shape)]);
  const loss = reduceSum(flat, [0]);
  graph.output("loss", loss);
  gradient(loss, inputs).forEach((g, i) => graph.output(`g${i}`, g));
  await using session = await Session.compile(graph, { threads: 1 });
  const feeds = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, smooth(shape, random)]));
  const exact = await session.run(feeds);
  const step = 2 ** -5;
  let worst = 0;
  for (const [i, shape] of shapes.entries()) {
    const g = exact[`g${i}`];
    assertEquals([...g.shape], shape);
    const largest = g.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    for (let j = 0; j < g.data.length; j++) {
      // Fourth-order central differences: float32 rounding needs the wide step.
      const at = async (offset: number) => {
        const moved = feeds[`x${i}`].data.slice();
        moved[j] += offset * step;
        const { loss } = await session.run({ ...feeds, [`x${i}`]: tensor(shape, moved) });
        return loss.data[0];
      };
      const difference = (8 * (await at(1) - await at(-1)) - (await at(2) - await at(-2))) /
        (12 * step);
      worst = Math.max(worst, Math.abs(difference - g.data[j]) / Math.max(largest, 1e-2));
    }
  }
  return worst;
}

for (const [op, cases] of Object.entries(CASES)) {
  Deno.test(`gradient() of ${op} agrees with finite differences`, async (t) => {
    for (const item of cases) {
      await t.step(item.name, async () => {
        const error = await gradientError(item);
        assert(error < 1e-3, `relative error ${error}`);
      });
    }
  });
}

Deno.test("averagePool() halves even sides, and refuses an odd one on either axis", () => {
  const graph = new Graph();
  assertEquals(averagePool(graph.input("even", [2, 3, 4, 6])).shape, [2, 3, 2, 3]);
  for (const shape of [[1, 1, 4, 5], [1, 1, 5, 4]]) {
    const odd = graph.input(`${shape}`, shape);
    assertThrows(() => averagePool(odd), TypeError, "must be even");
  }
});

Deno.test("gradients that are one op each are not differentiated again", () => {
  const graph = new Graph();
  const [x, f] = [graph.input("x", [1, 2, 4, 4]), graph.input("f", [1, 2])];
  const w = graph.input("w", [2, 2, 3, 3]);
  const layers: [string, Value][] = [
    ["Silu", silu(x)],
    ["GroupNorm", groupNorm(x, f, f, 1, 1e-5)],
    ["Conv", conv(x, w)],
  ];
  for (const [op, y] of layers) {
    const wrt = op === "Conv" ? w : x;
    const [first] = gradient(reduceSum(mul(y, y), [0, 1, 2, 3]), [wrt]);
    const again = reduceSum(first, first.shape.map((_, axis) => axis));
    assertThrows(() => gradient(again, [x]), TypeError, `the gradient of ${op}`);
  }
});

Deno.test("gradient() refuses a loss that is not a scalar", () => {
  const graph = new Graph();
  const x = graph.input("x", [2]);
  assertThrows(() => gradient(mul(x, x), [x]), TypeError, "expected a scalar");
});

Deno.test("gradient() refuses a value that the loss does not depend on", () => {
  const graph = new Graph();
  const x = graph.input("x", [2]);
  const y = graph.input("y", [2]);
  assertThrows(() => gradient(reduceSum(x, [0]), [y]), TypeError, "does not depend");
});

Deno.test("Graph.apply() names op, layer and shapes when they do not fit", () => {
  const graph = new Graph();
  const x = graph.input("x", [1, 3, 4, 4]);
  const w = graph.input("w", [2, 5, 3, 3]);
  assertThrows(
    () => graph.layer("input_blocks.0", () => conv(x, w)),
    TypeError,
    'Cannot apply Conv in layer "input_blocks.0": channels of image and weight differ; current shapes are [1, 3, 4, 4], [2, 5, 3, 3]',
  );
});
