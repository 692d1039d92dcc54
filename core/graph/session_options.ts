/** How a graph is compiled. */

import type { Provider } from "../provider.ts";

/** Threads inside an op, of all graphs of this thread; 0: as many as there are cores. */
let most = 0;

/**
 * Bounds the threads of the graphs that this JavaScript thread compiles from now on, where several processes share a machine's cores.
 *
 * @param count How many an op may take at most; 0: as many as there are cores.
 */
export function limitThreads(count: number): void {
  most = count;
}

/** As many threads as are `asked` for and allowed; 0: as many as there are cores. */
export function allowedThreads(asked = 0): number {
  return most && asked ? Math.min(most, asked) : most || asked;
}

/** How a graph is compiled. */
export interface SessionOptions {
  /** Where the graph runs; `cpu` by default. */
  readonly provider?: Provider;
  /** Of `torch`: the folder of an installed PyTorch, `…/site-packages/torch`; else what `COUNTERGRADE_TORCH` names. */
  readonly library?: string;
  /** Threads inside an op; 0 lets the executor take all cores, or as many as {@linkcode limitThreads} has left. */
  readonly threads?: number;
  /** Let the first axis vary from run to run. */
  readonly dynamicBatch?: boolean;
  /** onnxruntime's graph optimization; "all" pays where weights are constants. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Where onnxruntime writes the times of all nodes when the session is disposed: a file whose name starts so. */
  readonly traceTo?: string;
  /**
   * Outputs, by name, with the input that each is fed to at the next run. Where an executor can keep them on their device, or write them
   * over what they are fed to, they are no results, see {@linkcode Session.held}; elsewhere this has no effect.
   */
  readonly feedback?: Readonly<Record<string, string>>;
}
