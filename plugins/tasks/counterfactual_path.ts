/** The task `counterfactualPath`: one image at every grade. */

import {
  type Dataset,
  type Images,
  InputError,
  type JobContext,
  strip,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, providerOf, ProviderSchema } from "./models.ts";
import { pathFigures } from "./path_figures.ts";
import {
  frameFigures,
  FrameFiguresSchema,
  JudgementSchema,
  outsideWarnings,
} from "./path_frames.ts";
import { pathPictures } from "./path_pictures.ts";
import { openPathSetup, pathFields, type PathOptions, type PathSetup } from "./path_setup.ts";
import { type Judged, type PathWatcher, renderPath } from "./render_path.ts";

/** A preview is sent after every so many sampling steps. */
const PREVIEW_EVERY = 4;

const Frame = FrameFiguresSchema.extend({
  image: z.string().describe("PNG of the frame, a blob name"),
  difference: z.string().describe(
    "PNG of frame − reconstruction: red brighter, blue darker; a blob name",
  ),
});

const Result = z.object({
  path: z.string().describe("Id of the path").meta({ artifact: true }),
  strip: z.string().describe("PNG of all frames side by side, a blob name"),
  reconstruction: z.string().describe("PNG of the image without an edit, a blob name"),
  original: z.string().describe("PNG of the image, a blob name"),
  label: z.int().describe("The image's label in the data set"),
  latent: JudgementSchema.describe("What the probe says about the image"),
  frames: z.array(Frame),
  metrics: z.record(z.string(), z.number()).describe("Figures of the path by metric"),
  warnings: z.array(z.string()),
  provider: ProviderSchema,
});

interface Options extends PathOptions {
  index: number;
}

/** Renders the path of one image, see {@linkcode renderPath}, and stores it with its pictures and figures. */
export function counterfactualPathTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "counterfactualPath",
    description: "Render an image of a data set at other grades",
    options: (host) => {
      const { which, how } = pathFields(host);
      return z.strictObject({
        ...which,
        index: z.int().min(0).default(0).describe("Position in the split"),
        ...how,
      });
    },
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run(options, job) {
      const setup = await openPathSetup(options, job, loaded);
      const { dataset, encoderId, grades } = setup;
      checkIndex(dataset, options);
      const { images, ids: [image], labels: [label] } = await dataset.get(options.split, [
        options.index,
      ]);
      const early: string[] = [];
      const path = await renderPath(images, setup, {
        ...watching(job, setup),
        onWarning: (message) => early.push(message),
      });
      const pictures = pathPictures(path.record);
      const blobs: Record<string, string> = {};
      for (const [name, bytes] of Object.entries(pictures)) {
        blobs[name] = await job.saveBlob(bytes, "png");
      }
      const frames = frameFigures(path).map((frame) => ({
        ...frame,
        image: blobs[`frame-${frame.index}.png`],
        difference: blobs[`difference-${frame.index}.png`],
      }));
      for (const frame of frames) job.emit({ type: "frame", index: frame.index, frame });
      const warnings = [...early, ...outsideWarnings(frames)];
      for (const message of warnings) job.emit({ type: "warning", message });

      const told = {
        strip: blobs["strip.png"],
        reconstruction: blobs["reconstruction.png"],
        original: blobs["original.png"],
        label,
        latent: firstOf(path.latent),
        frames,
        metrics: pathFigures(job.host, path.record),
        warnings,
        provider: providerOf(setup.encoder),
      };
      const content = {
        dataset: dataset.id,
        split: options.split,
        index: options.index,
        image,
        encoder: encoderId,
        probe: options.probe,
        scale: setup.probe.scale,
        sampler: setup.sampler,
        editor: setup.editor.name,
        closeLoop: setup.closeLoop,
        ...told,
      };
      const artifact = await job.save("path", {
        "path.json": new TextEncoder().encode(JSON.stringify(content, null, 2)),
        ...pictures,
      }, {
        dataset: dataset.id,
        encoder: encoderId,
        probe: options.probe,
        title: `${image} at ${grades.join(", ")}`,
      }, [options.probe, encoderId, dataset.fingerprint]);
      return { path: artifact.id, ...told };
    },
  };
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
      if (step % PREVIEW_EVERY && step !== 1) return;
      await preview(job, step, renderSteps, frames());
    },
  };
}

async function preview(job: JobContext, step: number, total: number, frames: Images) {
  const image = await job.saveBlob(strip(frames), "png");
  job.emit({ type: "preview", step, total, image });
}

function firstOf({ score, probability, grade }: Judged): z.infer<typeof JudgementSchema> {
  return { score: score[0], probability: probability[0], grade: grade[0] };
}

/** An unknown split is left to the data set itself. */
function checkIndex(
  { id, splits }: Dataset,
  { split, index }: { split: string; index: number },
): void {
  if (!Object.hasOwn(splits, split) || index < splits[split]) return;
  throw new InputError(
    `Cannot render "${id}": expected an index below ${
      splits[split]
    }, the number of images in "${split}", ` +
      `current index is ${index}`,
    ["index"],
  );
}
