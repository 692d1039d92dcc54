/** What each op of a graph is in ONNX. */

import type { Node, Value } from "../graph.ts";
import { type Attributes, type Op, sidesOf } from "../ops.ts";
import {
  emitBlocked,
  emitBlockedTranspose,
  fitsBlocks,
  turnedPads,
} from "./blocked_convolution.ts";
import type { AttributeValue, Emitter } from "./emitter.ts";
import { emitGroupNorm, emitGroupNormGradient } from "./group_norm.ts";
import type { LoweredOp } from "./lower.ts";

type Emit = (node: Node, emitter: Emitter) => void;

/** An op that ONNX has under the same name. */
function plain(op: string): Emit {
  return (node, emitter) => emitter.node(op, node.inputs, node.outputs, {}, "", node.layer);
}

/** An op whose ONNX form takes integer vectors as further inputs, or attributes. */
function withParts(
  op: string,
  integers: (node: Node, emitter: Emitter) => (readonly number[])[],
  attributes: (node: Node) => Record<string, AttributeValue> = () => ({}),
): Emit {
  return (node, emitter) => {
    const extra = integers(node, emitter).map((values) => emitter.integers(values));
    emitter.node(op, [...node.inputs, ...extra], node.outputs, attributes(node), "", node.layer);
  };
}

function emitConv(
  { inputs: [, w], outputs, layer }: Node,
  emitter: Emitter,
  inputs: readonly (Value | string)[],
  attributes: Attributes,
): void {
  emitter.node("Conv", inputs, outputs, windowOf(w, attributes), "", layer);
}

/** Kernel, zeros around and strides of a convolution, as ONNX has them. */
function windowOf({ shape: [, , ...kernel] }: Value, { pads, stride = 1 }: Attributes) {
  const { before, after } = sidesOf(pads, kernel.length);
  const strides = kernel.map(() => stride);
  return { kernel_shape: kernel, pads: [...before, ...after], strides };
}

/** A weight `[o, c, k, k]` as `[c, o, k, k]` with each k × k turned by 180°. */
function turn(emitter: Emitter, w: Value, layer: string): string {
  const swapped = emitter.temporary();
  emitter.node("Transpose", [w], [swapped], { perm: [1, 0, 2, 3] }, "", layer);
  if (w.shape[2] === 1) return swapped;
  const turned = emitter.temporary();
  const [back, start, axes] = [[-1, -1], [-(2 ** 31), -(2 ** 31)], [2, 3]].map((values) =>
    emitter.integers(values)
  );
  emitter.node("Slice", [swapped, back, start, axes, back], [turned], {}, "", layer);
  return turned;
}

/** The factors of a Resize that doubles all axes of space. */
function doublingOf({ shape: [, , ...space] }: Value, emitter: Emitter): string {
  return emitter.floats([1, 1, ...space.map(() => 2)], [space.length + 2]);
}

/** Sums over trailing axes first: onnxruntime is slow when kept axes lie between. */
function emitSum({ inputs: [x], outputs: [y], attributes, layer }: Node, emitter: Emitter): void {
  const { axes = [], keepdims = false } = attributes;
  const sum = (from: Value | string, over: readonly number[], to: Value | string, kept: boolean) =>
    emitter.node(
      "ReduceSum",
      [from, emitter.integers(over)],
      [to],
      { keepdims: Number(kept) },
      "",
      layer,
    );
  const trailing = axes.filter((axis) => x.shape.length - axis <= axes.length && axis > 0);
  const others = axes.filter((axis) => !trailing.includes(axis));
  if (!trailing.length || !others.length) return sum(x, axes, y, keepdims);
  const inner = emitter.temporary();
  sum(x, trailing, inner, keepdims);
  sum(inner, others, y, keepdims);
}

/** The sigmoid that SiLU and its gradient share: computed again when x has left the cache, it would cost twice as much. */
function sigmoidOf(x: Value, emitter: Emitter, layer: string): string {
  return emitter.once(`sigmoid ${x.id}`, () => {
    const s = emitter.temporary();
    emitter.node("Sigmoid", [x], [s], {}, "", layer);
    return s;
  });
}

