/** Sessions: graphs made runnable by onnxruntime. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { ProviderError } from "../errors.ts";
import type { Provider } from "../provider.ts";
import { expectShape, type Tensor } from "../tensor.ts";
import { Graph } from "./graph.ts";
import { blockProbe, toOnnx } from "./onnx/writer.ts";
import { loadRuntime, runtimeReason } from "./runtime.ts";

/** How a graph is compiled. */
export interface SessionOptions {
  /** Where the graph runs; `cpu` by default. */
  readonly provider?: Provider;
  /** Threads inside an op; 0 lets onnxruntime take all cores. */
  readonly threads?: number;
  /** Let the first axis vary from run to run. */
  readonly dynamicBatch?: boolean;
  /** onnxruntime's graph optimization; "all" pays where weights are constants. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Where onnxruntime writes the times of all nodes when the session is disposed: a file whose name starts so. */
  readonly traceTo?: string;
  /**
   * Outputs, by name, with the input that each is fed to at the next run. On WebGPU they stay on the device and are no results,
   * see {@linkcode Session.held}; elsewhere this has no effect.
   */
  readonly feedback?: Readonly<Record<string, string>>;
}

/** Providers whose outputs can stay on the device: onnxruntime's Node binding knows the buffers of WebGPU only. */
const DEVICES: readonly Provider[] = ["webgpu"];

let block: Promise<number | undefined> | undefined;

/** How many channels onnxruntime's blocked convolutions take at once on this processor; undefined where it has none. */
function channelBlock(): Promise<number | undefined> {
  return block ??= (async () => {
    const ort = await loadRuntime();
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
  #session: InferenceSession;
  #inputs: Map<string, readonly (number | null)[]>;
  #tensor: typeof OrtTensor;
  #traced: boolean;
  #feedback: Readonly<Record<string, string>>;
  /** What stayed on the device, by the input that it is fed to. */
  #held = new Map<string, OrtTensor>();

  private constructor(
    provider: Provider,
    session: InferenceSession,
    inputs: Map<string, readonly (number | null)[]>,
    tensorClass: typeof OrtTensor,
    traced: boolean,
    feedback: Readonly<Record<string, string>>,
  ) {
    this.provider = provider;
    this.#session = session;
    this.#inputs = inputs;
    this.#tensor = tensorClass;
    this.#traced = traced;
    this.#feedback = feedback;
  }

  /** Compiles a graph. The session blocks its thread while it runs, so hosts give it a worker. */
  static async compile(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const { provider = "cpu", threads = 0, dynamicBatch = false, optimization = "all" } = options;
    const feedback = DEVICES.includes(provider) ? options.feedback ?? {} : {};
    const ort = await loadRuntime();
    const model = toOnnx(graph, {
      dynamicBatch,
      fusedMatMul: provider === "cpu" || provider === "cuda",
      gatedAdd: provider === "cpu",
      block: provider === "cpu" ? await channelBlock() : undefined,
      splitLimit: provider === "webgpu" ? 4 : undefined,
    });
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: optimization,
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      enableProfiling: options.traceTo !== undefined,
      profileFilePrefix: options.traceTo,
      ...Object.keys(feedback).length && {
        preferredOutputLocation: Object.fromEntries(
          Array.from(
            graph.outputs.keys(),
            (name) => [name, name in feedback ? "gpu-buffer" : "cpu"],
          ),
        ),
      },
    });
    const inputs = new Map<string, readonly (number | null)[]>();
    for (const [name, { shape }] of graph.inputs) {
      inputs.set(name, dynamicBatch ? [null, ...shape.slice(1)] : shape);
    }
    const tensorClass = ort.Tensor as unknown as typeof OrtTensor;
    const traced = options.traceTo !== undefined;
    return new Session(provider, session, inputs, tensorClass, traced, feedback);
  }

  /**
   * Runs the graph. What an earlier run has left on the device need not be fed.
   *
   * @throws {TypeError} When a feed is missing or has the wrong shape.
   * @throws {ProviderError} When a device fails.
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const values: Record<string, OrtTensor> = {};
    for (const [name, shape] of this.#inputs) {
      const feed = feeds[name];
      const held = this.#held.get(name);
      if (!feed && held) {
        values[name] = held;
        continue;
      }
      if (!feed) throw new TypeError(`Cannot run the graph: the input "${name}" is missing`);
      expectShape(`run the graph with "${name}"`, feed, shape);
      values[name] = new this.#tensor("float32", feed.data, feed.shape);
    }
    const results = await this.#compute(values);
    const out: Record<string, Tensor> = {};
    for (const [name, result] of Object.entries(results)) {
      if (name in this.#feedback) this.#hold(this.#feedback[name], result);
      else out[name] = { shape: [...result.dims], data: result.data as Float32Array };
    }
    return out;
  }

  /** An error of the CPU provider is a bug in the graph; a device also runs out of memory, or is lost. */
  async #compute(values: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>> {
    try {
      return await this.#session.run(values);
    } catch (error) {
      if (this.provider === "cpu") throw error;
      const reason = runtimeReason(error);
      throw new ProviderError(`${this.provider} failed, try the provider cpu: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Whoever waits for the garbage collector to free buffers of a device runs out of them. */
  #hold(input: string, value: OrtTensor): void {
    this.#held.get(input)?.dispose();
    this.#held.set(input, value);
  }

  /** Whether runs have left values on the device. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  /**
   * Copies of the values on the device, by the input that they are fed to. They are read through a session that returns its
   * input: `getData()` of such a tensor aborts the process under Deno.
   */
  async held(): Promise<Record<string, Tensor>> {
    const out: Record<string, Tensor> = {};
    for (const [name, value] of this.#held) {
      const graph = new Graph();
      graph.output("y", graph.input("x", [...value.dims]));
      await using reader = await Session.compile(graph, { provider: this.provider });
      out[name] = (await reader.#read(value)).y;
    }
    return out;
  }

  async #read(x: OrtTensor): Promise<Record<string, Tensor>> {
    const { y } = await this.#compute({ x });
    return { y: { shape: [...y.dims], data: y.data as Float32Array } };
  }

  /** Frees what onnxruntime holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#traced) this.#session.endProfiling();
    for (const value of this.#held.values()) value.dispose();
    this.#held.clear();
    await this.#session.release();
  }
}
