/** Small ONNX models with every kind of part that a tensor can hide in; all of them run. */

import { MessageWriter } from "../../../../core/graph/onnx/protobuf_writer.ts";
import { writeMessage } from "../../../../core/graph/onnx/messages.ts";
import type { Message } from "../../../../core/graph/onnx/schema.ts";

const FLOAT = 1;
const INT64 = 7;

/** A float tensor `[n]`. */
export function floats(name: string, values: readonly number[]): Message<"Tensor"> {
  return { dims: dims([values.length]), dataType: FLOAT, name, rawData: bytesOf(values) };
}

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** An int64 tensor `[n]`, or a single number. */
export function integers(name: string, values: readonly number[] | number): Message<"Tensor"> {
  const list = typeof values === "number" ? [values] : values;
  const rawData = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
  return {
    ...typeof values !== "number" && { dims: dims([list.length]) },
    dataType: INT64,
    name,
    rawData,
  };
}

/** Small numbers as they stand in a packed field. */
export function dims(lengths: readonly number[]): Uint8Array {
  return Uint8Array.from(lengths);
}

/** A port of floats. */
export function port(name: string, lengths?: readonly (number | string)[]): Message<"ValueInfo"> {
  const shape = lengths && {
    dim: lengths.map((length) =>
      typeof length === "number" ? { dimValue: BigInt(length) } : { dimParam: length }
    ),
  };
  return { name, type: { tensorType: { elemType: FLOAT, ...shape && { shape } } } };
}

/** A node. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  attribute: Message<"Attribute">[] = [],
  domain?: string,
): Message<"Node"> {
  return { input, output, opType, attribute, ...domain !== undefined && { domain } };
}

/** A model of a graph from `x` to `y`, `[n, 3]` both. */
export function modelOf(
  graph: Message<"Graph">,
  rest: Partial<Message<"Model">> = {},
): Message<"Model"> {
  const ports = { input: [port("x", ["n", 3])], output: [port("y", ["n", 3])] };
  return {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 17n }],
    ...rest,
    graph: { name: "graph", ...ports, ...graph },
  };
}

const branch = (name: string, factor: number): Message<"Graph"> => ({
  name,
  node: [node("Mul", ["x", `${name}.w`], [`${name}.y`])],
  initializer: [floats(`${name}.w`, [factor, 2, 3])],
  output: [port(`${name}.y`)],
});

const graphs: Record<string, Message<"Model">> = {
  linear: modelOf({
    node: [node("Mul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"])],
    initializer: [
      floats("w", [1, 2, 3]),
      { name: "b", dataType: FLOAT, dims: dims([3]), floatData: bytesOf([4, 5, 6]) },
    ],
    valueInfo: [port("h", ["n", 3])],
    quantizationAnnotation: [{
      tensorName: "w",
      quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "b" }],
    }],
  }),
  constants: modelOf({
    node: [
      node("Constant", [], ["w"], [{ name: "value", type: 4, t: floats("", [7, 8, 9]) }]),
      node("Constant", [], ["s"], [{
        name: "sparse_value",
        type: 11,
        sparseTensor: {
          values: floats("s", [3]),
          indices: integers("", [1]),
          dims: dims([3]),
        },
      }]),
      node("Constant", [], ["f"], [{
        name: "value_floats",
        type: 6,
        floats: bytesOf([1, 0, 1]),
      }]),
      node("Mul", ["x", "w"], ["a"]),
      node("Add", ["a", "s"], ["b"]),
      node("Add", ["b", "f"], ["c"]),
      node("Add", ["c", "sparse"], ["y"]),
    ],
    sparseInitializer: [{
      values: floats("sparse", [5]),
      indices: integers("", [2]),
      dims: dims([3]),
    }],
  }),
  branches: modelOf({
    node: [
      node("ReduceSum", ["x"], ["sum"], [{ name: "keepdims", type: 2, i: 0n }]),
      node("Greater", ["sum", "zero"], ["positive"]),
      node("If", ["positive"], ["y"], [
        { name: "then_branch", type: 5, g: branch("then", 1) },
        { name: "else_branch", type: 5, g: branch("else", -1) },
      ]),
    ],
    initializer: [{ ...floats("zero", [0]), dims: undefined }],
  }),
  loop: modelOf({
    node: [
      node("Loop", ["times", "", "x"], ["y"], [{
        name: "body",
        type: 5,
        g: {
          name: "body",
          node: [
            node("Identity", ["go"], ["on"]),
            node("Add", ["v", "step"], ["w"]),
          ],
          initializer: [floats("step", [1, 2, 3])],
          input: [
            { name: "i", type: { tensorType: { elemType: INT64, shape: {} } } },
            { name: "go", type: { tensorType: { elemType: 9, shape: {} } } },
            port("v"),
          ],
          output: [{ name: "on", type: { tensorType: { elemType: 9 } } }, port("w")],
        },
      }]),
    ],
    initializer: [integers("times", 2)],
  }),
  functions: modelOf({
    node: [node("Twice", ["x"], ["y"], [], "own")],
  }, {
    opsetImport: [{ domain: "", version: 17n }, { domain: "own", version: 1n }],
    functions: [{
      name: "Twice",
      domain: "own",
      input: ["a"],
      output: ["b"],
      node: [
        node("Constant", [], ["k"], [{ name: "value", type: 4, t: floats("", [2, 2, 2]) }]),
        node("Mul", ["a", "k"], ["b"]),
      ],
      opsetImport: [{ domain: "", version: 17n }],
    }],
  }),
  sequences: modelOf({
    node: [
      node("SequenceConstruct", ["x", "x"], ["list"]),
      node("ConcatFromSequence", ["list"], ["both"], [{ name: "axis", type: 2, i: 0n }]),
      node("Slice", ["both", "start", "end"], ["half"]),
      node("Optional", ["half"], ["maybe"]),
      node("OptionalGetElement", ["maybe"], ["y"]),
    ],
    initializer: [integers("start", [0]), integers("end", [1])],
    valueInfo: [
      { name: "list", type: { sequenceType: { elemType: { tensorType: { elemType: FLOAT } } } } },
      { name: "maybe", type: { optionalType: { elemType: { tensorType: { elemType: FLOAT } } } } },
    ],
    output: [port("y")],
  }),
};

/** Models by what they are about, as bytes. */
export const MODELS: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  ...Object.fromEntries(
    Object.entries(graphs).map(([name, model]) => [name, writeMessage(model, "Model")]),
  ),
  // What the writer leaves out: a training, and settings of the runtime. Messages one after another are one.
  training: Uint8Array.of(
    ...new MessageWriter()
      .bytes(20, new MessageWriter().bytes(1, writeMessage(branch("start", 1), "Graph")))
      .bytes(14, new MessageWriter().bytes(1, "ort_config").bytes(2, "{}"))
      .finish(),
    ...writeMessage(graphs.linear, "Model"),
  ),
};
