/** The border between the host and a plugin that is not built in: what comes across it is what was promised. */

import { CountergradeError, PluginError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** How many elements of an input are looked at, before and after a call, to see whether it was changed. */
const SAMPLES = 1_024;

/** How far the sum of probabilities may be from 1: they may come from float32. */
const SUM_TOLERANCE = 1e-3;

/** Checks what one member of a plugin does. All errors name plugin and member. */
export class Border {
  readonly #plugin: string;
  readonly #member: string;
  readonly #copies: boolean;

  /** @param copies The plugin gets copies of its inputs: whether it changes them is of no interest. */
  constructor(plugin: string, member: string, copies: boolean) {
    this.#plugin = plugin;
    this.#member = member;
    this.#copies = copies;
  }

  /** A function that makes the error of this member. */
  error(method: string, problem: string, cause?: unknown): PluginError {
    return new PluginError(this.#plugin, `${this.#member}: ${method}() ${problem}`, { cause });
  }

  /** Calls a method. Typed errors are the plugin's answer; any other is a bug of the plugin, and says so. */
  call<Result>(method: string, inputs: readonly Tensor[], run: () => Result): Result {
    const before = this.#copies ? [] : inputs.map(sampleOf);
    try {
      const result = run();
      this.#unchanged(method, inputs, before);
      return result;
    } catch (error) {
      throw this.#explained(method, error);
    }
  }

  /** As {@linkcode Border.call}, of a method that takes its time. */
  async callAsync<Result>(
    method: string,
    inputs: readonly Tensor[],
    run: () => Promise<Result> | Result,
  ): Promise<Result> {
    const before = this.#copies ? [] : inputs.map(sampleOf);
    try {
      const result = await run();
      this.#unchanged(method, inputs, before);
      return result;
    } catch (error) {
      throw this.#explained(method, error);
    }
  }

  #explained(method: string, error: unknown): unknown {
    if (error instanceof CountergradeError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return this.error(method, `failed: ${reason}`, error);
  }

  #unchanged(method: string, inputs: readonly Tensor[], before: readonly Float32Array[]): void {
    const changed = before.some((sample, i) =>
      sampleOf(inputs[i]).some((value, k) => !Object.is(value, sample[k]))
    );
    if (changed) throw this.error(method, "changed its input; copy what you want to write to");
  }

  /** Float64 `[n]`, finite where `inputs` are. */
  numbers(
    method: string,
    value: unknown,
    length: number,
    inputs: readonly Tensor[] = [],
  ): Float64Array {
    if (!(value instanceof Float64Array) || value.length !== length) {
      throw this.error(method, `returned ${shown(value)}; expected a Float64Array of ${length}`);
    }
    this.#finite(method, value, inputs);
    return value;
  }

  /** Rows `[n, k]` of probabilities: from 0 to 1, each row's sum 1. */
  distributions(method: string, values: Float64Array, classes: number): void {
    for (let start = 0; start < values.length; start += classes) {
      const row = values.subarray(start, start + classes);
      const sum = row.reduce((total, p) => total + p, 0);
      if (row.every((p) => p >= 0) && Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
      // NaN came in with NaN; anything else is no distribution.
      if (Number.isNaN(sum)) continue;
      throw this.error(
        method,
        `returned ${[...row].join(", ")} for row ${start / classes}; expected ${classes} ` +
          "probabilities whose sum is 1",
      );
    }
  }

  /** Int32 `[n]`. */
  integers(method: string, value: unknown, length: number): Int32Array {
    if (value instanceof Int32Array && value.length === length) return value;
    throw this.error(method, `returned ${shown(value)}; expected an Int32Array of ${length}`);
  }

  /** A float32 tensor of a shape, finite where `inputs` are. */
  tensor(
    method: string,
    value: unknown,
    shape: readonly number[],
    inputs: readonly Tensor[] = [],
  ): Tensor {
    const { data, shape: current } = (value ?? {}) as Partial<Tensor>;
    const size = shape.reduce((product, length) => product * length, 1);
    const fits = data instanceof Float32Array && data.length === size && Array.isArray(current) &&
      current.length === shape.length && shape.every((length, i) => length === current[i]);
    if (!fits) {
      throw this.error(
        method,
        `returned ${shown(value)}; expected a float32 tensor of shape [${shape.join(", ")}]`,
      );
    }
    this.#finite(method, data, inputs);
    return value as Tensor;
  }

  /** One number; NaN and infinity may have a meaning. */
  number(method: string, value: unknown): number {
    if (typeof value === "number") return value;
    throw this.error(method, `returned ${shown(value)}; expected a number`);
  }

  #finite(
    method: string,
    data: Float32Array | Float64Array,
    inputs: readonly Tensor[],
  ): void {
    let at = 0;
    // A difference to oneself is 0 unless one is NaN or infinite; no callback, since there may be millions.
    while (at < data.length && data[at] - data[at] === 0) at++;
    if (
      at === data.length ||
      inputs.some((input) => input.data.some((value) => !Number.isFinite(value)))
    ) {
      return;
    }
    throw this.error(method, `returned ${data[at]} at ${at}; expected finite numbers`);
  }
}

/** Elements spread over a tensor. */
function sampleOf({ data }: Tensor): Float32Array {
  const step = Math.max(1, Math.floor(data.length / SAMPLES));
  const sample = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = data[i * step];
  return sample;
}

/** What a value is, in few words. */
function shown(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  if (ArrayBuffer.isView(value)) {
    const length = (value as { length?: number }).length ?? value.byteLength;
    return `a ${value.constructor.name} of ${length}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const { shape, data } = (value ?? {}) as Partial<Tensor>;
  if (Array.isArray(shape)) return `a tensor of shape [${shape.join(", ")}] with ${shown(data)}`;
  return value === null || typeof value !== "object" ? String(value) : "an object";
}
