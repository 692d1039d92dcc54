/**
 * Convolutions in onnxruntime's own blocked layout, for weights that are not constant. The CPU kernels behind it need no
 * im2col and are up to a third faster, but onnxruntime itself takes them for constant weights only, which a graph for
 * training does not have.
 *
 * With blocks of b channels, images are `[n, c/b, h, w, b]` and weights `[o/b, c/b, k², b of c, b of o]`.
 */

import type { Node, Value } from "../graph.ts";
import type { Emitter } from "./emitter.ts";
import type { OnnxOptions } from "./options.ts";
import { type Pads, sidesOf } from "../ops.ts";

/** onnxruntime's domain for the ops that know the layout. */
export const BLOCKED_DOMAIN = "com.microsoft.nchwc";

/** Whether a weight `[o, c, k, k]` is computed, has whole blocks, and more than one tap, without which nothing is gained. */
export function fitsBlocks({ inputs: [, w], attributes }: Node, { block }: OnnxOptions): boolean {
  const { stride = 1, outputPadding = 0 } = attributes;
  const [o, c, k] = w.shape;
  return block !== undefined && w.shape.length === 4 && !w.graph.constants.has(w) &&
    o % block === 0 && c % block === 0 &&
    k > 1 && stride === 1 && outputPadding === 0;
}

/** Writes a convolution. */
export function emitBlocked(node: Node, emitter: Emitter): void {
  const { inputs: [x, w, bias], attributes: { pads } } = node;
  convolve(node, emitter, x, blockedWeight(emitter, w, node.layer), pads, bias);
}

/** Writes a transposed convolution: a convolution with turned weights whose channels are exchanged. */
export function emitBlockedTranspose(node: Node, emitter: Emitter): void {
  const { inputs: [x, w], attributes: { pads } } = node;
  const weight = turnedWeight(emitter, w, node.layer);
  convolve(node, emitter, x, weight, turnedPads(pads, w.shape[2]));
}

/** The zeros around that make a convolution with turned weights the adjoint of one with these. */
export function turnedPads(pads: Pads | undefined, k: number): Pads {
  const { before, after } = sidesOf(pads);
  return [...before, ...after].map((zeros) => k - 1 - zeros);
}

function convolve(
  node: Node,
  emitter: Emitter,
  x: Value,
  weight: string,
  pads: Pads | undefined,
  bias?: Value,
): void {
  const { inputs: [, w], outputs: [y], layer } = node;
  const { before, after } = sidesOf(pads);
  const [image, result] = [emitter.temporary(), emitter.temporary()];
  emitter.node("ReorderInput", [x], [image], {}, BLOCKED_DOMAIN, layer);
  emitter.node(
    "Conv",
    bias ? [image, weight, bias] : [image, weight],
    [result],
    { kernel_shape: w.shape.slice(2), pads: [...before, ...after], strides: [1, 1] },
    BLOCKED_DOMAIN,
    layer,
  );
  emitter.node("ReorderOutput", [result], [y], { channels: y.shape[1] }, BLOCKED_DOMAIN, layer);
}

/** `[o, c, k, k]` in blocks. Two passes, each of a kind that onnxruntime has a fast kernel for, beat one that does it all. */
function blockedWeight(emitter: Emitter, w: Value, layer: string): string {
  const b = emitter.options.block!;
  const [o, c, k] = w.shape;
  return emitter.once(`blocked ${w.id}`, () => {
    const step = stepsOf(emitter, layer);
    const innermost = step.transpose(step.reshape(w, [o / b, b, c * k * k]), [0, 2, 1]);
    const split = step.reshape(innermost, [o / b * c / b, b, k * k, b]);
    return step.reshape(step.transpose(split, [0, 2, 1, 3]), [o, c, k, k]);
  });
}

/** `[c, o, k, k]`, each k × k turned by 180°, in blocks. */
function turnedWeight(emitter: Emitter, w: Value, layer: string): string {
  const b = emitter.options.block!;
  const [o, c, k] = w.shape;
  const forward = blockedWeight(emitter, w, layer);
  const step = stepsOf(emitter, layer);
  const tiles = step.reshape(forward, [o / b * c / b * k * k, b, b]);
  const exchanged = step.reshape(step.transpose(tiles, [0, 2, 1]), [o / b, c / b, k * k, b * b]);
  const turned = emitter.temporary();
  const reverse = emitter.integers(Array.from({ length: k * k }, (_, tap) => k * k - 1 - tap));
  const swapped = step.transpose(exchanged, [1, 0, 2, 3]);
  emitter.node("Gather", [swapped, reverse], [turned], { axis: 2 }, "", layer);
  return step.reshape(turned, [c, o, k, k]);
}

/** Ops on names, for values that only ONNX sees. */
function stepsOf(emitter: Emitter, layer: string) {
  const one = (op: string, inputs: (Value | string)[], attributes = {}) => {
    const out = emitter.temporary();
    emitter.node(op, inputs, [out], attributes, "", layer);
    return out;
  };
  return {
    reshape: (x: Value | string, shape: readonly number[]) =>
      one("Reshape", [x, emitter.integers(shape)]),
    transpose: (x: string, perm: readonly number[]) => one("Transpose", [x], { perm }),
  };
}
