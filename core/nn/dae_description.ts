/** What a configuration means before anything is trained: layers, parameters, floating-point operations, memory. */

import { flopsOf, peakValueBytes } from "../graph/cost.ts";
import { lowered } from "../graph/onnx/lower.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { sizeOf } from "../tensor.ts";
import { type DaeConfig, imageShapeOf } from "./dae_config.ts";
import { denoiserNetwork, encoderNetwork } from "./dae_network.ts";
import { facingConfig } from "./laterality.ts";
import { trainingGraph } from "./trainer.ts";
import type { ParameterSource } from "./parameters.ts";

/** One layer of a network. */
export interface LayerDescription {
  /** As its parameters are named: `encoder.input_blocks.1` of the encoder, `input_blocks.1` of the U-Net. */
  readonly name: string;
  /** Shape of what it gives for one image, without the batch axis. */
  readonly output: readonly number[];
  /** How many numbers it learns. */
  readonly parameters: number;
  /** Floating-point operations per image. */
  readonly flops: number;
}

/** The sums of a network's layers. */
export interface NetworkTotals {
  /** How many numbers the network learns. */
  readonly parameters: number;
  /** Floating-point operations per image and evaluation. */
  readonly flops: number;
}

/** See {@linkcode describeDae}. */
export interface DaeDescription {
  /** Those of the encoder first, then those of the U-Net, in the order in which data flows. */
  readonly layers: readonly LayerDescription[];
  /** The sums of the encoder. */
  readonly encoder: NetworkTotals;
  /** The sums of the U-Net. */
  readonly unet: NetworkTotals;
  /** How many numbers both networks learn. */
  readonly parameters: number;
  /** Floating-point operations per image of one training step: forward, backward, optimizer. */
  readonly trainingFlops: number;
  /** Bytes; see {@linkcode describeDae} for what they count. */
  readonly memory: { readonly inference: number; readonly training: number };
}

/**
 * How much of the memory of a process each byte stands for: of `values`, which the runtime keeps in pools that grow in
 * steps, and of the parameters, which are there as model, as graph, in the runtime's own layout, and in training as
 * weights, gradient, both moments of Adam and average, each as it was and as it becomes. Fitted to the resident memory of
 * tiny64 and small64 at batches of 16 to 64 (CPU, onnxruntime 1.30), which they meet within 10 %.
 */
const SHARES = {
  inference: { values: 3, parameters: 6 },
  training: { values: 2.4, parameters: 25 },
};

/**
 * Describes a configuration by building its graphs; nothing runs, so it takes well under a second.
 *
 * Memory is an estimate in bytes, with P parameters and a and b from a table of measurements:
 *
 *     memory = a · values + b · 4P
 *
 * where `values` is {@linkcode peakValueBytes} of the graph at `batchSize`: in training mostly activations that wait for
 * the way back.
 *
 * @example
 * ```ts
 * import { describeDae, parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const { parameters, layers } = describeDae(parseDaeConfig(PRESETS.spider64), 8);
 * assertEquals(parameters, 90_835_777);
 * assertEquals(layers.at(-1)!.output, [1, 64, 64]);
 * ```
 */
export function describeDae(config: DaeConfig, batchSize: number): DaeDescription {
  const encoder = inferenceGraph("encoder.", config, 1);
  const unet = inferenceGraph("", config, 1);
  const layers = [...layersOf("encoder.", encoder), ...layersOf("", unet)];
  const totals = (of: readonly LayerDescription[]): NetworkTotals => ({
    parameters: of.reduce((sum, layer) => sum + layer.parameters, 0),
    flops: of.reduce((sum, layer) => sum + layer.flops, 0),
  });
  const isEncoder = ({ name }: LayerDescription) => name.startsWith("encoder.");
  const { parameters } = totals(layers);
  const training = trainingGraph(facingConfig(config), batchSize).graph;
  const values = Math.max(
    peakValueBytes(inferenceGraph("encoder.", config, batchSize).graph),
    peakValueBytes(inferenceGraph("", config, batchSize).graph),
  );
  return {
    layers,
    encoder: totals(layers.filter(isEncoder)),
    unet: totals(layers.filter((layer) => !isEncoder(layer))),
    parameters,
    trainingFlops: training.nodes.reduce((sum, node) => sum + flopsOf(node), 0) / batchSize,
    memory: {
      inference: memory("inference", values, parameters),
      training: memory("training", peakValueBytes(lowered(training)), parameters),
    },
  };
}

function memory(use: keyof typeof SHARES, values: number, parameters: number): number {
  return Math.round(SHARES[use].values * values + SHARES[use].parameters * 4 * parameters);
}

interface InferenceGraph {
  readonly graph: Graph;
  /** Numbers of elements of the parameters, by name. */
  readonly parameters: ReadonlyMap<string, number>;
}

function inferenceGraph(network: "" | "encoder.", config: DaeConfig, n: number): InferenceGraph {
  const graph = new Graph();
  const parameters = new Map<string, number>();
  const source: ParameterSource = {
    graph,
    get(name, shape): Value {
      parameters.set(name, sizeOf(shape));
      return graph.input(name, shape);
    },
  };
  const x = graph.input("x", [n, ...imageShapeOf(config)]);
  if (network === "encoder.") graph.output("z", encoderNetwork(config, source, x));
  else {
    const [t, z] = [graph.input("t", [n]), graph.input("z", [n, config.codeSize])];
    graph.output("prediction", denoiserNetwork(config, source, x, t, z));
  }
  return { graph, parameters };
}

/** A layer of the graph is named `encoder.…` or `unet.…`; parameters of the U-Net have no such prefix. */
function layersOf(
  prefix: "" | "encoder.",
  { graph, parameters }: InferenceGraph,
): LayerDescription[] {
  const nodes = Map.groupBy(
    graph.nodes,
    ({ layer }) => prefix + layer.split(".").slice(1).join("."),
  );
  return [...nodes].map(([name, members]) => ({
    name,
    output: members.at(-1)!.outputs[0].shape.slice(1),
    parameters: [...parameters].reduce(
      (sum, [parameter, size]) => sum + (parameter.startsWith(`${name}.`) ? size : 0),
      0,
    ),
    flops: members.reduce((sum, node) => sum + flopsOf(node), 0),
  }));
}
