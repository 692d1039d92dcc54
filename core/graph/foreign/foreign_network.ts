/** Somebody else's ONNX model with one input and one output of interest. */

import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { FormatError } from "../../errors.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { refuseExternalData } from "./external_data.ts";

/** Rows that go through a model of free batch size at once. */
const CHUNK = 16;

/** A model that is compiled, with shapes as it states them. */
export class ForeignNetwork implements AsyncDisposable {
  readonly input: string;
  readonly output: string;
  /** Shape of one row of the input, null where the model leaves it free. */
  readonly inputRow: readonly (number | null)[];
  #session: InferenceSession;
  #tensor: typeof OrtTensor;
  /** Rows per run, where the model fixes them. */
  #batch: number | undefined;

  private constructor(
    session: InferenceSession,
    tensorClass: typeof OrtTensor,
    input: Port,
    output: Port,
  ) {
    this.#session = session;
    this.#tensor = tensorClass;
    this.input = input.name;
    this.output = output.name;
    const [batch, ...row] = input.shape;
    this.#batch = batch ?? undefined;
    this.inputRow = row;
  }

  /**
   * Compiles a model from its bytes; nothing else is opened.
   *
   * @param ports Names of input and output; may be left out where there is one only.
   * @throws {FormatError} When it is no ONNX model, keeps data in other files, or has no such float32 input or output.
   */
  static async open(
    model: Uint8Array,
    name: string,
    ports: { input?: string; output?: string } = {},
  ): Promise<ForeignNetwork> {
    refuseExternalData(model, name);
    const ort = await import("onnxruntime-node");
    let session: InferenceSession;
    try {
      session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new FormatError(`Cannot load "${name}" as an ONNX model: ${reason}`, { cause: error });
    }
    try {
      const input = portNamed(name, "input", session.inputMetadata, ports.input);
      const output = portNamed(name, "output", session.outputMetadata, ports.output);
      if (session.inputNames.length > 1) {
        throw new FormatError(
          `Cannot load "${name}": expected one input, it has ${session.inputNames.join(", ")}`,
        );
      }
      return new ForeignNetwork(session, ort.Tensor as unknown as typeof OrtTensor, input, output);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * Runs rows `[n, …]` through the model, in chunks of the batch size that it wants.
   *
   * @throws {FormatError} When the input takes another shape, or the model fails, or gives another number of rows.
   */
  async run(rows: Tensor, signal?: AbortSignal): Promise<Tensor> {
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
    let shape: number[] = [];
    const parts: Float32Array[] = [];
    for (let start = 0; start < n; start += step) {
      signal?.throwIfAborted();
      const here = Math.min(step, n - start);
      const data = new Float32Array((this.#batch ? step : here) * size);
      data.set(rows.data.subarray(start * size, (start + here) * size));
      const feed = new this.#tensor("float32", data, [data.length / size, ...tail]);
      const result = await this.#result(feed);
      if (result.dims[0] !== data.length / size) {
        throw new FormatError(
          `The output "${this.output}" has ${result.dims[0]} rows, expected ${data.length / size}`,
        );
      }
      shape = result.dims.slice(1);
      parts.push((result.data as Float32Array).slice(0, here * sizeOf(shape)));
    }
    const out = new Float32Array(n * sizeOf(shape));
    parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
    return { shape: [n, ...shape], data: out };
  }

  /** A model of strangers may fail at any input. */
  async #result(feed: OrtTensor): Promise<OrtTensor> {
    try {
      return (await this.#session.run({ [this.input]: feed }))[this.output];
    } catch (error) {
      const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new FormatError(`The ONNX model failed: ${reason}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

interface Port {
  readonly name: string;
  readonly shape: readonly (number | null)[];
}

function portNamed(
  model: string,
  kind: "input" | "output",
  all: readonly InferenceSession.ValueMetadata[],
  name: string | undefined,
): Port {
  const known = all.map((port) =>
    `${port.name} ${port.isTensor ? `${port.type} [${port.shape.join(", ")}]` : "(no tensor)"}`
  );
  const found = name === undefined ? all[0] : all.find((port) => port.name === name);
  if (!found || name === undefined && all.length > 1) {
    throw new FormatError(
      `Cannot load "${model}": expected ${
        name === undefined ? `one ${kind}, or its name` : `the ${kind} "${name}"`
      }, it has ${known.join("; ")}`,
    );
  }
  if (!found.isTensor || found.type !== "float32") {
    throw new FormatError(
      `Cannot load "${model}": expected float32, ${kind} is ${known.join("; ")}`,
    );
  }
  const shape = found.shape.map((length) =>
    typeof length === "number" && length > 0 ? length : null
  );
  return { name: found.name, shape };
}
