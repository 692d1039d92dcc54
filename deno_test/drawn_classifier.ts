/** Classifiers as ONNX files, written by our own graph writer: numbers that are linear in the brightness of halves. */

import { zeros } from "@countergrade/countergrade";
import { add, Graph, matmul, reshape } from "@countergrade/countergrade/engine";
import { toOnnx } from "../core/graph/onnx/writer.ts";

/** One number that a classifier gives: `left`·(mean of the left half) + `right`·(mean of the right half) + `bias`. */
export interface DrawnOutput {
  readonly left?: number;
  readonly right?: number;
  readonly bias?: number;
}

/** A classifier of images `[batch, c, h, w]`, its input called `images`, its output `told` `[batch, outputs]`. */
export function drawnClassifier(
  outputs: readonly DrawnOutput[],
  { shape = [1, 16, 16], batch = 4, before = false }: {
    shape?: [number, number, number];
    batch?: number;
    /** A second output, `before`: the same without the bias. */
    before?: boolean;
  } = {},
): Uint8Array<ArrayBuffer> {
  const [c, h, w] = shape;
  const size = c * h * w;
  const graph = new Graph();
  const images = graph.input("images", [batch, c, h, w]);
  const weights = zeros([size, outputs.length]);
  const bias = zeros([1, outputs.length]);
  outputs.forEach(({ left = 0, right = 0, bias: b = 0 }, j) => {
    bias.data[j] = b;
    for (let i = 0; i < size; i++) {
      weights.data[i * outputs.length + j] = (i % w < w / 2 ? left : right) / (size / 2);
    }
  });
  const plain = matmul(reshape(images, [batch, size]), graph.constant(weights));
  const told = add(plain, graph.constant(bias));
  if (before) graph.output("before", plain);
  graph.output("told", told);
  return toOnnx(graph);
}
