/** Parameters of a network: named, initialized, and laid out in one flat vector for training. */

import { Graph, reshape, split, type Value } from "../graph/graph.ts";
import type { Random } from "../random.ts";
import { sizeOf, type Tensor } from "../tensor.ts";

/** How a parameter starts: uniform in ±bound, or all the same. */
export type Initial = { uniform: number } | { fill: number };

/** A parameter's name, as in the PyTorch reference, its shape and its start. */
export interface ParameterSpec {
  /** Unique in its network, as `input_blocks.1.weight`. */
  readonly name: string;
  /** The lengths of its axes. */
  readonly shape: readonly number[];
  /** How it starts. */
  readonly initial: Initial;
}

/** Hands parameters to layers as they ask for them. */
export interface ParameterSource {
  /** The graph that the parameters are values of. */
  readonly graph: Graph;
  /** The parameter of a name as a value of the graph, of this shape. */
  get(name: string, shape: readonly number[], initial: Initial): Value;
}

/** A source whose names start with `prefix`; its nodes are named after it too. */
export function scoped(source: ParameterSource, prefix: string): ParameterSource {
  return {
    graph: source.graph,
    get: (name, shape, initial) => source.get(`${prefix}.${name}`, shape, initial),
  };
}

/** Finds out which parameters a network asks for, in order. */
export function parametersOf(build: (source: ParameterSource) => void): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const graph = new Graph();
  build({
    graph,
    get(name, shape, initial) {
      specs.push({ name, shape, initial });
      return graph.input(name, shape);
    },
  });
  return specs;
}

/**
 * A source of constants, for inference.
 *
 * @throws {TypeError} When a parameter is missing or has another shape; the message names it.
 */
export function constantSource(graph: Graph, values: ReadonlyMap<string, Tensor>): ParameterSource {
  return {
    graph,
    get(name, shape) {
      const value = values.get(name);
      if (!value) throw new TypeError(`Cannot build the network: parameter "${name}" is missing`);
      if (value.shape.join() !== shape.join()) {
        throw new TypeError(
          `Cannot build the network: expected "${name}" of shape [${shape.join(", ")}], ` +
            `current shape is [${value.shape.join(", ")}]`,
        );
      }
      return graph.constant(value);
    },
  };
}

/** The number of elements of all parameters. */
export function parameterCount(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** A source that cuts its parameters out of one flat vector `[p]`, in the order of `specs`. */
export function flatSource(flat: Value, specs: readonly ParameterSpec[]): ParameterSource {
  const parts = split(flat, 0, specs.map(({ shape }) => sizeOf(shape)));
  const values = new Map(specs.map(({ name, shape }, i) => [name, reshape(parts[i], shape)]));
  return { graph: flat.graph, get: (name) => values.get(name)! };
}

/** Starting values as one flat vector. Each parameter draws from its own stream. */
export function initialParameters(specs: readonly ParameterSpec[], random: Random): Float32Array {
  const flat = new Float32Array(parameterCount(specs));
  let offset = 0;
  for (const { name, shape, initial } of specs) {
    const part = flat.subarray(offset, offset += sizeOf(shape));
    if ("fill" in initial) part.fill(initial.fill);
    else {
      const stream = random.fork("parameter", name);
      for (let i = 0; i < part.length; i++) part[i] = initial.uniform * (2 * stream.uniform() - 1);
    }
  }
  return flat;
}

/** A flat vector as named tensors (views on the same memory). */
export function unflatten(
  flat: Float32Array,
  specs: readonly ParameterSpec[],
): Map<string, Tensor> {
  let offset = 0;
  return new Map(specs.map(({ name, shape }) => {
    const data = flat.subarray(offset, offset += sizeOf(shape));
    return [name, { shape, data }];
  }));
}

/** Named tensors as one flat vector. @throws {TypeError} As {@linkcode constantSource} does. */
export function flatten(
  values: ReadonlyMap<string, Tensor>,
  specs: readonly ParameterSpec[],
): Float32Array {
  const source = constantSource(new Graph(), values);
  const flat = new Float32Array(parameterCount(specs));
  let offset = 0;
  for (const { name, shape, initial } of specs) {
    source.get(name, shape, initial);
    const { data } = values.get(name)!;
    flat.set(data, offset);
    offset += data.length;
  }
  return flat;
}
