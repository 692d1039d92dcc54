/** Execution providers by name: where graphs can run. */

/**
 * Where graphs can run: onnxruntime's providers, and PyTorch's library, on a device and in a type of its own (`cpu` and float32 where
 * the name says nothing).
 */
export const PROVIDERS = [
  "cpu",
  "webgpu",
  "cuda",
  "coreml",
  "dml",
  "torch",
  "torch:bfloat16",
  "torch:cuda",
  "torch:cuda:bfloat16",
  "torch:mps",
  "torch:mps:bfloat16",
] as const;

/** Where graphs run. */
export type Provider = typeof PROVIDERS[number];

/** What may be asked for. */
export const PROVIDER_CHOICES = ["auto", ...PROVIDERS] as const;

/** A provider by name, or `auto`: the first of cuda, webgpu, coreml, dml that this machine has, else the CPU. */
export type ProviderChoice = typeof PROVIDER_CHOICES[number];

/** Whether a text names a provider, or is `auto`. */
export function isProviderChoice(text: string): text is ProviderChoice {
  return (PROVIDER_CHOICES as readonly string[]).includes(text);
}
