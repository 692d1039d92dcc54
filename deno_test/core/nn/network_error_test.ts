/** Shapes that do not fit a network: the error says in which layer, and what they are. */

import { assertThrows } from "@std/assert";
import {
  daeParameters,
  denoiserNetwork,
  encoderNetwork,
  Graph,
  parameterCount,
  parseDaeConfig,
} from "@countergrade/countergrade/engine";
import { flatSource } from "../../../core/nn/parameters.ts";

const CONFIG = parseDaeConfig({
  imageSize: 8,
  imageChannels: 1,
  channels: 32,
  multipliers: [1, 1],
  encoderMultipliers: [1, 1],
  residualBlocks: 1,
  encoderResidualBlocks: 1,
  attention: [],
  embedding: 8,
  codeSize: 8,
});
const specs = daeParameters(CONFIG);

function network() {
  const graph = new Graph();
  return { graph, source: flatSource(graph.input("weights", [parameterCount(specs)]), specs) };
}

Deno.test("a code of another length: the error names the first layer that takes it", () => {
  const { graph, source } = network();
  const [x, t, z] = [[2, 1, 8, 8], [2], [2, 5]].map((shape, i) => graph.input(`${i}`, shape));
  assertThrows(
    () => denoiserNetwork(CONFIG, source, x, t, z),
    TypeError,
    'Cannot apply MatMul in layer "unet.modulation": inner lengths differ; current shapes are [2, 5], [320, 8]',
  );
});

Deno.test("an image of other channels: the error names the first convolution", () => {
  const { graph, source } = network();
  assertThrows(
    () => encoderNetwork(CONFIG, source, graph.input("x", [2, 3, 8, 8])),
    TypeError,
    'Cannot apply Conv in layer "encoder.input_blocks.0": channels of image and weight differ; current shapes are [2, 3, 8, 8], [32, 1, 3, 3], [32]',
  );
});
