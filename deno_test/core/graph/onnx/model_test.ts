/** Models of strangers: what the runtime gets computes the same, and nothing else. */

import { FormatError, Random } from "@countergrade/countergrade";
import { concat, Graph, groupNorm, matmul, silu } from "@countergrade/countergrade/engine";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { openForeign } from "../../../../core/graph/foreign/foreign_session.ts";
import { readMessage, writeMessage } from "../../../../core/graph/onnx/messages.ts";
import { readOnnxModel } from "../../../../core/graph/onnx/model.ts";
import { MessageWriter } from "../../../../core/graph/onnx/protobuf_writer.ts";
import { toOnnx } from "../../../../core/graph/onnx/writer.ts";
import { loadRuntime } from "../../../../core/graph/runtime.ts";
import { floats, modelOf, MODELS, node, port } from "./models.ts";

const fixture = (name: string) =>
  Deno.readFileSync(new URL(`../../../plugins/encoders/autoencoder/${name}`, import.meta.url));
const bytesOf = (model: Parameters<typeof modelOf>) => writeMessage(modelOf(...model), "Model");

/** A graph of ours, with the initializers, attributes and ops of another domain that it has. */
function ownGraph(): Uint8Array<ArrayBuffer> {
  const graph = new Graph();
  const random = new Random(3);
  const x = graph.input("x", [2, 4, 3, 3]);
  const ones = graph.constant({ shape: [1, 4], data: new Float32Array(4).fill(1) });
  const w = graph.constant({ shape: [3, 3], data: random.normals(9) });
  const h = matmul(silu(groupNorm(x, ones, ones, 2, 1e-5)), w, false, true);
  graph.output("y", concat([h, x], 1));
  return toOnnx(graph, { fusedMatMul: true, gatedAdd: true });
}

const ALL: [name: string, bytes: Uint8Array<ArrayBuffer>, shapes: number[][]][] = [
  ...Object.entries(MODELS).map(([name, bytes]): [string, Uint8Array<ArrayBuffer>, number[][]] => [
    name,
    bytes,
    [[1, 3]],
  ]),
  ["PyTorch's encoder", fixture("encoder.onnx"), [[2, 1, 16, 16]]],
  ["PyTorch's decoder", fixture("decoder.onnx"), [[2, 8]]],
  ["a graph of ours", ownGraph(), [[2, 4, 3, 3]]],
];

/** What a model makes of drawn numbers. */
async function outputs(bytes: Uint8Array<ArrayBuffer>, shapes: number[][]): Promise<unknown[]> {
  const { Tensor } = await loadRuntime();
  const session = await openForeign({ bytes, inputs: [], outputs: [] }, "model");
  const feeds = session.inputNames.map((name, i) => {
    const data = new Random(name).normals(shapes[i].reduce((a, b) => a * b, 1));
    return [name, new Tensor("float32", data, shapes[i])];
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.entries(results).map(([name, { dims, data }]) => [name, dims, data]);
}

Deno.test("a model that was written anew gives bit for bit what it gave before", async () => {
  for (const [name, bytes, shapes] of ALL) {
    const before = await outputs(bytes, shapes);
    assert(before.length > 0, name);
    assertEquals(await outputs(readOnnxModel(bytes).bytes, shapes), before, name);
  }
});

Deno.test("inputs and outputs are told with their types and axes; weights are no inputs", () => {
  const weight = floats("w", [1, 2, 3]);
  const { inputs, outputs } = readOnnxModel(bytesOf([{
    node: [node("Mul", ["x", "w"], ["y"])],
    initializer: [weight],
    sparseInitializer: [{ values: floats("s", [1]) }],
    input: [port("x", ["n", 3]), port("w", [3]), port("s", [3])],
    output: [
      port("y", [-1, 3]),
      port("unknown"),
      { name: "list", type: { sequenceType: {} } },
      { name: "flags", type: { tensorType: { elemType: 9, shape: {} } } },
      { name: "odd", type: { tensorType: { elemType: 23 } } },
      {},
    ],
  }]));
  assertEquals(inputs, [{ name: "x", type: "float32", shape: ["n", 3] }]);
  assertEquals(outputs, [
    { name: "y", type: "float32", shape: ["?", 3] },
    { name: "unknown", type: "float32", shape: undefined },
    { name: "list", type: "no tensor" },
    { name: "flags", type: "bool", shape: [] },
    { name: "odd", type: "type 23", shape: undefined },
    { name: "", type: "no tensor" },
  ]);
});

Deno.test("texts for people, trainings and settings of the runtime do not come through", () => {
  const { bytes } = readOnnxModel(MODELS.training);
  const model = readMessage(bytes, "Model");
  assertEquals(Object.keys(model).sort(), ["graph", "irVersion", "opsetImport", "producerName"]);
  assertEquals(model.graph, readMessage(MODELS.linear, "Model").graph);
});

Deno.test("nothing is handed over that onnxruntime would take for its own format", () => {
  const hidden = new MessageWriter().int(1, 8).bytes(2, "ORTM").finish();
  assertEquals(new TextDecoder().decode(hidden.subarray(4, 8)), "ORTM");
  const { graph, opsetImport } = readMessage(MODELS.linear, "Model");
  const rest = writeMessage({ graph, opsetImport }, "Model");
  const { bytes } = readOnnxModel(Uint8Array.of(...hidden, ...rest));
  assertEquals(new TextDecoder().decode(bytes.subarray(4, 8)), "coun");
});

Deno.test("the first and the newest IR version that is known are read; what is no fault of the file is none", () => {
  for (const irVersion of [1n, 14n]) {
    const { inputs } = readOnnxModel(bytesOf([{ input: [port("x", [1])] }, { irVersion }]));
    assertEquals(inputs.map(({ name }) => name), ["x"]);
  }
  assertThrows(() => readOnnxModel(null as unknown as Uint8Array), TypeError);
});

Deno.test("what is no model, or a newer one than is known, is refused by its name", () => {
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(), "holds no graph"],
    [new TextEncoder().encode("no model"), "protocol buffer"],
    [bytesOf([{}, { irVersion: 15n }]), "expected IR version 1 to 14, it has 15"],
    [bytesOf([{}, { irVersion: undefined }]), "it has 0"],
    [bytesOf([{}, { irVersion: -1n }]), "it has -1"],
    [bytesOf([{ node: [node("Relu", [], [], [], "else.where")] }]), '"else.where"'],
    [MODELS.linear.slice(0, -1), "reaches beyond"],
  ];
  for (const [bytes, text] of cases) {
    const error = assertThrows(() => readOnnxModel(bytes, "judge"), FormatError, text);
    assert(error.message.startsWith('Cannot load "judge" as an ONNX model: '), error.message);
  }
});
