/** What a path is made with: the parts that options name, opened and found to fit each other. */

import {
  type CodeStatistics,
  type Dataset,
  type EditorPlugin,
  editors,
  type Encoder,
  InputError,
  type JobContext,
  type PluginHost,
  type Probe,
  type SamplerOptions,
  type Target,
  type TrainingCodes,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type Bands, storedBands } from "./bands.ts";
import { codeUseWarning } from "../encoders/code_use.ts";
import { checkLoop, type CloseLoopOptions, CloseLoopSchema } from "./close_loop.ts";
import { type LabelOptions, labelsField, relabeled } from "../data/relabeled.ts";
import { judgeField, judgeVersions, openWitness, type Witness } from "../judges/witness.ts";
import { holdFields, type HoldOptions, openHold, type PathHold } from "./hold.ts";
import { type Invert, keptInversion } from "./inversion.ts";
import {
  type LoadedEncoders,
  loadProbe,
  openFitting,
  type StoredProbe,
  thresholdOf,
} from "../encoders/models.ts";
import {
  type Calibration,
  calibrationFields,
  calibrationOf,
  type CalibrationOptions,
} from "./goals.ts";
import { samplerField } from "../encoders/sampler.ts";
import { targetFields, type TargetOptions, targetsOf } from "./targets.ts";
import { foreignField, type OwnImages, ownImagesOf, UNKNOWN_KIND } from "../latents/familiarity.ts";
import { codesBehind } from "../latents/training_codes.ts";
import { chanceWarning, evidenceOf } from "../probes/evidence.ts";

/** Options of all tasks that render paths: how they are made. */
export interface PathMaking extends TargetOptions, CalibrationOptions, HoldOptions {
  probe: string;
  editor: Record<string, unknown>;
  sampler?: SamplerOptions;
  closeLoop?: CloseLoopOptions;
  judge?: Record<string, unknown>;
  uninformative: boolean;
  foreign: boolean;
}

/** The same, with images of a data set. */
export interface PathOptions extends PathMaking, LabelOptions {
  dataset: string;
  split: string;
}

/** The fields of {@linkcode PathOptions} in the order of the flags: which images, and how their paths are made. */
export function pathFields(host: PluginHost) {
  return {
    which: {
      probe: z.string().describe("Id of the probe"),
      dataset: z.string().describe("Id of the data set"),
      split: z.string().default("val").describe("Split of the data set"),
      labels: labelsField(),
    },
    how: {
      ...targetFields(),
      ...calibrationFields(),
      ...holdFields(),
      editor: host.choice(editors, "pattern").describe("How codes are moved, with its options"),
      sampler: samplerField(),
      closeLoop: CloseLoopSchema.optional().describe(
        "Edit again where the image misses its grade; default: every frame is edited once",
      ),
      judge: judgeField(
        host,
        "A network that looks at every frame beside the probe, as a second opinion, or as what is explained",
      ),
      uninformative: z.boolean().default(false).describe(
        "Render paths of a probe that tells no more than chance",
      ),
      foreign: foreignField(),
    },
  };
}

/** What stored results of such tasks depend on beside the names in their options, see `TaskPlugin.inputs`. */
export async function pathVersions(
  { dataset, judge }: Partial<Pick<PathOptions, "dataset" | "judge">>,
  host: PluginHost,
): Promise<string[]> {
  return [
    ...dataset === undefined ? [] : [await host.datasetVersion(dataset)],
    ...await judgeVersions(judge, host),
  ];
}

/** Said where typical scores are not known. */
const BY_REGRESSION =
  "The scores of real patients of each grade are not known for this probe, since the images that it learned from are not here: targets are by regression, which asks for more than patients have";

