/** What the residual blocks of the U-Net are told: time (scale and shift) and code (scale only), as factors of their GroupNorms. */

import {
  add,
  concat,
  Graph,
  groupNorm as normalized,
  mul,
  split,
  type Value,
} from "../graph/graph.ts";
import type { Condition } from "./condition.ts";
import type { Drop } from "./dropout.ts";
import { affine, groups, linear } from "./layers.ts";
import { type ParameterSource, scoped } from "./parameters.ts";

/** Time embedding `[n, e]` and code `[n, d]`, both through SiLU already. */
export interface Told {
  readonly time: Value;
  readonly code: Value;
}

/** A block that is told, by the names of its parameters in the order in which it asks for them, and its channels. */
interface ToldBlock {
  readonly names: readonly string[];
  readonly channels: number;
}

/** A condition that each block works out by itself: y ↦ (y·(1 + scale) + shift)·(1 + gain) behind the affine part. */
export function ownCondition({ time, code }: Told): Condition {
  return {
    normalize(p, h) {
      const [, c] = h.shape;
      const both = linear(scoped(p, "emb_layers.1"), time, 2 * c);
      const gain = linear(scoped(p, "cond_emb_layers.1"), code, c);
      const [scale, shift] = split(both, 1, [c, c]);
      const { factor, term } = affine(scoped(p, "out_layers.0"), c);
      return normalized(h, ...modulated(factor, term, { scale, shift, gain }), groups(c), 1e-5);
    },
  };
}

/**
 * The same, worked out for all blocks at once: two matrix products and a few elementwise ops in the place of some thirty small ops,
 * with their gradients, per block.
 *
 * @param build Builds the network, which is asked here for the blocks that it tells, in order.
 */
export function jointCondition(
  p: ParameterSource,
  told: Told,
  build: (source: ParameterSource, conditionOf: (told: Told) => Condition) => void,
  drop?: Drop,
): Condition {
  const blocks = toldBlocks(build);
  const channels = blocks.map((block) => block.channels);
  const joined = (at: number, shape: (c: number) => number[]) =>
    concat(blocks.map(({ names, channels: c }) => p.get(names[at], shape(c), { fill: 0 })), 0);
  const all = channels.reduce((sum, c) => sum + c, 0);
  const { time, code } = told;
  const weights = named(p.graph, {
    weight: joined(0, (c) => [2 * c, time.shape[1]]),
    bias: joined(1, (c) => [2 * c]),
  });
  const gains = named(p.graph, {
    weight: joined(2, (c) => [c, code.shape[1]]),
    bias: joined(3, (c) => [c]),
  });
  const halves = split(linear(weights, time, 2 * all), 1, channels.flatMap((c) => [c, c]));
  const modulation = {
    scale: concat(halves.filter((_, i) => i % 2 === 0), 1),
    shift: concat(halves.filter((_, i) => i % 2 === 1), 1),
    gain: linear(gains, code, all),
  };
  const [factor, term] = modulated(joined(4, (c) => [c]), joined(5, (c) => [c]), modulation);
  const [factors, terms] = [factor, term].map((value) => split(value, 1, channels));
  let next = 0;
  return {
    drop,
    normalize(_, h) {
      const at = next++;
      return normalized(h, factors[at], terms[at], groups(h.shape[1]), 1e-5);
    },
  };
}

/** Factor and term `[n, c]` of w·y + b behind the modulations: w·(1 + scale)·(1 + gain), (b·(1 + scale) + shift)·(1 + gain). */
function modulated(
  factor: Value,
  term: Value,
  { scale, shift, gain }: { readonly scale: Value; readonly shift: Value; readonly gain: Value },
): [Value, Value] {
  const [first, second] = [add(scale, 1), add(gain, 1)];
  return [
    mul(mul(factor, first), second),
    mul(add(mul(term, first), shift), second),
  ];
}

/** A source of values that are there. */
function named(graph: Graph, values: Readonly<Record<string, Value>>): ParameterSource {
  return { graph, get: (name) => values[name] };
}

/** Builds a network on a graph that nobody runs, to see which blocks are told. */
function toldBlocks(
  build: (source: ParameterSource, conditionOf: (told: Told) => Condition) => void,
): ToldBlock[] {
  const names: string[] = [];
  const blocks: ToldBlock[] = [];
  const graph = new Graph();
  const source: ParameterSource = {
    graph,
    get(name, shape) {
      names.push(name);
      return graph.input(name, shape);
    },
  };
  build(source, (told) => {
    const own = ownCondition(told);
    return {
      normalize(p, h) {
        const start = names.length;
        const out = own.normalize(p, h);
        blocks.push({ names: names.slice(start), channels: h.shape[1] });
        return out;
      },
    };
  });
  return blocks;
}
