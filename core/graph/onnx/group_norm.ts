/** GroupNorm and its gradient as ONNX nodes: LayerNormalization of the groups as rows, then a factor and a term per channel. */

import { sizeOf } from "../../tensor.ts";
import type { Node, Value } from "../graph.ts";
import type { Emitter } from "./emitter.ts";

/** From so many positions on, the product of two rows of them beats the sum of their elementwise product. */
const LONG_ROW = 256;

/** What a normalized v is kept under for the gradient: by its mean, which belongs to one node. */
const normalOf = (mean: Value) => `normal ${mean.id}`;

/** Writes `y = v·f + t` with the normalized v, which the gradient takes too, and μ and 1/σ. */
export function emitGroupNorm(node: Node, emitter: Emitter): void {
  const { inputs: [x, factor, term], outputs: [y, mean, inverse], layer, attributes } = node;
  const { groups = 1, epsilon = 0 } = attributes;
  const { op, reshape } = stepsOf(emitter, layer);
  const [n, c, ...space] = x.shape;
  const length = sizeOf(space) * c / groups;
  const ones = emitter.once(
    `ones ${length}`,
    () => emitter.floats(new Float32Array(length).fill(1), [length]),
  );
  const unit = emitter.temporary();
  emitter.node(
    "LayerNormalization",
    [reshape(x, [n, groups, length]), ones],
    [unit, mean, inverse],
    { axis: -1, epsilon: { float: epsilon } },
    "",
    layer,
  );
  const normal = emitter.once(normalOf(mean), () => reshape(unit, x.shape));
  const [scale, shift] = [factor, term].map((value) =>
    reshape(value, [value.shape[0], c, ...space.map(() => 1)])
  );
  op("Add", [op("Mul", [normal, scale]), shift], y);
}

/**
 * Writes the gradient. With v = (x − μ)/σ, y = v·f + t, m elements in a group and sums over the positions and channels of a
 * group:
 *
 *     ∂t = Σg,  ∂f = Σg·v per channel;  ∂x = (g·f − Σ_group f·∂t / m − v·Σ_group f·∂f / m) / σ
 *
 * The sums over groups are sums of what was summed over positions already, and ∂x is one factor per channel for g, and one
 * factor and one term per group for v.
 */
export function emitGroupNormGradient(node: Node, emitter: Emitter): void {
  const { inputs: [g, x, factor, mean, inverse], outputs, attributes, layer } = node;
  const { groups = 1 } = attributes;
  const { op, reshape } = stepsOf(emitter, layer);
  const [n, c, ...space] = g.shape;
  const positions = sizeOf(space);
  const v = emitter.once(normalOf(mean), () => {
    const centered = op("Sub", [reshape(x, [n, groups, positions * c / groups]), mean]);
    return reshape(op("Mul", [centered, inverse]), g.shape);
  });
  const rows = (value: Value | string) => reshape(value, [n, c, positions]);
  const grouped = (value: Value | string, images = n) =>
    reshape(value, [images, groups, c / groups]);
  const gRows = rows(g);
  const [dx, ...sums] = outputs;
  // Of each image; where all share their factors, the sums over images follow.
  const shared = factor.shape[0] === 1 && n > 1;
  const [df, dt] = shared ? [emitter.temporary(), emitter.temporary()] : sums;
  op("ReduceSum", [gRows, emitter.integers([2])], dt, { keepdims: 0 });
  if (emitter.options.fusedMatMul && positions >= LONG_ROW) {
    const [left, right] = [gRows, rows(v)].map((value) => reshape(value, [n * c, 1, positions]));
    const flags = { transA: 0, transB: 1 };
    reshape(op("FusedMatMul", [left, right], undefined, flags, "com.microsoft"), [n, c], df);
  } else {
    const product = op("Mul", [gRows, rows(v)]);
    op("ReduceSum", [product, emitter.integers([2])], df, { keepdims: 0 });
  }
  const factors = grouped(factor, factor.shape[0]);
  const share = op("Mul", [inverse, emitter.floats([-1 / (positions * c / groups)], [])]);
  const [slope, offset] = [df, dt].map((sum) => {
    const weighted = op("Mul", [grouped(sum), factors]);
    const all = op("ReduceSum", [weighted, emitter.integers([2])], undefined, { keepdims: 1 });
    return op("Mul", [all, share]);
  });
  const gain = op("Mul", [factors, inverse]);
  const rest = op("Add", [
    op("Mul", [reshape(v, [n, groups, positions * c / groups]), slope]),
    offset,
  ]);
  const sum = emitter.options.gatedAdd
    ? op("GatedAdd", [rows(rest), gRows, reshape(gain, [n, c, 1])], undefined, {}, "com.microsoft")
    : op("Add", [op("Mul", [gRows, reshape(gain, [n, c, 1])]), rows(rest)]);
  reshape(sum, g.shape, dx);
  if (!shared) return;
  const images = emitter.integers([0]);
  [df, dt].forEach((each, i) => op("ReduceSum", [each, images], sums[i], { keepdims: 1 }));
}

/** Ops on values and names; what they make is called `to`, or something that only ONNX sees. */
function stepsOf(emitter: Emitter, layer: string) {
  const { dynamicBatch } = emitter.options;
  const op = (
    name: string,
    inputs: readonly (Value | string)[],
    to: Value | string = emitter.temporary(),
    attributes = {},
    domain = "",
  ): string => {
    emitter.node(name, inputs, [to], attributes, domain, layer);
    return typeof to === "string" ? to : emitter.name(to);
  };
  /** The first axis is that of images, or a multiple of it. */
  const reshape = (
    from: Value | string,
    shape: readonly number[],
    to?: Value | string,
  ): string =>
    op("Reshape", [from, emitter.integers(dynamicBatch ? shape.with(0, -1) : shape)], to);
  return { op, reshape };
}
