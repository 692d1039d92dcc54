/** Every pullback against finite differences. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random, sizeOf, tensor } from "@countergrade/countergrade";
import {
  averagePool,
  conv,
  Graph,
  groupNorm,
  mul,
  reduceSum,
  reshape,
  Session,
  silu,
  type Value,
} from "@countergrade/countergrade/engine";
import { gradient } from "../../../core/graph/gradient.ts";
import { type Case, CASES, smooth } from "./op_cases.ts";

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
