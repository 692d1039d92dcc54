/** What runs graphs: the contract between a session and the libraries behind it. */

import type { Provider } from "../provider.ts";
import type { Tensor } from "../tensor.ts";
import type { Graph } from "./graph.ts";
import { neededNodes } from "./needed.ts";
import type { SessionOptions } from "./session_options.ts";

/** A library that runs graphs, as onnxruntime or PyTorch. */
export interface Executor {
  /** Its name in messages. */
  readonly name: string;
  /**
   * Makes a graph runnable.
   *
   * @throws {TypeError} When the graph has an op that the library lacks; the message names op and layer.
   * @throws {ProviderError} When library or device cannot be used.
   */
  compile(graph: Graph, provider: Provider, options: SessionOptions): Promise<Program>;
}

/** A graph that an executor has made runnable. Feeds and results are checked by the session. */
export interface Program extends AsyncDisposable {
  /** Runs the graph. Values that an earlier run has left on the device are not fed. @throws {ProviderError} When a device fails. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** The inputs, by name, whose values an earlier run has left on the device. */
  readonly holding: ReadonlySet<string>;
  /** Copies of the values on the device, by the input that they are fed to. */
  held(): Promise<Record<string, Tensor>>;
  /** How often a run asks the library for something; undefined where it is not known. */
  readonly calls?: number;
}

/** @throws {TypeError} When a graph has an op that is not in an executor's table. */
export function expectOps(
  executor: string,
  graph: Graph,
  table: Readonly<Record<string, unknown>>,
) {
  for (const { op, layer } of neededNodes(graph)) {
    if (Object.hasOwn(table, op)) continue;
    const where = layer ? ` in layer "${layer}"` : "";
    throw new TypeError(`Cannot compile the graph: ${executor} lacks the op ${op}${where}`);
  }
}
