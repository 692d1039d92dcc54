/** Graphs as ONNX models (opset 17, and ops of onnxruntime where the provider has them). */

import { Graph, reshape, slice } from "../graph.ts";
import { BLOCKED_DOMAIN } from "./blocked_convolution.ts";
import { Emitter, FLOAT } from "./emitter.ts";
import { lowered } from "./lower.ts";
import { EMIT } from "./nodes.ts";
import type { OnnxOptions } from "./options.ts";
import { MessageWriter } from "./protobuf_writer.ts";

/** Writes a graph. Only nodes that an output depends on are written. */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const whole = lowered(graph);
  const used = new Set([...whole.outputs.values(), ...whole.nodes.flatMap(({ inputs }) => inputs)]);
  const emitter = new Emitter(whole, options, used);
  for (const node of whole.nodes) EMIT[node.op as keyof typeof EMIT](node, emitter);
  return modelOf(emitter);
}

/** A model that puts an image `x [1, 4, 1, 1]` into blocks and returns as `y [1]` how many channels a block has. */
export function blockProbe(): Uint8Array<ArrayBuffer> {
  const graph = new Graph();
  const x = graph.input("x", [1, 4, 1, 1]);
  const y = slice(reshape(x, [4]), 0, 0, 1);
  graph.output("y", y);
  const emitter = new Emitter(graph, {});
  const [blocked, shape, channels] = ["blocked", "shape", "channels"];
  emitter.node("ReorderInput", [x], [blocked], {}, BLOCKED_DOMAIN);
  emitter.node("Shape", [blocked], [shape]);
  emitter.node("Slice", [shape, emitter.integers([1]), emitter.integers([2])], [channels]);
  emitter.node("Cast", [channels], [y], { to: FLOAT });
  return modelOf(emitter);
}

function modelOf(emitter: Emitter): Uint8Array<ArrayBuffer> {
  const model = new MessageWriter()
    .int(1, 8)
    .bytes(2, "countergrade")
    .bytes(7, emitter.finish())
    .bytes(8, new MessageWriter().bytes(1, "").int(2, 17));
  for (const domain of emitter.domains) {
    model.bytes(8, new MessageWriter().bytes(1, domain).int(2, 1));
  }
  return model.finish();
}
