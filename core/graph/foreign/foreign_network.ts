/** Networks of strangers: ONNX models, from rows of one input to rows of one output. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { FormatError } from "../../errors.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { openForeign } from "./foreign_session.ts";
import { type OnnxPort, readOnnxModel } from "../onnx/model.ts";
import { loadRuntime, runtimeReason } from "../runtime.ts";

/** Rows that go through a model of free batch size at once. */
const CHUNK = 16;

/**
 * A model that is compiled, with shapes as it states them.
 *
 * @example
 * ```ts
 * import { FormatError } from "@countergrade/countergrade";
 * import { ForeignNetwork } from "@countergrade/countergrade/engine";
 * import { assertRejects } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("no model");
 * await assertRejects(() => ForeignNetwork.open(bytes, "judge"), FormatError, '"judge"');
 * ```
 */
export class ForeignNetwork implements AsyncDisposable {
  /** The name of its input. */
  readonly input: string;
  /** The name of the output that is read. */
  readonly output: string;
  /** Shape of one row of the input, null where the model leaves it free. */
  readonly inputRow: readonly (number | null)[];
  /** Further outputs that are read. */
  readonly more: readonly string[];
  #session: InferenceSession;
  #tensor: typeof OrtTensor;
  /** Rows per run, where the model fixes them. */
  #batch: number | undefined;

  private constructor(
    session: InferenceSession,
    tensorClass: typeof OrtTensor,
    input: Port,
    output: Port,
    more: readonly Port[],
  ) {
    this.#session = session;
    this.#tensor = tensorClass;
    this.input = input.name;
    this.output = output.name;
    this.more = more.map((port) => port.name);
    const [batch, ...row] = input.shape.map((length) => typeof length === "number" ? length : null);
    this.#batch = batch ?? undefined;
    this.inputRow = row;
  }

  /**
   * Compiles a model from its bytes, as {@linkcode readOnnxModel} takes them; nothing else is opened.
   *
   * @param name What the model is called in errors.
   * @param ports Names of input and output; may be left out where there is one only. `more` outputs are read by {@linkcode runAll}.
   * @throws {FormatError} When it is no such model, or has no such float32 input or output.
   */
  static async open(
    bytes: Uint8Array,
    name: string,
    ports: { input?: string; output?: string; more?: readonly string[] } = {},
  ): Promise<ForeignNetwork> {
    const model = readOnnxModel(bytes, name);
    const input = portNamed(name, "input", model.inputs, ports.input);
    const output = portNamed(name, "output", model.outputs, ports.output);
    const more = (ports.more ?? []).map((port) => portNamed(name, "output", model.outputs, port));
    if (model.inputs.length > 1) {
      const names = model.inputs.map((port) => port.name).join(", ");
      throw new FormatError(`Cannot load "${name}": expected one input, it has ${names}`);
    }
    const session = await openForeign(model, name);
    const { Tensor } = await loadRuntime();
    return new ForeignNetwork(session, Tensor as unknown as typeof OrtTensor, input, output, more);
  }

  /**
   * Runs rows `[n, …]` through the model, in chunks of the batch size that it wants.
   *
   * @throws {FormatError} When the input takes another shape, or the model fails, or gives another number of rows.
   */
  async run(rows: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return (await this.#runAll(rows, [this.output], signal))[0];
  }

  /** The same with {@linkcode ForeignNetwork.more} outputs behind, in one run. */
  async runAll(rows: Tensor, signal?: AbortSignal): Promise<Tensor[]> {
    return await this.#runAll(rows, [this.output, ...this.more], signal);
  }

  async #runAll(
    rows: Tensor,
    outputs: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Tensor[]> {
    const [n, ...tail] = rows.shape;
    if (
      this.inputRow.length !== tail.length ||
      this.inputRow.some((length, axis) => length !== null && length !== tail[axis])
    ) {
      const expected = ["n", ...this.inputRow.map((length) => length ?? "free")].join(", ");
      throw new FormatError(
        `The input "${this.input}" takes shape [${expected}], current shape is [${
          rows.shape.join(", ")
        }]`,
      );
    }
    const size = sizeOf(tail);
    const step = this.#batch ?? Math.min(CHUNK, n);
    const shapes: number[][] = outputs.map(() => []);
    const parts: Float32Array[][] = outputs.map(() => []);
    for (let start = 0; start < n; start += step) {
      signal?.throwIfAborted();
      const here = Math.min(step, n - start);
      const data = new Float32Array((this.#batch ? step : here) * size);
      data.set(rows.data.subarray(start * size, (start + here) * size));
      const feed = new this.#tensor("float32", data, [data.length / size, ...tail]);
      const results = await this.#results(feed, outputs);
      outputs.forEach((name, i) => {
        const { dims, data: numbers } = results[name];
        if (dims[0] !== data.length / size) {
          throw new FormatError(
            `The output "${name}" has ${dims[0]} rows, expected ${data.length / size}`,
          );
        }
        shapes[i] = dims.slice(1);
        parts[i].push((numbers as Float32Array).slice(0, here * sizeOf(shapes[i])));
      });
    }
    return outputs.map((_, i) => {
      const data = new Float32Array(n * sizeOf(shapes[i]));
      parts[i].reduce((at, part) => (data.set(part, at), at + part.length), 0);
      return { shape: [n, ...shapes[i]], data };
    });
  }

  /** A model of strangers may fail at any input. */
  async #results(
    feed: OrtTensor,
    outputs: readonly string[],
  ): Promise<Record<string, OrtTensor>> {
    try {
      return await this.#session.run({ [this.input]: feed }, outputs) as Record<string, OrtTensor>;
    } catch (error) {
      throw new FormatError(`The ONNX model failed: ${runtimeReason(error)}`, { cause: error });
    }
  }

  /** Frees what onnxruntime holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

type Port = OnnxPort & Required<Pick<OnnxPort, "shape">>;

function portNamed(
  model: string,
  kind: "input" | "output",
  all: readonly OnnxPort[],
  name: string | undefined,
): Port {
  const known = all.map(({ name, type, shape }) =>
    `${name} ${type}${shape ? ` [${shape.join(", ")}]` : ""}`
  );
  const found = name === undefined ? all[0] : all.find((port) => port.name === name);
  if (!found || name === undefined && all.length > 1) {
    throw new FormatError(
      `Cannot load "${model}": expected ${
        name === undefined ? `one ${kind}, or its name` : `the ${kind} "${name}"`
      }, it has ${known.join("; ")}`,
    );
  }
  if (found.type !== "float32") {
    throw new FormatError(
      `Cannot load "${model}": expected float32, ${kind} is ${known.join("; ")}`,
    );
  }
  return { ...found, shape: found.shape ?? [] };
}
