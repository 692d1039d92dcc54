/** The family `encoders`: images to semantic codes and back. */

import type { ByteSource } from "./byte_source.ts";
import type { Dataset } from "./dataset.ts";
import type { ProviderChoice } from "./provider.ts";
import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { JobContext } from "./job_context.ts";
import type { ImageShape } from "./image_shape.ts";
import type { Codes, Images, Latents, Tensor } from "./tensor.ts";

/** How many steps a diffusion sampler takes each way; encoders without one ignore it. */
export interface SamplerOptions {
  /** Which sampler, in the encoder's own words, as `dpm-solver`. */
  readonly name: string;
  /** Evaluations from image to noise. */
  readonly inversionSteps: number;
  /** Evaluations from noise to image. */
  readonly renderSteps: number;
  /** Whether paths add what the reconstruction misses of the image to every frame; an encoder itself does not look at it. */
  readonly residual?: boolean;
}

/** Options of one call. */
export interface CallOptions {
  /** Instead of the encoder's {@linkcode Encoder.defaultSampler}. */
  readonly sampler?: SamplerOptions;
  /** Ends the call; the promise then rejects with a CancelledError. */
  readonly signal?: AbortSignal;
  /** Called after each step with a preview of all images (predicted x₀), in [-1, 1]. */
  readonly onStep?: (step: number, total: number, preview: Images) => void | Promise<void>;
}

/** A trained encoder with its renderer. Rows are independent of the batch that they come in. */
export interface Encoder extends AsyncDisposable {
  /** `[channels, height, width]` of all images that go in and come out, of volumes `[channels, depth, height, width]`. */
  readonly imageShape: ImageShape;
  /** The length d of a code. */
  readonly codeSize: number;
  /** Plain facts to show: preset, parameters, provider, image range, steps trained. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** What is taken where a call names no sampler. */
  readonly defaultSampler: SamplerOptions;
  /** Images `[n, ...imageShape]` to codes `[n, d]`. */
  encode(images: Images, options?: CallOptions): Promise<Codes>;
  /** The stochastic codes `x_T` of images given their codes, in the shape of the images. */
  encodeStochastic(images: Images, codes: Codes, options?: CallOptions): Promise<Tensor>;
  /** Latents to images `[n, ...imageShape]`. */
  render(latents: Latents, options?: CallOptions): Promise<Images>;
  /**
   * Of an encoder that sees all images from one side, as if all were of right knees: which codes `[n, d]` are of images that it saw
   * mirrored. What a direction of the code moves is mirrored with them.
   */
  mirrors?(codes: Codes): readonly boolean[];
}

/** What a training returns. */
export interface TrainedModel {
  /** The model's file. */
  readonly model: Uint8Array;
  /** Optimizer steps of the whole training. */
  readonly steps: number;
  /** The final training loss, smoothed. */
  readonly loss: number;
  /** Images that this run went through; fewer than the whole training's when it was resumed. */
  readonly images: number;
  /** Where the graphs ran. */
  readonly provider?: string;
}

/** How an encoder is loaded. */
export interface LoadOptions {
  /** Where its graphs shall run; `cpu` by default. The encoder's details tell where they do. */
  readonly provider?: ProviderChoice;
  /** Is told why the encoder runs elsewhere than it was asked to. */
  readonly warn?: (message: string) => void;
  /** What its default sampler shall be, where one was stored with the model. */
  readonly sampler?: SamplerOptions;
}

/** What a foreign file may not say about its model. These win over what it says or what would be assumed. */
export interface ConvertHints {
  /** Height and width in pixels. */
  readonly imageSize?: number;
  /** Attention heads. */
  readonly heads?: number;
  /** The intensities of black and white that the model was trained with. */
  readonly imageRange?: readonly [number, number];
}

/** How an encoder plugin trains, imports and loads encoders. A model is one safetensors file. */
export interface EncoderPlugin<Options = unknown> {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** What kind of model it is, in one sentence: help and forms show it. */
  readonly description: string;
  /** Options of training. */
  readonly options: OptionsSchema<Options>;
  /** What {@linkcode SamplerOptions.name} may be, where it has samplers: another name is refused when a job is asked for. */
  readonly samplers?: readonly string[];
  /** Trains on the split `train`; resumes from `job.checkpoint` when there is one. */
  train?(dataset: Dataset, options: Options, job: JobContext): Promise<TrainedModel>;
  /** Converts a foreign file (a PyTorch checkpoint, say) into the model's file. @throws {FormatError} */
  convert?(file: ByteSource, fileName: string, hints?: ConvertHints): Promise<Uint8Array>;
  /** Loads a model's file. @throws {FormatError} */
  load(model: Uint8Array, options?: LoadOptions): Promise<Encoder>;
}

/** Images to codes and back, see {@linkcode EncoderPlugin}. */
export const encoders: Family<EncoderPlugin<AnyOptions>> = defineFamily(
  "encoders",
  "Images to codes and back",
);
