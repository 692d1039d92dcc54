/** Dropout in training graphs: the masks are inputs, drawn outside, so that a seed repeats a run. */

import { mul, type Value } from "../graph/graph.ts";
import type { Random } from "../random.ts";
import { sizeOf, type Tensor } from "../tensor.ts";

/** Puts dropout behind a value, see {@linkcode Dropout}. */
export type Drop = (h: Value) => Value;

/**
 * Dropout (Srivastava et al. 2014), scaled while training as in PyTorch: each element becomes 0 with probability
 * `rate`, else it is divided by 1 − rate. Graphs that infer have none.
 */
export class Dropout {
  readonly rate: number;
  #shapes: (readonly number[])[] = [];

  /** `rate` is in [0, 1). */
  constructor(rate: number) {
    this.rate = rate;
  }

  /** Multiplies by a mask, an input of the graph; undefined where nothing is dropped. */
  get drop(): Drop | undefined {
    if (this.rate === 0) return undefined;
    return (h) => {
      const mask = h.graph.input(`dropout${this.#shapes.length}`, h.shape);
      this.#shapes.push(h.shape);
      return mul(h, mask);
    };
  }

  /**
   * Feeds for the masks, new ones at each call. Every mask has its own stream and goes on in it, so that k calls for n
   * images draw what one call for k·n images would.
   *
   * @throws {TypeError} When there are masks and no `random`.
   */
  draws(random?: Random): () => Record<string, Tensor> {
    if (this.#shapes.length === 0) return () => ({});
    if (!random) {
      throw new TypeError("Cannot draw dropout masks: expected random numbers, there are none");
    }
    const streams = this.#shapes.map((_, i) => random.fork("dropout", i));
    return () =>
      Object.fromEntries(
        this.#shapes.map((shape, i) => [`dropout${i}`, mask(shape, this.rate, streams[i])]),
      );
  }
}

function mask(shape: readonly number[], rate: number, random: Random): Tensor {
  const data = new Float32Array(sizeOf(shape));
  const kept = 1 / (1 - rate);
  for (let i = 0; i < data.length; i++) data[i] = random.uniform() < rate ? 0 : kept;
  return { shape, data };
}
