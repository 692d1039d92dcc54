/** The task `counterfactualPath`: one image at every grade. */

import {
  type Images,
  InputError,
  type JobContext,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { strip } from "@countergrade/countergrade/images";
import { z } from "zod";
import { type LoadedEncoders, providerOf, ProviderSchema } from "../encoders/models.ts";
import { type NearImage, nearImages, NeighborSchema, withinField } from "../latents/neighbors.ts";
import { pathFigures } from "./figures.ts";
import {
  frameFigures,
  FrameFiguresSchema,
  JudgementSchema,
  measuredFrames,
  pathWarnings,
  UnreachedSchema,
} from "./frames.ts";
import { BandsSchema, toldBands } from "./bands.ts";
import { judgedImage, JudgedImageSchema } from "./judged_path.ts";
import { judgeVersions } from "../judges/witness.ts";
import { checkPath } from "./check_path.ts";
import { openPathMaking, pathFields, type PathMaking, type PathSetup } from "./setup.ts";
import { FramePicturesSchema, PathPicturesSchema, storePictures } from "./store.ts";
import { pathFigure } from "./path_figure.ts";
import { targetText } from "./targets.ts";
import {
  ADAPTATION,
  onePick,
  type PickedImage,
  pickFields,
  pickImage,
  type PickOptions,
  pickVersions,
} from "../data/picked_image.ts";
import { FamiliaritySchema } from "../latents/familiarity.ts";
import { labelOn } from "./goals.ts";
import { judgementOf, type PathWatcher, type RenderedPath, renderPath } from "./render_path.ts";
import { placeWarning } from "./volumes.ts";
import { codesBehind } from "../latents/training_codes.ts";

/** A preview is sent after the first of so many sampling steps and after the last; where there are fewer, the frames are there as soon. */
const PREVIEW_EVERY = 4;

const Frame = FrameFiguresSchema.extend(FramePicturesSchema.shape).extend({
  neighbors: z.array(NeighborSchema).optional()
    .describe("Real images that are most like the frame, the nearest first"),
}).meta({ apiType: "Frame" });

const Result = z.object({
  path: z.string().describe("Id of the path").meta({ artifact: true }),
  ...PathPicturesSchema.shape,
  label: z.number().optional().describe("The image's label in the data set; one's own has none"),
  image: z.string().optional().describe("Id of the image, where it is one's own").meta({
    artifact: true,
  }),
  adaptation: z.string().optional().describe(ADAPTATION),
  latent: JudgementSchema.describe("What the probe says about the image"),
  familiarity: FamiliaritySchema.optional().describe(
    "Whether the image is one of the kind that the probe learned from; absent where that is not known",
  ),
  judge: JudgedImageSchema.optional().describe("What the judge says, where there is one"),
  bands: BandsSchema.omit({ making: true }).optional().describe(
    "How far a judge reads frames from what was asked, where that was measured for the probe",
  ),
  frames: z.array(Frame).describe("The image at each target"),
  unreached: z.array(UnreachedSchema).optional().describe(
    "What was asked for and is no frame; absent in results of version 0.1",
  ),
  metrics: z.record(z.string(), z.number()).describe("Figures of the path by metric"),
  warnings: z.array(z.string()).describe("What to know about the result, in plain words"),
  provider: ProviderSchema,
});

interface Options extends PathMaking, PickOptions {
  neighbors?: number;
  within?: number;
}

/** Renders the path of one image, see {@linkcode renderPath}, and stores it with its pictures and figures. */
export function counterfactualPathTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "counterfactualPath",
    interactive: true,
    description: "Render an image of a data set, or one's own, at other grades",
    options: (host) => {
      const { which: { probe }, how } = pathFields(host);
      return z.strictObject({
        probe,
        ...pickFields(),
        ...how,
        neighbors: z.int().min(1).max(20).optional().describe(
          "How many real images to find for each frame; default: none are looked for",
        ),
        within: withinField(),
      }).superRefine(onePick);
    },
    inputs: async (options, host) => [
      ...await pickVersions(options, host),
      ...await judgeVersions(options.judge, host),
    ],
    async check(options, host, stored) {
      if (options.within !== undefined && options.neighbors === undefined) {
        throw new InputError("Cannot use within: expected the number of neighbors beside it", [
          "within",
        ]);
      }
      await checkPath(options, host, stored);
    },
    result: Result,
    async run(options, job) {
      const setup = await openPathMaking(options, job, loaded);
      await using _ = setup.witness;
      const picked = await pickImage(options, setup.encoder, job);
      const { id, told } = await makePath(setup, picked, job, {
        calibration: options.calibration,
        near: (path) => neighborsOf(path, setup, picked, options, job, loaded),
      });
      return { path: id, ...picked.own, adaptation: picked.adaptation, ...told };
    },
  };
}

/** What a path is told with beside its setup. */
export interface Telling {
  readonly calibration: string;
  /** Else made of the image's name and the targets. */
  readonly title?: string;
  /** Real images near each frame, where they were asked for. */
  near?(path: RenderedPath): Promise<NearImage[][] | undefined>;
}

