/** The family `judges`: a second opinion on images, by a network that has no part in how they were made. */

import type { OptionsSchema } from "./options_schema.ts";
import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { JobContext, PluginHost } from "./job_context.ts";
import type { LabelScale } from "./labels.ts";
import type { Images } from "./tensor.ts";

/** What a judge says about images. */
export interface Judged {
  /**
   * Expected grade `[n]`, a finite real number: on the judge's label scale where it has classes, as Σ k·p(k), from 0 to k − 1. That
   * of a judge with two classes is the probability of the second one.
   */
  readonly grades: Float64Array;
  /** Probability of every class, `[n, k]` row-major, rows sum to 1; of a judge with {@linkcode Judge.classes}. */
  readonly probabilities?: Float64Array;
  /** What it sees in an image before it decides, `[n, f]` row-major, finite; of a judge with {@linkcode Judge.features}. */
  readonly features?: Float64Array;
}

/** Something that looks at images alone: no code, no probe. Rows are independent of the batch that they come in. */
export interface Judge extends AsyncDisposable {
  /** What its classes are called, where it tells. */
  readonly scale?: LabelScale;
  /** How many classes k it gives probabilities of; absent where it tells grades alone. */
  readonly classes?: number;
  /**
   * Of two classes, the label of a longer scale from which the second one begins: "label ≥ threshold". Without it the question of
   * whoever asks is meant.
   */
  readonly threshold?: number;
  /** How many numbers f it sees in an image, and which: "layer before the last". Absent where it does not tell. */
  readonly features?: { readonly size: number; readonly what: string };
  /** The artifact id of the encoder that it looks through, where it does: it can be no witness of that encoder's pictures. */
  readonly encoder?: string;
  /**
   * Judges images `[n, c, h, w]` in [-1, 1], of any size that it can bring to its own.
   *
   * @throws {InputError} When it cannot take images of this shape.
   * @throws {FormatError} When the network behind it gives another shape than was agreed, or numbers that are not finite.
   * @throws {CancelledError} Once the signal is aborted.
   */
  judge(images: Images, options?: { readonly signal?: AbortSignal }): Promise<Judged>;
}

/** How a judge plugin opens judges. */
export interface JudgePlugin<Options = unknown> {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** What judges, in one sentence: help and forms show it. */
  readonly description: string;
  /** Options of opening one. */
  readonly options: OptionsSchema<Options>;
  /** Versions of files that the options only name, as those of a task. */
  inputs?(options: Options, host: PluginHost): Promise<readonly string[]>;
  /**
   * Opens a judge; whoever asks for it disposes of it.
   *
   * @throws {NotFoundError} When the options name an artifact or file that is not there.
   * @throws {FormatError} When it is none that this plugin can use.
   */
  open(options: Options, job: JobContext): Promise<Judge>;
}

/** Images to a second opinion, see {@linkcode JudgePlugin}. */
export const judges: Family<JudgePlugin<AnyOptions>> = defineFamily(
  "judges",
  "Second opinions on images",
);
