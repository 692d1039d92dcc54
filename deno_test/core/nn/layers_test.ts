/** Layers that take a short cut, against the long way round. */

import { assert, assertEquals } from "@std/assert";
import { Random, sizeOf, type Tensor } from "@countergrade/countergrade";
import { conv, Graph, Session, upsample } from "@countergrade/countergrade/engine";
import type { ParameterSource } from "../../../core/nn/parameters.ts";
import { upsampledConvolution } from "../../../core/nn/layers.ts";

Deno.test("upsampledConvolution() is the convolution of the doubled image", async () => {
  const graph = new Graph();
  const shapes = { x: [2, 3, 3, 5], weight: [4, 3, 3, 3], bias: [4] };
  const { x, weight, bias } = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const source = { graph, get: (name: string) => name === "weight" ? weight : bias };
  graph.output("short", upsampledConvolution(source as ParameterSource, x, 4));
  graph.output("long", conv(upsample(x), weight, bias, { pads: 1 }));
  await using session = await Session.compile(graph, { threads: 1 });
  const random = new Random(5);
  const feeds: Record<string, Tensor> = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { shape, data: random.fork(name).normals(sizeOf(shape)) },
    ]),
  );
  const { short, long } = await session.run(feeds);
  assertEquals(short.shape, [2, 4, 6, 10]);
  assertEquals(short.shape, long.shape);
  const worst = short.data.reduce((max, v, i) => Math.max(max, Math.abs(v - long.data[i])), 0);
  assert(worst < 1e-5, `the largest difference is ${worst}`);
});
