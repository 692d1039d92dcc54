/** One model on a server that speaks the KServe v2 inference protocol, as Triton does, with binary tensors. */

import { z } from "zod";
import { FormatError, InputError, UnavailableError } from "../../errors.ts";
import { chunksOf } from "../../response_body.ts";
import { concatRows, rows, sizeOf, type Tensor } from "../../tensor.ts";

/** The largest answer that is read, in bytes. */
const MAX_ANSWER = 256 * 2 ** 20;
/** Tries in all where the server is busy or cannot be reached, and the wait before the second, in ms; it doubles. */
const TRIES = 4;
const FIRST_WAIT = 100;

/** Rows in one request. */
const CHUNK = 16;

const HEADER_LENGTH = "inference-header-content-length";

const TensorInfo = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number()),
});
const ModelInfo = z.object({ inputs: z.array(TensorInfo), outputs: z.array(TensorInfo) });
const Answer = z.object({
  outputs: z.array(z.object({
    name: z.string(),
    datatype: z.string(),
    shape: z.array(z.int().min(0)),
    parameters: z.object({ binary_data_size: z.int().min(0).optional() }).loose().optional(),
    data: z.array(z.unknown()).optional(),
  })),
});
type Output = z.infer<typeof Answer>["outputs"][number];

/** Where a model is and what it is called there. */
export interface KServeAddress {
  /** The server, as `http://host:8000`. */
  readonly url: string;
  /** The name of the model on the server. */
  readonly model: string;
  /** The name of its input, where it has several. */
  readonly input?: string;
  /** The name of the output that is read, where it has several. */
  readonly output?: string;
  /** For one answer, in ms. */
  readonly timeout: number;
}

/** A model that was found. */
export class KServeModel {
  /** The name of its input. */
  readonly input: string;
  /** The name of the output that is read. */
  readonly output: string;
  /** Shape of one row of the input, null where the model leaves it free. */
  readonly inputRow: readonly (number | null)[];
  #address: KServeAddress;

  private constructor(address: KServeAddress, input: z.infer<typeof TensorInfo>, output: string) {
    this.#address = address;
    this.input = input.name;
    this.output = output;
    this.inputRow = input.shape.slice(1).map((length) => length > 0 ? length : null);
  }

  /**
   * Asks the server what the model takes and gives.
   *
   * @throws {UnavailableError} When the server cannot be reached, is not ready, or refuses.
   * @throws {FormatError} When its answer is no model of float32 tensors with these names.
   */
  static async find(address: KServeAddress, signal?: AbortSignal): Promise<KServeModel> {
    const { bytes } = await ask(address, "", { method: "GET" }, signal);
    const { inputs, outputs } = parsed(ModelInfo, jsonIn(bytes, address), address);
    const input = named("input", inputs, address.input, address.model);
    return new KServeModel(
      address,
      input,
      named("output", outputs, address.output, address.model).name,
    );
  }

