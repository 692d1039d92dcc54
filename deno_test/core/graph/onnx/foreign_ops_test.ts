/** Ops of strangers: which are taken, and functions that have no end. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { checkOps } from "../../../../core/graph/onnx/foreign_ops.ts";
import type { Message } from "../../../../core/graph/onnx/schema.ts";
import { modelOf, node } from "./models.ts";

const withNode = (...nodes: Message<"Node">[]) => modelOf({ node: nodes });
const own = (name: string, calls: string[], domain = "own"): Message<"Function"> => ({
  name,
  domain,
  input: ["x"],
  output: ["y"],
  node: calls.map((call) => node(call, ["x"], ["y"], [], call.startsWith("F") ? "own" : "")),
});
const withFunctions = (...functions: Message<"Function">[]) =>
  modelOf({ node: [node(functions[0].name!, ["x"], ["y"], [], functions[0].domain)] }, {
    functions,
  });

Deno.test("ops of ONNX, of its machine learning part and of onnxruntime's own set are taken", () => {
  for (const domain of [undefined, "", "ai.onnx", "ai.onnx.ml", "com.microsoft"]) {
    checkOps(withNode(node("Anything", [], [], [], domain)));
  }
});

Deno.test("ops of other domains, and those that read files or run code, are refused in every graph", () => {
  const refused: [string, string][] = [
    ["ReorderInput", "com.microsoft.nchwc"],
    ["Conv", "com.ms.internal.nhwc"],
    ["BertTokenizer", "ai.onnx.contrib"],
    ["Relu", "ai.onnx\0"],
    ["EPContext", "com.microsoft"],
    ["PythonOp", "com.microsoft"],
  ];
  for (const [op, domain] of refused) {
    const bad = node(op, [], [], [], domain);
    const graph = { node: [bad] };
    const wrapped = [
      bad,
      node("If", [], [], [{ g: graph }]),
      node("Odd", [], [], [{ graphs: [{}, graph] }]),
      node("Loop", [], [], [{ g: { node: [node("If", [], [], [{ g: graph }])] } }]),
    ];
    for (const outer of wrapped) {
      const text = `uses the op ${op} of the domain "${domain}"`;
      assertThrows(() => checkOps(withNode(outer)), FormatError, text);
    }
    const idle = { ...own("F", []), attributeProto: [{ g: graph }] };
    for (const functions of [[{ ...own("F", []), node: [bad] }], [own("G", []), idle]]) {
      assertThrows(() => checkOps(withFunctions(...functions)), FormatError, op);
    }
  }
});

Deno.test("a model's own functions are taken, but for those in the place of the runtime's ops", () => {
  checkOps(withFunctions(own("F", ["Relu", "F2"]), own("F2", ["Relu"])));
  assertThrows(() => checkOps(withNode(node("F3", [], [], [], "own"))), FormatError, "F3");
  for (const domain of ["", "ai.onnx", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal"]) {
    const text = `defines the function Relu in the domain "${domain}"`;
    assertThrows(() => checkOps(withFunctions(own("Relu", [], domain))), FormatError, text);
  }
  assertThrows(() => checkOps(withFunctions(own("F", []), own("F", []))), FormatError, "twice");
});

Deno.test("functions that call themselves, or multiply without measure, are refused", () => {
  assertThrows(() => checkOps(withFunctions(own("F", ["F"]))), FormatError, "F calls itself");
  const circle = withFunctions(own("F", ["F2"]), own("F2", ["F"]));
  assertThrows(() => checkOps(circle), FormatError, "calls itself");
  const chain = (length: number) =>
    Array.from({ length }, (_, i) => own(`F${i}`, [`F${i + 1}`, `F${i + 1}`]));
  checkOps(withFunctions(...chain(18), own("F18", ["Relu"])));
  assertThrows(
    () => checkOps(withFunctions(...chain(64), own("F64", ["Relu"]))),
    FormatError,
    "more than 1000000 nodes",
  );
});

Deno.test("a function is given no more than it takes: onnxruntime would end the process", () => {
  const call = (input: string[], output: string[]) =>
    checkOps({
      ...modelOf({ node: [node("F", input, output, [], "own")] }),
      functions: [own("F", [])],
    });
  call(["x"], ["y"]);
  call([], []);
  const text = "its function F has 1 inputs and 1 outputs, a call has ";
  assertThrows(() => call(["x", "x"], ["y"]), FormatError, `${text}2 and 1`);
  assertThrows(() => call(["x"], ["y", "z"]), FormatError, `${text}1 and 2`);
});

Deno.test("imports of domains that nobody may use are left out", () => {
  const functions = [{
    ...own("F", ["Relu"]),
    opsetImport: [{ version: 17n }, { domain: "com.xilinx", version: 1n }],
  }];
  const model = modelOf({ node: [node("F", [], [], [], "own")] }, {
    functions,
    opsetImport: ["", "own", "com.microsoft.nchwc", "com.microsoft"].map((domain) => ({ domain })),
  });
  checkOps(model);
  const domains = model.opsetImport!.map(({ domain }) => domain);
  assertEquals(domains, ["", "own", "com.microsoft"]);
  assertEquals(functions[0].opsetImport, [{ version: 17n }]);
});