/** Renders the path of an image, tells the job of its frames and warnings, and stores it with its pictures and figures. */
export async function makePath(
  setup: PathSetup,
  picked: PickedImage,
  job: JobContext,
  { calibration, title = titleOf(picked.name, setup), near }: Telling,
) {
  const { encoderId } = setup;
  const probe = setup.stored.artifact.id;
  const { name, label, place, own, input } = picked;
  const early: string[] = [];
  const path = await renderPath(picked.images, setup, {
    ...watching(job, setup),
    onWarning: (message) => early.push(message),
  }, { label: labelOn(setup.probe, picked.scale, label) });
  const found = await near?.(path);
  const pictures = await storePictures(job, path.record, picked.affine);
  const measured = picked.measurements?.length
    ? measuredFrames(picked.measurements, path.record.frames)
    : undefined;
  const frames = frameFigures(path).map((frame, i) => ({
    ...frame,
    ...pictures.frames[i],
    ...(measured && { measured: measured[i] }),
    ...(found && { neighbors: found[i] }),
  }));
  for (const frame of frames) job.emit({ type: "frame", index: frame.index, frame });
  const warnings = [
    ...setup.warnings,
    ...early,
    ...pathWarnings(path, frames),
    ...placeWarning(picked.images, picked.affine),
  ];
  for (const message of warnings) job.emit({ type: "warning", message });

  const told = {
    ...pictures.path,
    label,
    latent: judgementOf(path.latent),
    familiarity: path.familiarity,
    judge: path.judged && judgedImage(path.judged),
    bands: setup.bands && toldBands(setup.bands),
    frames,
    unreached: path.unreached.map(({ target, reason }) => ({ target: { ...target }, reason })),
    metrics: await pathFigures(job.host, path.record),
    warnings,
    provider: providerOf(setup.encoder),
  };
  const content = {
    ...place,
    image: name,
    own,
    encoder: encoderId,
    probe,
    scale: setup.probe.scale,
    sampler: setup.sampler,
    editor: setup.editor.name,
    closeLoop: setup.closeLoop,
    calibration,
    stepFactor: setup.calibration.stepFactor,
    ...told,
  };
  const artifact = await job.save("path", {
    "path.json": new TextEncoder().encode(JSON.stringify(content, null, 2)),
    ...pictures.files,
    "figure.svg": new TextEncoder().encode(pathFigure(path.record, {
      title: `Counterfactual path of ${title}`,
      range: pictures.path.differenceRange,
      making: makingText(calibration, setup),
      grade: told.latent.grade,
      frames,
      original: path.judged?.original,
      coverage: setup.bands?.coverage,
    })),
  }, {
    dataset: place?.dataset,
    encoder: encoderId,
    probe,
    title,
    adaptation: picked.adaptation,
  }, [probe, encoderId, input]);
  return { id: artifact.id, told };
}

/** "Editor pattern, targets relative, sampler dpm-solver with 20 and 20 evaluations; probe probe-12, encoder encoder-34." */
function makingText(
  calibration: string,
  { editor, sampler, closeLoop, encoderId, stored }: PathSetup,
): string {
  const { name, inversionSteps, renderSteps, residual } = sampler;
  const kept = residual ? ", what its reconstruction misses added to every frame" : "";
  const loop = closeLoop ? ", closed loop" : "";
  return `Editor ${editor.name}, targets ${calibration}${loop}, sampler ${name} with ` +
    `${inversionSteps} and ${renderSteps} evaluations${kept}; ${stored.artifact.id}, ${encoderId}.`;
}

/** As "val-4 at 0, 1, 2" for grades, "val-4 at score −1, score 1" for other targets. */
function titleOf(name: string, { targets }: PathSetup): string {
  const texts = targets.map((target) => targetText(target).replace(/^grade /, ""));
  return `${name} at ${texts.join(", ")}`;
}

/** Tells the job of every step. With a closed loop the total is what it takes when every correction is needed. */
function watching(job: JobContext, { sampler, closeLoop }: PathSetup): PathWatcher {
  const { inversionSteps, renderSteps } = sampler;
  const total = inversionSteps + renderSteps * (1 + (closeLoop?.iterations ?? 0));
  const progress = (step: number, message: string) =>
    job.emit({ type: "progress", step, total, message });
  return {
    signal: job.signal,
    onInverted: (step) => progress(step, "inverting"),
    async onRendered(step, iteration, frames) {
      const done = inversionSteps + renderSteps * iteration + step;
      progress(done, iteration ? `rendering, correction ${iteration}` : "rendering");
      if (renderSteps < PREVIEW_EVERY || step % PREVIEW_EVERY && step !== 1) return;
      await preview(job, step, renderSteps, frames());
    },
  };
}

async function preview(job: JobContext, step: number, total: number, frames: Images) {
  const image = await job.saveBlob(strip(frames), "png");
  job.emit({ type: "preview", step, total, image });
}

/** The real images nearest to what each frame shows, where they were asked for. */
async function neighborsOf(
  { record }: RenderedPath,
  { probe, stored, statistics }: PathSetup,
  { place }: PickedImage,
  { neighbors, within }: Options,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<NearImage[][] | undefined> {
  if (neighbors === undefined) return;
  const among = await codesBehind(stored, "train", job, loaded);
  const search = {
    k: neighbors,
    distance: "mahalanobis" as const,
    probe,
    statistics,
    within,
    self: place,
  };
  return nearImages(record.reencoded, among, search);
}
