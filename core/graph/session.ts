/** Sessions: graphs made runnable by onnxruntime. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expectShape, type Tensor } from "../tensor.ts";
import type { Graph } from "./graph.ts";
import { blockProbe, toOnnx } from "./onnx.ts";

/** Where graphs run. */
export type Provider = "cpu" | "webgpu" | "cuda" | "coreml" | "dml";

/** How a graph is compiled. */
export interface SessionOptions {
  readonly provider?: Provider;
  /** Threads inside an op; 0 lets onnxruntime take all cores. */
  readonly threads?: number;
  /** Let the first axis vary from run to run. */
  readonly dynamicBatch?: boolean;
  /** onnxruntime's graph optimisation; "all" pays where weights are constants. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Where onnxruntime writes the times of all nodes when the session is disposed: a file whose name starts so. */
  readonly traceTo?: string;
}

/** The runtime is loaded on first use: a process that only reads the store never loads native code. */
let runtime: Promise<typeof import("onnxruntime-node")> | undefined;

let block: Promise<number | undefined> | undefined;

/** How many channels onnxruntime's blocked convolutions take at once on this processor; undefined where it has none. */
function channelBlock(): Promise<number | undefined> {
  return block ??= (async () => {
    const ort = await (runtime ??= import("onnxruntime-node"));
    try {
      const session = await ort.InferenceSession.create(blockProbe(), { logSeverityLevel: 4 });
      const x = new ort.Tensor("float32", new Float32Array(4), [1, 4, 1, 1]);
      const { y } = await session.run({ x });
      await session.release();
      return (y.data as Float32Array)[0];
    } catch {
      return undefined;
    }
  })();
}

/**
 * A compiled graph.
 *
 * @example
 * ```ts
 * import { Graph, mul, Session, tensor } from "@countergrade/countergrade";
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
  #session: InferenceSession;
  #inputs: Map<string, readonly (number | null)[]>;
  #tensor: typeof OrtTensor;
  #traced: boolean;

  private constructor(
    session: InferenceSession,
    inputs: Map<string, readonly (number | null)[]>,
    tensorClass: typeof OrtTensor,
    traced: boolean,
  ) {
    this.#session = session;
    this.#inputs = inputs;
    this.#tensor = tensorClass;
    this.#traced = traced;
  }

  /** Compiles a graph. The session blocks its thread while it runs, so hosts give it a worker. */
  static async compile(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const { provider = "cpu", threads = 0, dynamicBatch = false, optimization = "all" } = options;
    runtime ??= import("onnxruntime-node");
    const ort = await runtime;
    const model = toOnnx(graph, {
      dynamicBatch,
      fusedMatMul: provider === "cpu" || provider === "cuda",
      block: provider === "cpu" ? await channelBlock() : undefined,
    });
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: optimization,
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      enableProfiling: options.traceTo !== undefined,
      profileFilePrefix: options.traceTo,
    });
    const inputs = new Map<string, readonly (number | null)[]>();
    for (const [name, { shape }] of graph.inputs) {
      inputs.set(name, dynamicBatch ? [null, ...shape.slice(1)] : shape);
    }
    const traced = options.traceTo !== undefined;
    return new Session(session, inputs, ort.Tensor as unknown as typeof OrtTensor, traced);
  }

  /**
   * Runs the graph.
   *
   * @throws {TypeError} When a feed is missing or has the wrong shape.
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const values: Record<string, OrtTensor> = {};
    for (const [name, shape] of this.#inputs) {
      const feed = feeds[name];
      if (!feed) throw new TypeError(`Cannot run the graph: the input "${name}" is missing`);
      expectShape(`run the graph with "${name}"`, feed, shape);
      values[name] = new this.#tensor("float32", feed.data, feed.shape);
    }
    const results = await this.#session.run(values);
    const out: Record<string, Tensor> = {};
    for (const [name, result] of Object.entries(results)) {
      out[name] = { shape: [...result.dims], data: result.data as Float32Array };
    }
    return out;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#traced) this.#session.endProfiling();
    await this.#session.release();
  }
}
