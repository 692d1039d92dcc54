/** Sessions: graphs made runnable by an executor. */

import type { Provider } from "../provider.ts";
import { expectShape, type Tensor } from "../tensor.ts";
import type { Program } from "./executor.ts";
import { executorOf } from "./executors.ts";
import type { Graph } from "./graph.ts";
import { allowedThreads, type SessionOptions } from "./session_options.ts";

/**
 * A compiled graph.
 *
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { Graph, mul, Session } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * const x = graph.input("x", [3]);
 * graph.output("y", mul(x, 2));
 * await using session = await Session.compile(graph);
 * const { y } = await session.run({ x: tensor([3], [1, 2, 3]) });
 * assertEquals([...y.data], [2, 4, 6]);
 * ```
 */
export class Session implements AsyncDisposable {
  /** Where the graph runs. */
  readonly provider: Provider;
  #program: Program;
  #inputs: Map<string, readonly (number | null)[]>;

  private constructor(
    provider: Provider,
    program: Program,
    inputs: Map<string, readonly (number | null)[]>,
  ) {
    this.provider = provider;
    this.#program = program;
    this.#inputs = inputs;
  }

  /**
   * Compiles a graph. The session blocks its thread while it runs, so hosts give it a worker.
   *
   * @throws {TypeError} When the executor lacks an op; the message names op and layer.
   * @throws {ProviderError} When a library or device cannot be used.
   */
  static async compile(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const { provider = "cpu", dynamicBatch = false } = options;
    const threads = allowedThreads(options.threads);
    const program = await executorOf(provider).compile(graph, provider, { ...options, threads });
    const inputs = new Map<string, readonly (number | null)[]>();
    for (const [name, { shape }] of graph.inputs) {
      inputs.set(name, dynamicBatch ? [null, ...shape.slice(1)] : shape);
    }
    return new Session(provider, program, inputs);
  }

  /**
   * Runs the graph. What an earlier run has left on the device need not be fed.
   *
   * @throws {TypeError} When a feed is missing or has the wrong shape.
   * @throws {ProviderError} When a device fails.
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { holding } = this.#program;
    const checked: Record<string, Tensor> = {};
    for (const [name, shape] of this.#inputs) {
      const feed = feeds[name];
      if (!feed && holding.has(name)) continue;
      if (!feed) throw new TypeError(`Cannot run the graph: the input "${name}" is missing`);
      expectShape(`run the graph with "${name}"`, feed, shape);
      checked[name] = feed;
    }
    return await this.#program.run(checked);
  }

  /** Whether runs have left values on the device. */
  get holds(): boolean {
    return this.#program.holding.size > 0;
  }

  /** Copies of the values on the device, by the input that they are fed to. */
  async held(): Promise<Record<string, Tensor>> {
    return await this.#program.held();
  }

  /** How often the last run asked the executor's library for something; undefined where it does not tell. */
  get calls(): number | undefined {
    return this.#program.calls;
  }

  /** Frees what the executor holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
