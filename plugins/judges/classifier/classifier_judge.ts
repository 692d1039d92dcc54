/** Somebody else's classifier as a judge. */

import {
  FormatError,
  type Images,
  InputError,
  type Judge,
  type Judged,
  type LabelScale,
  type Tensor,
  throwIfAborted,
  zeros,
} from "@countergrade/countergrade";
import { type NetworkInput, networkInput } from "./network_input.ts";
import { classesOf, judgedFrom, type Output } from "./network_output.ts";
import type { Usage } from "./usage.ts";

/** What runs the network: a model in this process, or a server elsewhere. */
export interface Runner extends AsyncDisposable {
  /** Shape of one row of the input, null where the network leaves it free. */
  readonly inputRow: readonly (number | null)[];
  /** Images in the network's range `[n, c, h, w]` to its numbers `[n, …]`. */
  run(images: Tensor, signal?: AbortSignal): Promise<Tensor>;
  /** The numbers, and features `[n, …]` where another output has them. */
  runAll?(images: Tensor, signal?: AbortSignal): Promise<Tensor[]>;
}

/** Side of a trial image where the network leaves it free, px. */
const TRIAL = 64;

/** A classifier with the knowledge of how it is used. */
export class ClassifierJudge implements Judge {
  readonly scale?: LabelScale;
  readonly classes?: number;
  readonly threshold?: number;
  readonly features: { readonly size: number; readonly what: string };
  /** `[c, h, w]`, null where any will do. */
  readonly imageShape: readonly (number | null)[];
  readonly #runner: Runner;
  readonly #input: NetworkInput;
  readonly #output: Output;
  readonly #outputs: number;
  #disposed = false;

  private constructor(runner: Runner, usage: Usage, input: NetworkInput, seen: Seen) {
    this.#runner = runner;
    this.#input = input;
    this.#output = usage.output ?? "logits";
    this.#outputs = seen.given.data.length;
    this.imageShape = input.shape;
    this.classes = classesOf(this.#output, this.#outputs);
    this.threshold = usage.positiveFrom;
    this.features = {
      size: seen.features.data.length,
      what: usage.featuresName ?? `its ${this.#output}`,
    };
    this.scale = scaleOf(usage, this.classes);
  }

  /**
   * Tries the network on one gray image, which tells how many numbers it gives. The runner is the judge's from then on, and is
   * disposed of where there will be none.
   *
   * @throws {InputError} When the usage does not fit the network.
   * @throws {FormatError} When the network cannot be used.
   */
  static async open(runner: Runner, usage: Usage, signal?: AbortSignal): Promise<ClassifierJudge> {
    try {
      if (usage.featuresName !== undefined && !runner.runAll) {
        throw new InputError(
          "Cannot use the judge: expected one output of a network on a server, featuresName is another",
          ["featuresName"],
        );
      }
      const input = inputOf(runner.inputRow, usage);
      const [c, h, w] = input.shape;
      const trial = zeros([1, c ?? 1, h ?? TRIAL, w ?? TRIAL]);
      const seen = await seenBy(runner, networkInput(trial, input), signal);
      const { given } = seen;
      if (given.shape[0] !== 1) {
        throw new FormatError(
          `Cannot use the judge: expected one row for one image, it gave [${
            given.shape.join(", ")
          }]`,
        );
      }
      const judge = new ClassifierJudge(runner, usage, input, seen);
      judgedFrom(judge.#output, given.data.length, given, 1);
      return judge;
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
  }

  async judge(images: Images, { signal }: { signal?: AbortSignal } = {}): Promise<Judged> {
    if (this.#disposed) throw new TypeError("Cannot judge images: the judge is disposed");
    throwIfAborted(signal);
    const [n] = images.shape;
    if (n === 0) return this.#nothing();
    const { given, features } = await seenBy(
      this.#runner,
      networkInput(images, this.#input),
      signal,
    );
    return {
      ...judgedFrom(this.#output, this.#outputs, given, n),
      features: featuresFrom(features, n, this.features.size),
    };
  }

  #nothing(): Judged {
    const none = () => new Float64Array(0);
    return {
      grades: none(),
      features: none(),
      ...(this.classes !== undefined && { probabilities: none() }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#runner[Symbol.asyncDispose]();
  }
}

/** What a network gave: what it decides by, and what it saw before. */
interface Seen {
  readonly given: Tensor;
  readonly features: Tensor;
}

async function seenBy(runner: Runner, images: Tensor, signal?: AbortSignal): Promise<Seen> {
  const [given, features = given] = await runner.runAll?.(images, signal) ??
    [await runner.run(images, signal)];
  return { given, features };
}

/** @throws {FormatError} When it has another shape than before, or numbers that are not finite. */
function featuresFrom({ shape, data }: Tensor, n: number, size: number): Float64Array {
  const odd = data.findIndex((value) => !Number.isFinite(value));
  if (shape[0] === n && data.length === n * size && odd < 0) return Float64Array.from(data);
  throw new FormatError(
    odd < 0
      ? `The judge gave features of shape [${shape.join(", ")}], expected [${n}, ${size}]`
      : `The judge gave ${data[odd]} at ${odd} of its features, expected finite numbers`,
  );
}

/** What a network takes, from what it states and what was said. @throws {InputError} When the two differ. */
function inputOf(stated: readonly (number | null)[], usage: Usage): NetworkInput {
  if (stated.length !== 3) {
    throw new InputError(
      `Cannot use the judge: expected a network of images [n, c, h, w], its input has ${
        stated.length + 1
      } axes`,
      ["model"],
    );
  }
  const asked = usage.imageShape;
  const shape = stated.map((length, axis) => length ?? asked?.[axis] ?? null);
  if (asked && shape.join() !== asked.join()) {
    const states = stated.map((length) => length ?? "free").join(", ");
    throw new InputError(
      `Cannot use the judge: expected an imageShape that fits its input [${states}], it is [${
        asked.join(", ")
      }]`,
      ["imageShape"],
    );
  }
  const { imageRange: range = [0, 1], mean = [0], std = [1] } = usage;
  for (const [name, { length }] of Object.entries({ mean, std })) {
    if (length === 1 || shape[0] === null || length === shape[0]) continue;
    throw new InputError(
      `Cannot use the judge: expected one ${name} or ${shape[0]}, one per channel, got ${length}`,
      [name],
    );
  }
  return { shape, range, mean, std };
}

/** @throws {InputError} When there are other names than classes. */
function scaleOf({ classNames }: Usage, classes: number | undefined): LabelScale | undefined {
  if (!classNames) return undefined;
  if (classNames.length !== classes) {
    throw new InputError(
      `Cannot use the judge: expected ${
        classes ?? "no"
      } class names, as it has classes, got ${classNames.length}`,
      ["classNames"],
    );
  }
  return { type: classes === 2 ? "binary" : "ordinal", names: classNames };
}
