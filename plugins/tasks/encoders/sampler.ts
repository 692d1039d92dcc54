/** How images become noise and back: the option of tasks, and what is stored with an encoder. */

import { type Artifact, FormatError, type SamplerOptions } from "@countergrade/countergrade";
import { z } from "zod";

const SamplerSchema = z.strictObject({
  name: z.string().default("dpm-solver").describe("dpm-solver or ddim"),
  inversionSteps: z.int().min(1).max(1000).default(20).describe("Evaluations from image to noise"),
  renderSteps: z.int().min(1).max(1000).default(20).describe("Evaluations from noise to image"),
  residual: z.boolean().optional().describe(
    "Add what the reconstruction misses of the image to every frame; default: a frame is what the model renders",
  ),
});

/** How images become noise and back. */
export function samplerField() {
  return SamplerSchema.optional().describe("Default: the encoder's own");
}

/** The default sampler that was stored with an encoder; undefined where none was. @throws {FormatError} When it is none. */
export function storedSampler({ id, metadata }: Artifact): SamplerOptions | undefined {
  if (metadata.sampler === undefined) return undefined;
  const { success, data, error } = SamplerSchema.safeParse(metadata.sampler);
  if (success) return data;
  throw new FormatError(`Cannot read the sampler of ${id}: ${error.issues[0].message}`);
}
