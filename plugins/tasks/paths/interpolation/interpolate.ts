/** The task `interpolate`: the way from one image to another. */

import type { Dataset, SamplerOptions, TaskPlugin } from "@countergrade/countergrade";
import { z } from "zod";
import { checkSampler } from "../check_path.ts";
import { type LoadedEncoders, loadProbe, openFitting } from "../../encoders/models.ts";
import { keptInversion } from "../inversion.ts";
import { pathFigures } from "../figures.ts";
import { JudgementSchema } from "../frames.ts";
import { checkIndex } from "../../data/picked_image.ts";
import {
  familiarityOf,
  familiarityWarning,
  foreignField,
  ownImagesOf,
  refuseForeign,
  UNKNOWN_KIND,
} from "../../latents/familiarity.ts";
import { samplerField } from "../../encoders/sampler.ts";
import { FramePicturesSchema, PathPicturesSchema, storePictures } from "../store.ts";
import { placeWarning } from "../volumes.ts";
import { judgementOf } from "../render_path.ts";
import { InterpolationFrameSchema, renderInterpolation } from "./render.ts";

const Frame = InterpolationFrameSchema.extend(FramePicturesSchema.shape).meta({ apiType: "Frame" });

const Result = z.object({
  path: z.string().describe("Id of the path").meta({ artifact: true }),
  ...PathPicturesSchema.shape,
  label: z.number().optional().describe("The first image's label in the data set"),
  toLabel: z.number().describe("The second image's label"),
  latent: JudgementSchema.describe("What the probe says about the first image"),
  toLatent: JudgementSchema.describe("What the probe says about the second image"),
  frames: z.array(Frame).describe("The images from the first to the second"),
  metrics: z.record(z.string(), z.number()).describe("Figures of the path by metric"),
});

interface Options {
  probe: string;
  dataset: string;
  split: string;
  index: number;
  toSplit?: string;
  toIndex: number;
  frames: number;
  sampler?: SamplerOptions;
  foreign: boolean;
}

/**
 * Renders images between two of a data set, see {@linkcode renderInterpolation}, and grades each of them twice, as every path
 * does: the code that was mixed, and the picture that came of it, encoded again. The path is stored like that of an edit;
 * its differences are those to the first image's reconstruction.
 */
export function interpolateTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "interpolate",
    interactive: true,
    description: "Render the way from one image of a data set to another",
    options: () =>
      z.strictObject({
        probe: z.string().describe(
          "Id of the probe, which brings the encoder and grades the frames",
        ),
        dataset: z.string().describe("Id of the data set"),
        split: z.string().default("val").describe("Split of the first image"),
        index: z.int().min(0).default(0).describe("Position of the first image in its split"),
        toSplit: z.string().optional().describe(
          "Split of the second image; default: that of the first",
        ),
        toIndex: z.int().min(0).describe("Position of the second image in its split"),
        frames: z.int().min(2).max(64).default(7).describe("How many frames, both ends among them"),
        sampler: samplerField(),
        foreign: foreignField(),
      }),
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    async check({ probe, sampler }, host, stored) {
      const encoder = (await stored(probe))?.metadata.encoder;
      await checkSampler(sampler, String(encoder), host, stored);
    },
    result: Result,
    async run(options, job) {
      const stored = await loadProbe(job, options.probe);
      const { probe, encoder: encoderId, statistics } = stored;
      const encoder = await loaded.get(job, encoderId);
      const dataset = await openFitting(job, options.dataset, encoder);
      const sampler = options.sampler ?? encoder.defaultSampler;
      const toSplit = options.toSplit ?? options.split;
      const from = await oneImage(dataset, options.split, options.index);
      const to = await oneImage(dataset, toSplit, options.toIndex);
      const own = await ownImagesOf(stored, job, loaded);
      for (const { id, images } of [from, to]) {
        const codes = await encoder.encode(images, { signal: job.signal });
        const [familiarity] = own ? familiarityOf(images, codes, own, encoder) : [];
        refuseForeign(familiarity, options.foreign);
        const strange = familiarity && familiarityWarning(familiarity);
        if (strange) job.emit({ type: "warning", message: `${id}: ${strange}` });
      }
      if (!own) job.emit({ type: "warning", message: UNKNOWN_KIND });
      const fractions = Array.from({ length: options.frames }, (_, i) => i / (options.frames - 1));
      const total = 2 * sampler.inversionSteps + sampler.renderSteps;
      let step = 0;
      const rendered = await renderInterpolation(from.images, to.images, fractions, {
        encoder,
        probe,
        statistics: await statistics(),
        sampler,
        invert: keptInversion(job, { encoderId, encoder, sampler }),
        signal: job.signal,
        onStep: (message) => job.emit({ type: "progress", step: ++step, total, message }),
      });
      const pictures = await storePictures(job, rendered.record, from.affine);
      for (const message of placeWarning(from.images, from.affine)) {
        job.emit({ type: "warning", message });
      }
      const frames = rendered.frames.map((frame, i) => ({ ...frame, ...pictures.frames[i] }));
      for (const frame of frames) job.emit({ type: "frame", index: frame.index, frame });

      const result = {
        ...pictures.path,
        label: from.label,
        toLabel: to.label,
        latent: judgementOf(rendered.ends[0]),
        toLatent: judgementOf(rendered.ends[1]),
        frames,
        metrics: await pathFigures(job.host, rendered.record),
      };
      const content = {
        dataset: dataset.id,
        split: options.split,
        index: options.index,
        image: from.id,
        to: { split: toSplit, index: options.toIndex, image: to.id },
        encoder: encoderId,
        probe: options.probe,
        scale: probe.scale,
        sampler,
        ...result,
      };
      const artifact = await job.save("path", {
        "path.json": new TextEncoder().encode(JSON.stringify(content, null, 2)),
        ...pictures.files,
      }, {
        dataset: dataset.id,
        encoder: encoderId,
        probe: options.probe,
        title: `${from.id} to ${to.id}`,
      }, [options.probe, encoderId, dataset.fingerprint]);
      return { path: artifact.id, ...result };
    },
  };
}

/** One image with its name and label. @throws {InputError} When there is none. */
async function oneImage(dataset: Dataset, split: string, index: number) {
  checkIndex(dataset, split, index);
  const { images, ids: [id], labels: [label], affines } = await dataset.get(split, [index]);
  return { images, id, label, affine: affines?.[0] };
}
