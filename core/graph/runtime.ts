/** onnxruntime itself: loaded on first use, and its errors in words. */

let runtime: Promise<typeof import("onnxruntime-node")> | undefined;

/** onnxruntime. A process that only reads the store never asks for it, and so never loads native code. */
export function loadRuntime(): Promise<typeof import("onnxruntime-node")> {
  return runtime ??= import("onnxruntime-node");
}

/** The first line of an error, without the source file and function that onnxruntime begins it with. */
export function runtimeReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n")[0].replace(/^\S*onnxruntime_src\S* .*? was false\. /, "");
}
