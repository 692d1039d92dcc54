/** The executors: which library runs graphs for a provider. */

import type { Provider } from "../provider.ts";
import type { Executor } from "./executor.ts";
import { onnxExecutor } from "./onnx/program.ts";
import { torchExecutor } from "./torch/program.ts";

/**
 * The executor of a provider: PyTorch's library for `torch` and those that begin so, else onnxruntime.
 *
 * @example
 * ```ts
 * import { executorOf } from "./executors.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(executorOf("cpu").name, "onnxruntime");
 * assertEquals(executorOf("torch:cuda").name, "torch");
 * ```
 */
export function executorOf(provider: Provider): Executor {
  return provider.split(":")[0] === "torch" ? torchExecutor : onnxExecutor;
}
