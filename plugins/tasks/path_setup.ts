/** What a path is made with: the parts that options name, opened and found to fit each other. */

import {
  type CodeStatistics,
  type Dataset,
  type EditorPlugin,
  editors,
  type Encoder,
  type Host,
  type JobContext,
  type Probe,
  type SamplerOptions,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type CloseLoopOptions, CloseLoopSchema } from "./close_loop.ts";
import { type Invert, keptInversion } from "./inversion.ts";
import { type LoadedEncoders, loadProbe, openFitting } from "./models.ts";

/** Options of all tasks that render paths. */
export interface PathOptions {
  probe: string;
  dataset: string;
  split: string;
  targets?: number[];
  editor: Record<string, unknown>;
  sampler?: SamplerOptions;
  closeLoop?: CloseLoopOptions;
}

/** The fields of {@linkcode PathOptions} in the order of the flags: which images, and how their paths are made. */
export function pathFields(host: Host) {
  return {
    which: {
      probe: z.string().describe("Id of the probe"),
      dataset: z.string().describe("Id of the data set"),
      split: z.string().default("val").describe("Split of the data set"),
    },
    how: {
      targets: z.array(z.number().min(-10).max(20)).min(1).max(64).optional()
        .describe("Grades of the frames; default: every grade of the scale"),
      editor: host.choice(editors, "pattern").describe("How codes are moved, with its options"),
      sampler: z.strictObject({
        name: z.string().default("dpm-solver").describe("dpm-solver or ddim"),
        inversionSteps: z.int().min(1).max(1000).default(20).describe(
          "Evaluations from image to noise",
        ),
        renderSteps: z.int().min(1).max(1000).default(20).describe(
          "Evaluations from noise to image",
        ),
      }).optional().describe("Default: the encoder's own"),
      closeLoop: CloseLoopSchema.optional().describe(
        "Edit again where the image misses its grade; default: every frame is edited once",
      ),
    },
  };
}

/** Models and options that {@linkcode renderPath} works with. */
export interface PathSetup {
  readonly dataset: Dataset;
  readonly encoderId: string;
  readonly encoder: Encoder;
  readonly probe: Probe;
  readonly statistics: CodeStatistics;
  readonly editor: EditorPlugin;
  /** The editor's own options. */
  readonly editing: unknown;
  readonly sampler: SamplerOptions;
  /** The way to x_T. */
  readonly invert: Invert;
  /** Grades of the frames. */
  readonly grades: readonly number[];
  readonly closeLoop?: CloseLoopOptions;
}

/**
 * Opens what the options name.
 *
 * @throws {NotFoundError} When an id names nothing.
 * @throws {InputError} When the data set's images do not fit the encoder.
 */
export async function openPathSetup(
  options: PathOptions,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<PathSetup> {
  const { probe, encoder: encoderId, statistics } = await loadProbe(job, options.probe);
  const encoder = await loaded.get(job, encoderId);
  const dataset = await openFitting(job, options.dataset, encoder);
  const { member, options: editing } = job.host.chosen<EditorPlugin>(editors, options.editor);
  const sampler = options.sampler ?? encoder.defaultSampler;
  return {
    dataset,
    encoderId,
    encoder,
    probe,
    statistics: await statistics(),
    editor: member,
    editing,
    sampler,
    invert: keptInversion(job, { encoderId, encoder, sampler }),
    grades: options.targets ?? probe.scale.names.map((_, grade) => grade),
    closeLoop: options.closeLoop,
  };
}
