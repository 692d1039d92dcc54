/** Networks of strangers as functions of rows. */

import { FormatError, tensor } from "@countergrade/countergrade";
import { assertEquals, assertRejects } from "@std/assert";
import { ForeignNetwork } from "../../../../core/graph/foreign/foreign_network.ts";
import { writeMessage } from "../../../../core/graph/onnx/messages.ts";
import { floats, integers, modelOf, MODELS, node, port } from "../onnx/models.ts";

const rows = tensor([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
const write = (...model: Parameters<typeof modelOf>) => writeMessage(modelOf(...model), "Model");

Deno.test("rows go through a model, also where it takes a fixed number of them", async () => {
  const fixed = write({
    node: [node("Mul", ["x", "w"], ["y"])],
    initializer: [floats("w", [1, 2, 3])],
    input: [port("x", [2, 3])],
    output: [port("y", [2, 3])],
  });
  const free = write({
    node: [node("Mul", ["x", "w"], ["y"])],
    initializer: [floats("w", [1, 2, 3])],
  });
  for (const bytes of [fixed, free]) {
    await using network = await ForeignNetwork.open(bytes, "judge");
    assertEquals(network.inputRow, [3]);
    const { shape, data } = await network.run(rows);
    assertEquals(shape, [3, 3]);
    assertEquals([...data], [1, 4, 9, 4, 10, 18, 7, 16, 27]);
  }
});

Deno.test("of several outputs one is named, of several inputs none is taken", async () => {
  const two = {
    node: [node("Neg", ["x"], ["y"]), node("Identity", ["x"], ["z"])],
    output: [port("y", ["n", 3]), port("z", ["n", 3])],
  };
  await assertRejects(
    () => ForeignNetwork.open(write(two), "judge"),
    FormatError,
    "expected one output, or its name, it has y float32 [n, 3]; z float32 [n, 3]",
  );
  await using network = await ForeignNetwork.open(write(two), "judge", { output: "z" });
  assertEquals((await network.run(rows)).data, rows.data);
  const inputs = write({
    node: [node("Add", ["x", "x2"], ["y"])],
    input: [port("x", ["n", 3]), port("x2", ["n", 3])],
  });
  await assertRejects(
    () => ForeignNetwork.open(inputs, "judge", { input: "x" }),
    FormatError,
    "expected one input, it has x, x2",
  );
});

Deno.test("ports that are not float32, rows of another shape and models that fail are told", async () => {
  const cast = write({
    node: [node("Cast", ["x"], ["y"], [{ name: "to", type: 2, i: 7n }])],
    output: [{ name: "y", type: { tensorType: { elemType: 7 } } }],
  });
  await assertRejects(
    () => ForeignNetwork.open(cast, "judge"),
    FormatError,
    "expected float32, output is y int64",
  );
  await using network = await ForeignNetwork.open(MODELS.linear, "judge");
  await assertRejects(
    () => network.run(tensor([1, 2], [1, 2])),
    FormatError,
    'The input "x" takes shape [n, 3], current shape is [1, 2]',
  );
  const failing = write({
    node: [node("Reshape", ["x", "shape"], ["y"])],
    initializer: [integers("shape", [2, 2])],
  });
  await using broken = await ForeignNetwork.open(failing, "judge");
  await assertRejects(() => broken.run(rows), FormatError, "The ONNX model failed: ");
});