  /**
   * Sends rows `[n, …]` and returns what the model makes of them `[n, …]`.
   *
   * @throws {UnavailableError | FormatError} As {@linkcode KServeModel.find}.
   */
  async infer({ shape, data }: Tensor, signal?: AbortSignal): Promise<Tensor> {
    const head = new TextEncoder().encode(JSON.stringify({
      inputs: [{
        name: this.input,
        shape,
        datatype: "FP32",
        parameters: { binary_data_size: data.byteLength },
      }],
      outputs: [{ name: this.output, parameters: { binary_data: true } }],
    }));
    const body = new Uint8Array(head.length + data.byteLength);
    body.set(head);
    body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.length);
    const answer = await ask(this.#address, "/infer", {
      method: "POST",
      headers: { "content-type": "application/octet-stream", [HEADER_LENGTH]: String(head.length) },
      body,
    }, signal);
    return this.#tensorIn(answer);
  }

  /**
   * The same of any number of rows, some in each request.
   *
   * @throws {UnavailableError | FormatError} As {@linkcode KServeModel.find}.
   */
  async inferAll(all: Tensor, signal?: AbortSignal): Promise<Tensor> {
    const parts: Tensor[] = [];
    for (let start = 0; start < all.shape[0]; start += CHUNK) {
      const end = Math.min(start + CHUNK, all.shape[0]);
      parts.push(await this.infer(rows(all, start, end), signal));
    }
    return concatRows(parts);
  }

  #tensorIn({ headers, bytes }: WholeAnswer): Tensor {
    const stated = headers.get(HEADER_LENGTH);
    const length = stated === null ? bytes.length : Number(stated);
    if (!(Number.isInteger(length) && length >= 0 && length <= bytes.length)) {
      throw odd(this.#address, `a header of ${stated} bytes in an answer of ${bytes.length}`);
    }
    const value = jsonIn(bytes.subarray(0, length), this.#address);
    const { outputs } = parsed(Answer, value, this.#address);
    let at = length;
    for (const output of outputs) {
      const size = output.parameters?.binary_data_size;
      const raw = size === undefined ? undefined : bytes.subarray(at, at + size);
      at += size ?? 0;
      if (output.name === this.output) return this.#read(output, raw);
    }
    throw odd(this.#address, `no output "${this.output}"`);
  }

  #read({ name, datatype, shape, data }: Output, raw: Uint8Array | undefined): Tensor {
    const count = sizeOf(shape);
    const values = data?.flat(8).filter((value) => typeof value === "number") ?? [];
    const length = raw ? raw.length / 4 : values.length;
    if (datatype !== "FP32" || length !== count) {
      throw odd(
        this.#address,
        `"${name}" as ${datatype} [${shape.join(", ")}] with ${length} numbers; expected FP32`,
      );
    }
    // A copy, since the bytes need not begin at a multiple of four.
    if (raw) return { shape, data: new Float32Array(raw.slice().buffer) };
    return { shape, data: Float32Array.from(values) };
  }
}

function named(
  kind: "input" | "output",
  all: readonly z.infer<typeof TensorInfo>[],
  name: string | undefined,
  model: string,
): z.infer<typeof TensorInfo> {
  const list = all.map((t) => `${t.name} ${t.datatype} [${t.shape.join(", ")}]`).join("; ");
  const candidates = name === undefined ? all : all.filter((t) => t.name === name);
  if (candidates.length !== 1) {
    const expected = name === undefined ? `one ${kind}, or its name` : `the ${kind} "${name}"`;
    throw new FormatError(`Cannot use model "${model}": expected ${expected}, it has ${list}`);
  }
  if (candidates[0].datatype !== "FP32") {
    throw new FormatError(
      `Cannot use model "${model}": expected an ${kind} of FP32, it has ${list}`,
    );
  }
  return candidates[0];
}

/** An answer that has come to its end. */
interface WholeAnswer {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** Sends a request about a model; again after a while where the server is busy or away. */
async function ask(
  address: KServeAddress,
  path: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<WholeAnswer> {
  const url = `${address.url.replace(/\/+$/, "")}/v2/models/${
    encodeURIComponent(address.model)
  }${path}`;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    const ended = AbortSignal.any([
      AbortSignal.timeout(address.timeout),
      ...signal ? [signal] : [],
    ]);
    let reason: string;
    try {
      // A redirect could lead anywhere.
      const response = await fetch(url, { ...init, redirect: "error", signal: ended });
      const bytes = await bytesOf(response, ended, address);
      if (response.ok) return { headers: response.headers, bytes };
      reason = `it answered ${response.status}${complaintIn(bytes, address)}`;
      if (response.status !== 503) throw new UnavailableError(cannot(address, reason));
    } catch (error) {
      if (error instanceof UnavailableError || error instanceof FormatError) throw error;
      signal?.throwIfAborted();
      if (error instanceof Deno.errors.NotCapable) {
        const { host } = new URL(url);
        throw new UnavailableError(
          cannot(address, `this process may not connect there, start it with --allow-net=${host}`),
        );
      }
      const late = error instanceof DOMException && error.name === "TimeoutError";
      reason = late ? `no answer within ${address.timeout / 1000} s` : messageOf(error);
      if (late) throw new UnavailableError(cannot(address, reason), { cause: error });
    }
    if (attempt === TRIES) throw new UnavailableError(cannot(address, reason));
    await pause(FIRST_WAIT * 2 ** (attempt - 1), signal);
  }
}

function cannot({ url, model }: KServeAddress, reason: string): string {
  return `Cannot use model "${model}" on ${url}: ${reason}`;
}

function odd(address: KServeAddress, what: string): FormatError {
  return new FormatError(`Cannot read the answer of model "${address.model}": ${what}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the server says about its refusal: `{"error": "…"}`. */
function complaintIn(bytes: Uint8Array, address: KServeAddress): string {
  try {
    const { error } = jsonIn(bytes, address) as { error?: unknown };
    return typeof error === "string" ? `: ${error.slice(0, 500)}` : "";
  } catch {
    return "";
  }
}

function jsonIn(bytes: Uint8Array, address: KServeAddress): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw odd(address, "it is not JSON");
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, address: KServeAddress): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw odd(address, `${path.join(".")}: ${message}`);
}

async function bytesOf(
  response: Response,
  ended: AbortSignal,
  address: KServeAddress,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of chunksOf(response, ended)) {
    length += part.length;
    if (length > MAX_ANSWER) throw odd(address, `more than ${MAX_ANSWER} bytes`);
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

/** Checks an address that a user wrote. @throws {InputError} */
export function checkedUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InputError(`Cannot use "${text}": expected an address such as http://host:8000`, [
      "url",
    ]);
  }
  const plain = ["http:", "https:"].includes(url.protocol) && !url.username && !url.password &&
    !url.search && !url.hash;
  if (plain) return url.href.replace(/\/$/, "");
  throw new InputError(
    `Cannot use the address: expected http or https without user, password and query`,
    ["url"],
  );
}
