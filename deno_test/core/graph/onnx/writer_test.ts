/** Graphs in the several ways in which they are written for the providers: all compute the same. */

import { Random, type Tensor } from "@countergrade/countergrade";
import {
  conv,
  Graph,
  groupNorm,
  matmul,
  mul,
  reduceSum,
  silu,
} from "@countergrade/countergrade/engine";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { gradient } from "../../../../core/graph/gradient.ts";
import { readMessage } from "../../../../core/graph/onnx/messages.ts";
import type { OnnxOptions } from "../../../../core/graph/onnx/options.ts";
import { toOnnx } from "../../../../core/graph/onnx/writer.ts";
import { loadRuntime } from "../../../../core/graph/runtime.ts";

const random = new Random("writer");
const SHAPES = { x: [2, 8, 16, 17], w: [4, 8, 3, 3], factor: [2, 4], term: [2, 4], m: [17, 5] };

/** A graph with the gradients of all its inputs, whose rows are long enough for products of rows. */
function trained(): Graph {
  const graph = new Graph();
  const [x, w, factor, term, m] = Object.entries(SHAPES).map(([name, shape]) =>
    graph.input(name, shape)
  );
  const y = matmul(silu(groupNorm(conv(x, w, undefined, { pads: 1 }), factor, term, 2, 1e-5)), m);
  const loss = reduceSum(mul(y, y), [0, 1, 2, 3]);
  const gradients = gradient(loss, [x, w, factor, term, m]);
  gradients.forEach((g, i) => graph.output(`d${Object.keys(SHAPES)[i]}`, g));
  return graph;
}

async function results(graph: Graph, options: OnnxOptions): Promise<Record<string, Tensor>> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(toOnnx(graph, options));
  const feeds = Object.entries(SHAPES).map(([name, shape]) => {
    const data = new Random(name).normals(shape.reduce((a, b) => a * b));
    return [name, new Tensor("float32", data, shape)];
  });
  const out = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(out).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]),
  );
}

const opsIn = (graph: Graph, options: OnnxOptions) =>
  readMessage(toOnnx(graph, options), "Model").graph!.node!.map(({ opType }) => opType);

Deno.test("gradients do not depend on which of onnxruntime's own ops they are written in", async () => {
  const graph = trained();
  const plain = await results(graph, {});
  const ways: OnnxOptions[] = [
    { fusedMatMul: true },
    { gatedAdd: true },
    { fusedMatMul: true, gatedAdd: true },
    { fusedMatMul: true, gatedAdd: true, dynamicBatch: true },
    { splitLimit: 1 },
  ];
  for (const way of ways) {
    const other = await results(graph, way);
    for (const [name, { shape, data }] of Object.entries(plain)) {
      assertEquals(other[name].shape, shape);
      const scale = Math.max(...data.map(Math.abs));
      assert(scale > 0.1, name);
      data.forEach((value, i) => assertAlmostEquals(other[name].data[i], value, 1e-5 * scale));
    }
  }
  assertEquals(opsIn(graph, {}).filter((op) => op === "GatedAdd" || op === "FusedMatMul"), []);
  assert(opsIn(graph, ways[2]).includes("GatedAdd"));
});

Deno.test("SiLU and its gradient share one sigmoid", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const [dx] = gradient(reduceSum(silu(x), [0]), [x]);
  graph.output("dx", dx);
  graph.output("y", silu(x));
  assertEquals(opsIn(graph, {}).filter((op) => op === "Sigmoid").length, 1);
});

Deno.test("sums around a kept axis are written as two, the trailing axes first", async () => {
  const graph = new Graph();
  const shape = SHAPES.x;
  graph.output("y", reduceSum(graph.input("x", shape), [0, 2, 3]));
  assertEquals(opsIn(graph, {}), ["ReduceSum", "ReduceSum"]);
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(toOnnx(graph));
  const data = random.normals(shape.reduce((a, b) => a * b));
  const { y } = await session.run({ x: new Tensor("float32", data, shape) });
  await session.release();
  assertEquals(y.dims, [8]);
  const [, c, h, w] = shape;
  const sums = Array.from({ length: c }, () => 0);
  data.forEach((value, i) => sums[Math.floor(i / (h * w)) % c] += value);
  sums.forEach((sum, i) => assertAlmostEquals((y.data as Float32Array)[i], sum, 1e-3));
});