/** Models and options that {@linkcode renderPath} works with. */
export interface PathSetup {
  readonly encoderId: string;
  readonly encoder: Encoder;
  readonly probe: Probe;
  /** The same, as it was stored. */
  readonly stored: StoredProbe;
  readonly statistics: CodeStatistics;
  /** The codes that the probe was fitted to. @throws {NotFoundError} When neither they nor their images are here. */
  training(): Promise<TrainingCodes>;
  readonly editor: EditorPlugin;
  /** The editor's own options. */
  readonly editing: unknown;
  readonly sampler: SamplerOptions;
  /** The way to x_T. */
  readonly invert: Invert;
  /** Where the frames shall arrive. */
  readonly targets: readonly Target[];
  /** What a grade means. */
  readonly calibration: Calibration;
  /** What the edits leave alone. */
  readonly hold?: PathHold;
  /** What the images of the probe are like, where that is known. */
  readonly ownImages?: OwnImages;
  /** Whether foreign images are rendered too. */
  readonly foreign: boolean;
  /** What to know about every path, in plain words. */
  readonly warnings: readonly string[];
  readonly closeLoop?: CloseLoopOptions;
  /** The judge, where there is one; whoever opened the setup disposes of it. */
  readonly witness?: Witness;
  /** How far a judge reads such frames from what was asked, where that was measured. */
  readonly bands?: Bands;
}

/** The same, with the data set of the images. */
export interface DatasetPathSetup extends PathSetup {
  readonly dataset: Dataset;
}

/**
 * Opens what the options name, and a data set that fits.
 *
 * @throws {NotFoundError} When an id names nothing.
 * @throws {InputError} When the data set's images do not fit the encoder, or targets are unclear or not on the scale.
 */
export async function openPathSetup(
  options: PathOptions,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<DatasetPathSetup> {
  const setup = await openPathMaking(options, job, loaded);
  const dataset = await openFitting(job, options.dataset, setup.encoder);
  return { ...setup, dataset: relabeled(dataset, setup.probe.scale, options.labels) };
}

/**
 * Opens what the options name beside images.
 *
 * @throws {NotFoundError} When an id names nothing.
 * @throws {InputError} When targets are unclear or not on the scale.
 */
export async function openPathMaking(
  options: PathMaking,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<PathSetup> {
  const stored = await loadProbe(job, options.probe);
  const { probe, encoder: encoderId } = stored;
  const encoder = await loaded.get(job, encoderId);
  const { typical, chance } = await evidenceOf(stored, job, loaded);
  const targets = targetsOf(options, probe, typical);
  const statistics = await stored.statistics();
  const hold = await openHold(options, stored, statistics, typical, job, loaded);
  const nothing = chanceWarning({ chance });
  if (nothing && !options.uninformative) {
    throw new InputError(`${nothing}; "uninformative" renders its paths all the same`, ["probe"]);
  }
  checkLoop(options, probe.scale);
  const ownImages = await ownImagesOf(stored, job, loaded);
  const unused = codeUseWarning(ownImages?.codeUse);
  const { member, options: editing } = job.host.chosen<EditorPlugin>(editors, options.editor);
  const sampler = options.sampler ?? encoder.defaultSampler;
  const { bands, warning: otherBands } = await storedBands(stored, options, sampler, job);
  // A judge is asked the same question.
  const question = { scale: probe.scale, threshold: thresholdOf(stored), encoder: encoderId };
  return {
    encoderId,
    encoder,
    probe,
    stored,
    statistics,
    training: () => codesBehind(stored, "train", job, loaded),
    hold,
    editor: member,
    editing,
    sampler,
    invert: keptInversion(job, { encoderId, encoder, sampler }),
    targets,
    calibration: calibrationOf(options, typical, hold?.realSize),
    ownImages,
    foreign: options.foreign,
    warnings: [
      ...ownImages ? [] : [UNKNOWN_KIND],
      ...unused ? [unused] : [],
      ...hold?.warnings ?? [],
      ...nothing ? [nothing] : [],
      ...otherBands ? [otherBands] : [],
      ...typical || options.calibration === "regression" ? [] : [BY_REGRESSION],
    ],
    closeLoop: options.closeLoop,
    bands,
    witness: options.judge && await openWitness(options.judge, question, job),
  };
}
