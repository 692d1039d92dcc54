/** A network on a server. */

import type { Tensor } from "@countergrade/countergrade";
import type { KServeModel } from "@countergrade/countergrade/engine";
import type { Runner } from "./classifier_judge.ts";

/** Nothing is held open between requests. */
export class ServedNetwork implements Runner {
  readonly inputRow: readonly (number | null)[];
  readonly #model: KServeModel;

  constructor(model: KServeModel) {
    this.#model = model;
    this.inputRow = model.inputRow;
  }

  run(images: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return this.#model.inferAll(images, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
