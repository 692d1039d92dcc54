/** The task `interpolate`: the way from one image to another. */

import {
  type Dataset,
  type Encoder,
  interpolateLatents,
  type JobContext,
  type Latents,
  mahalanobis,
  mahalanobisLength,
  type PathRecord,
  percentileOf,
  row,
  rows,
  type SamplerOptions,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe, openFitting } from "./models.ts";
import { pathFigures } from "./path_figures.ts";
import { FrameFiguresSchema, JudgementSchema } from "./path_frames.ts";
import { checkIndex, samplerField } from "./path_setup.ts";
import { FramePicturesSchema, PathPicturesSchema, storePictures } from "./path_store.ts";
import { joined, judge, judgementOf } from "./render_path.ts";

const Frame = FrameFiguresSchema
  .omit({
    target: true,
    targetGrade: true,
    targetScore: true,
    lengthRatio: true,
    attempts: true,
    met: true,
  })
  .extend({
    fraction: z.number().describe(
      "Where on the way the frame lies: 0 is the first image, 1 the second",
    ),
    ...FramePicturesSchema.shape,
  });

const Result = z.object({
  path: z.string().describe("Id of the path").meta({ artifact: true }),
  ...PathPicturesSchema.shape,
  label: z.int().describe("The first image's label in the data set"),
  toLabel: z.int().describe("The second image's label"),
  latent: JudgementSchema.describe("What the probe says about the first image"),
  toLatent: JudgementSchema.describe("What the probe says about the second image"),
  frames: z.array(Frame),
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
}

/**
 * Renders images between two of a data set, see {@linkcode interpolateLatents}, and grades each of them twice, as every path
 * does: the code that was mixed, and the picture that came of it, encoded again. The path is stored like that of an edit;
 * its differences are those to the first image's reconstruction.
 */
export function interpolateTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "interpolate",
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
      }),
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run(options, job) {
      const { probe, encoder: encoderId, statistics } = await loadProbe(job, options.probe);
      const encoder = await loaded.get(job, encoderId);
      const dataset = await openFitting(job, options.dataset, encoder);
      const sampler = options.sampler ?? encoder.defaultSampler;
      const toSplit = options.toSplit ?? options.split;
      const from = await oneImage(dataset, options.split, options.index);
      const to = await oneImage(dataset, toSplit, options.toIndex);
      const progress = new Steps(job, 2 * sampler.inversionSteps + sampler.renderSteps);

      const ends: Latents[] = [];
      for (const { images } of [from, to]) {
        const codes = await encoder.encode(images, { signal: job.signal });
        const onStep = () => progress.next("inverting");
        const noise = await encoder.encodeStochastic(images, codes, {
          sampler,
          signal: job.signal,
          onStep,
        });
        ends.push({ codes, noise });
      }
      const fractions = Array.from({ length: options.frames }, (_, i) => i / (options.frames - 1));
      const latents = interpolateLatents(ends[0], ends[1], fractions);
      const { frames: rendered, reconstruction, reencoded } = await renderBoth(
        encoder,
        ends[0],
        latents,
        { sampler, signal: job.signal, onStep: () => progress.next("rendering") },
      );

      const told = judge(probe, latents.codes);
      const shown = judge(probe, reencoded);
      const spread = await statistics();
      const lengths = fractions.map((_, i) =>
        mahalanobisLength(
          spread,
          row(latents.codes, i).data.map((v, j) => v - ends[0].codes.data[j]),
        )
      );
      const record: PathRecord = {
        original: from.images,
        reconstruction,
        frames: rendered,
        code: ends[0].codes,
        codes: latents.codes,
        reencoded,
        targetScores: [...told.score],
        targetGrades: [...told.grade],
        latentGrades: [...told.grade],
        imageGrades: [...shown.grade],
        imageScores: [...shown.score],
        lengths,
      };
      const pictures = await storePictures(job, record);
      const distances = mahalanobis(spread, latents.codes);
      const frames = fractions.map((fraction, index) => ({
        index,
        fraction,
        latentGrade: told.grade[index],
        latentScore: told.score[index],
        latentProbability: told.probability[index],
        imageGrade: shown.grade[index],
        imageScore: shown.score[index],
        imageProbability: shown.probability[index],
        lengthSigma: lengths[index],
        percentile: percentileOf(spread.distances.data, distances[index]),
        ...pictures.frames[index],
      }));
      for (const frame of frames) job.emit({ type: "frame", index: frame.index, frame });

      const result = {
        ...pictures.path,
        label: from.label,
        toLabel: to.label,
        latent: judgementOf(judge(probe, ends[0].codes)),
        toLatent: judgementOf(judge(probe, ends[1].codes)),
        frames,
        metrics: pathFigures(job.host, record),
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
  const { images, ids: [id], labels: [label] } = await dataset.get(split, [index]);
  return { images, id, label };
}

/** Renders latents, and beside them the reconstruction of the image where the way starts. */
async function renderBoth(
  encoder: Encoder,
  start: Latents,
  latents: Latents,
  options: { sampler: SamplerOptions; signal: AbortSignal; onStep(): void },
) {
  const rendered = await encoder.render(joined(start, latents), options);
  const frames = rows(rendered, 1, rendered.shape[0]);
  const reencoded = await encoder.encode(frames, { signal: options.signal });
  return { frames, reconstruction: row(rendered, 0), reencoded };
}

/** Counts the steps of a job. */
class Steps {
  #job: JobContext;
  #total: number;
  #step = 0;

  constructor(job: JobContext, total: number) {
    this.#job = job;
    this.#total = total;
  }

  next(message: string): void {
    this.#job.emit({ type: "progress", step: ++this.#step, total: this.#total, message });
  }
}