/** One row for each op that is written as it is. */
export const EMIT: Record<Exclude<Op, LoweredOp>, Emit> = {
  Add: plain("Add"),
  Sub: plain("Sub"),
  Mul: plain("Mul"),
  Div: plain("Div"),
  Neg: plain("Neg"),
  Exp: plain("Exp"),
  Log: plain("Log"),
  Sqrt: plain("Sqrt"),
  Sin: plain("Sin"),
  Cos: plain("Cos"),
  Sigmoid: plain("Sigmoid"),
  Silu: ({ inputs: [x], outputs, layer }, emitter) =>
    emitter.node("Mul", [x, sigmoidOf(x, emitter, layer)], outputs, {}, "", layer),
  // d(x·s)/dx = s + y(1 − s) = y + s(1 − y), s = sigmoid(x)
  SiluGradient: ({ inputs: [g, x, y], outputs, layer }, emitter) => {
    const [rest, product, slope] = Array.from({ length: 3 }, () => emitter.temporary());
    emitter.node("Sub", [emitter.floats([1], []), y], [rest], {}, "", layer);
    emitter.node("Mul", [sigmoidOf(x, emitter, layer), rest], [product], {}, "", layer);
    emitter.node("Add", [y, product], [slope], {}, "", layer);
    emitter.node("Mul", [g, slope], outputs, {}, "", layer);
  },
  Clip: (node, emitter) => {
    const { low = -1, high = 1 } = node.attributes;
    const bounds = [emitter.floats([low], []), emitter.floats([high], [])];
    emitter.node("Clip", [node.inputs[0], ...bounds], node.outputs, {}, "", node.layer);
  },
  Softmax: (node, emitter) =>
    emitter.node("Softmax", node.inputs, node.outputs, { axis: -1 }, "", node.layer),
  LogSoftmax: (node, emitter) =>
    emitter.node("LogSoftmax", node.inputs, node.outputs, { axis: -1 }, "", node.layer),
  GroupNorm: emitGroupNorm,
  GroupNormGradient: emitGroupNormGradient,
  MatMul: (node, emitter) => {
    const { transA = false, transB = false } = node.attributes;
    if (!transA && !transB) return plain("MatMul")(node, emitter);
    if (emitter.options.fusedMatMul) {
      const flags = { transA: Number(transA), transB: Number(transB) };
      return emitter.node(
        "FusedMatMul",
        node.inputs,
        node.outputs,
        flags,
        "com.microsoft",
        node.layer,
      );
    }
    const factors = node.inputs.map((factor, i) => {
      if (![transA, transB][i]) return emitter.name(factor);
      const turned = emitter.temporary();
      const rank = factor.shape.length;
      const perm = Array.from({ length: rank }, (_, axis) => axis)
        .with(rank - 1, rank - 2).with(rank - 2, rank - 1);
      emitter.node("Transpose", [factor], [turned], { perm }, "", node.layer);
      return turned;
    });
    emitter.node("MatMul", factors, node.outputs, {}, "", node.layer);
  },
  ReduceSum: emitSum,
  ReduceMean: withParts("ReduceMean", () => [], ({ attributes }) => ({
    axes: attributes.axes!,
    keepdims: Number(attributes.keepdims ?? false),
  })),
  Reshape: withParts("Reshape", ({ inputs: [x], attributes }, { options }) => {
    const shape = attributes.shape!;
    if (!options.dynamicBatch || !shape.length) return [shape];
    // The first axis is that of images, or what it is joined with, as slices.
    return [shape.with(0, shape[0] === x.shape[0] ? 0 : -1)];
  }),
  Transpose: withParts(
    "Transpose",
    () => [],
    ({ attributes }) => ({ perm: attributes.permutation! }),
  ),
  Slice: withParts(
    "Slice",
    ({ attributes: { axis = 0, start = 0, end = 0 } }) => [[start], [end], [axis]],
  ),
  Flip: withParts("Slice", ({ attributes }) => {
    const axes = attributes.axes!;
    return [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
  }),
  Concat: withParts("Concat", () => [], ({ attributes }) => ({ axis: attributes.axis! })),
  Split: (node, emitter) => {
    const { lengths, axis } = node.attributes;
    if (node.outputs.length <= (emitter.options.splitLimit ?? Infinity)) {
      const inputs = [node.inputs[0], emitter.integers(lengths!)];
      return emitter.node("Split", inputs, node.outputs, { axis: axis! }, "", node.layer);
    }
    let start = 0;
    for (const [i, output] of node.outputs.entries()) {
      const end = start + lengths![i];
      const parts = [[start], [end], [axis!]].map((values) => emitter.integers(values));
      emitter.node("Slice", [node.inputs[0], ...parts], [output], {}, "", node.layer);
      start = end;
    }
  },
  Pad: withParts("Pad", ({ attributes }) => [[...attributes.before!, ...attributes.after!]]),
  Expand: withParts("Expand", ({ attributes }) => [attributes.shape!]),
  Conv: (node, emitter) => {
    if (fitsBlocks(node, emitter.options)) return emitBlocked(node, emitter);
    emitConv(node, emitter, node.inputs, node.attributes);
  },
  ConvTranspose: (node, emitter) => {
    const { inputs: [x, w], attributes, outputs: [y], layer } = node;
    const { pads, stride = 1, outputPadding = 0 } = attributes;
    if (fitsBlocks(node, emitter.options)) return emitBlockedTranspose(node, emitter);
    const [, , k] = w.shape;
    // Its adjoint is a convolution with turned weights; up to 8 × 8 turning them costs more than it saves.
    if (stride === 1 && outputPadding === 0 && (k === 1 || x.shape[2] * x.shape[3] > 64)) {
      const turned = emitter.once(`turned ${w.id}`, () => turn(emitter, w, layer));
      return emitConv(node, emitter, [x, turned], { pads: turnedPads(pads, k) });
    }
    const parts = {
      ...windowOf(w, attributes),
      output_padding: w.shape.slice(2).map(() => outputPadding),
    };
    emitter.node("ConvTranspose", [x, w], [y], parts, "", layer);
  },
  Upsample: (node, emitter) =>
    emitter.node(
      "Resize",
      [node.inputs[0], "", doublingOf(node.inputs[0], emitter)],
      node.outputs,
      {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      },
      "",
      node.layer,
    ),
  AveragePool: withParts("AveragePool", () => [], ({ inputs: [x] }) => {
    const halves = x.shape.slice(2).map(() => 2);
    return { kernel_shape: halves, strides: halves };
  }),
};
