/** Execution providers by name: where graphs can run. */

/** Where graphs can run. */
export const PROVIDERS = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;

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
