/** The stochastic code of an image: computed once, then read from the store. */

import {
  type Codes,
  type Encoder,
  FormatError,
  type Images,
  type JobContext,
  type SamplerOptions,
  type Tensor,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { sha256 } from "@countergrade/countergrade/jobs";

/** From an image `[1, c, h, w]` and its code `[1, d]` to x_T `[1, c, h, w]`; `onStep` counts from 1 to the sampler's steps. */
export type Invert = (
  image: Images,
  code: Codes,
  options: { signal: AbortSignal; onStep: (step: number) => void },
) => Promise<Tensor>;

const FILE = "noise.safetensors";

/** What an inversion needs to know. */
export interface InversionSetup {
  readonly encoderId: string;
  readonly encoder: Encoder;
  readonly sampler: SamplerOptions;
}

/**
 * An inversion that keeps what it computes. x_T depends on the encoder, the image, its code and how the sampler walks to the noise:
 * other targets, editors or probes take the same one, and so do other steps of rendering.
 */
export function keptInversion(
  job: JobContext,
  { encoderId, encoder, sampler }: InversionSetup,
): Invert {
  return async (image, code, { signal, onStep }) => {
    const { name, inversionSteps } = sampler;
    const key = {
      encoder: encoderId,
      image: hashOf(image),
      code: hashOf(code),
      sampler: { name, inversionSteps },
    };
    let computed: Tensor | undefined;
    const { [FILE]: bytes } = await job.derived("noise", key, async () => {
      computed = await encoder.encodeStochastic(image, code, { sampler, signal, onStep });
      return {
        files: { [FILE]: writeSafetensors({ noise: computed }) },
        metadata: { title: `x_T of an image, ${name} ${inversionSteps}`, ...key },
        inputs: [encoderId],
      };
    });
    if (computed) return computed;
    onStep(inversionSteps);
    return readNoise(bytes, image.shape);
  };
}

function hashOf({ shape, data }: Tensor): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return sha256(`${shape.join()} ${sha256(bytes)}`);
}

/** @throws {FormatError} When the file holds something else. */
function readNoise(bytes: Uint8Array, shape: readonly number[]): Tensor {
  const noise = readSafetensors(bytes).tensors.get("noise");
  if (noise?.shape.join() === shape.join()) return noise;
  throw new FormatError(`Cannot read x_T: expected "noise" of shape [${shape.join(", ")}]`);
}
