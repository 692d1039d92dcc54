/** Graphs that onnxruntime runs. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { ProviderError } from "../../errors.ts";
import type { Provider } from "../../provider.ts";
import type { Tensor } from "../../tensor.ts";
import { type Executor, expectOps, type Program } from "../executor.ts";
import { Graph } from "../graph.ts";
import { loadRuntime, runtimeReason } from "../runtime.ts";
import type { SessionOptions } from "../session_options.ts";
import { LOWER } from "./lower.ts";
import { EMIT } from "./nodes.ts";
import { blockProbe, toOnnx } from "./writer.ts";

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

/** The executor of {@linkcode OnnxProgram}s. */
export const onnxExecutor: Executor = {
  name: "onnxruntime",
  compile(graph, provider, options) {
    expectOps("onnxruntime", graph, { ...EMIT, ...LOWER });
    return OnnxProgram.compile(graph, provider, options);
  },
};

/**
 * What a program on the CPU writes over its own state: results of updates that are fed to what they are updates of. Each part of the
 * state is read by one node of the update alone once the gradient is there (`adam.ts`), and before its next value is written.
 */
function updatesOf(graph: Graph, feedback: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(feedback).filter(([output, input]) => {
      const value = graph.outputs.get(output)!;
      const at = value.node?.outputs.indexOf(value) ?? -1;
      return value.node?.op === "AdamUpdate" && at < 4 &&
        value.node.inputs[at] === graph.inputs.get(input);
    }),
  );
}

class OnnxProgram implements Program {
  #provider: Provider;
  #session: InferenceSession;
  #inputs: readonly string[];
  #tensor: typeof OrtTensor;
  #traced: boolean;
  #feedback: Readonly<Record<string, string>>;
  /** What stayed on the device, by the input that it is fed to. */
  #held = new Map<string, OrtTensor>();

  private constructor(
    provider: Provider,
    session: InferenceSession,
    inputs: readonly string[],
    tensorClass: typeof OrtTensor,
    traced: boolean,
    feedback: Readonly<Record<string, string>>,
  ) {
    this.#provider = provider;
    this.#session = session;
    this.#inputs = inputs;
    this.#tensor = tensorClass;
    this.#traced = traced;
    this.#feedback = feedback;
  }

  static async compile(
    graph: Graph,
    provider: Provider,
    options: SessionOptions,
  ): Promise<OnnxProgram> {
    const { threads = 0, dynamicBatch = false, optimization = "all" } = options;
    const asked = options.feedback ?? {};
    const onDevice = DEVICES.includes(provider);
    const feedback = onDevice ? asked : provider === "cpu" ? updatesOf(graph, asked) : {};
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
      // For trainings: what it plans behind the first run would be added to what that run has taken.
      enableMemPattern: options.feedback === undefined,
      logSeverityLevel: 3,
      enableProfiling: options.traceTo !== undefined,
      profileFilePrefix: options.traceTo,
      ...onDevice && Object.keys(feedback).length && {
        preferredOutputLocation: Object.fromEntries(
          Array.from(
            graph.outputs.keys(),
            (name) => [name, name in feedback ? "gpu-buffer" : "cpu"],
          ),
        ),
      },
    });
    const tensorClass = ort.Tensor as unknown as typeof OrtTensor;
    const traced = options.traceTo !== undefined;
    const inputs = [...graph.inputs.keys()];
    return new OnnxProgram(provider, session, inputs, tensorClass, traced, feedback);
  }

  get holding(): ReadonlySet<string> {
    return new Set(this.#held.keys());
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const values: Record<string, OrtTensor> = {};
    const staying = Object.entries(this.#feedback);
    const onCpu = this.#provider === "cpu" && staying.length > 0;
    for (const name of this.#inputs) {
      const feed = feeds[name];
      const own = onCpu && staying.some(([, input]) => input === name);
      if (feed) {
        // The caller's numbers are not written over.
        const data = own ? feed.data.slice() : feed.data;
        values[name] = new this.#tensor("float32", data, feed.shape);
        if (own) this.#held.set(name, values[name]);
      } else values[name] = this.#held.get(name)!;
    }
    const places = onCpu
      ? Object.fromEntries(staying.map(([name, input]) => [name, this.#held.get(input)!]))
      : undefined;
    const results = await this.#compute(values, places);
    const out: Record<string, Tensor> = {};
    for (const [name, result] of Object.entries(results)) {
      if (name in this.#feedback) {
        if (!onCpu) this.#hold(this.#feedback[name], result);
      } else out[name] = { shape: [...result.dims], data: result.data as Float32Array };
    }
    return out;
  }

  /** An error of the CPU provider is a bug in the graph; a device also runs out of memory, or is lost. */
  async #compute(
    values: Record<string, OrtTensor>,
    places?: Readonly<Record<string, OrtTensor>>,
  ): Promise<Record<string, OrtTensor>> {
    try {
      if (!places) return await this.#session.run(values);
      const others = this.#session.outputNames.map((name) => [name, null]);
      return await this.#session.run(values, { ...Object.fromEntries(others), ...places });
    } catch (error) {
      if (this.#provider === "cpu") throw error;
      const reason = runtimeReason(error);
      throw new ProviderError(`${this.#provider} failed, try the provider cpu: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Whoever waits for the garbage collector to free buffers of a device runs out of them. */
  #hold(input: string, value: OrtTensor): void {
    this.#held.get(input)?.dispose();
    this.#held.set(input, value);
  }

  /** They are read through a program that returns its input: `getData()` of such a tensor aborts the process under Deno. */
  async held(): Promise<Record<string, Tensor>> {
    const out: Record<string, Tensor> = {};
    for (const [name, value] of this.#held) {
      if (this.#provider === "cpu") {
        out[name] = { shape: [...value.dims], data: (value.data as Float32Array).slice() };
        continue;
      }
      const graph = new Graph();
      graph.output("y", graph.input("x", [...value.dims]));
      await using reader = await OnnxProgram.compile(graph, this.#provider, {});
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
