/** The task `counterfactualPath`: one image at every grade. */

import {
  type Codes,
  concatRows,
  type Dataset,
  type Edit,
  type EditorPlugin,
  editors,
  type Encoder,
  type Images,
  InputError,
  type JobContext,
  type Latents,
  metrics,
  type PathRecord,
  type Probe,
  row,
  rows,
  type SamplerOptions,
  strip,
  takeRows,
  type TaskPlugin,
  toneDifference,
  toPng,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe } from "./models.ts";

/** Beyond this percentile of the training codes' distances an edit counts as outside the data. */
const OUTSIDE = 99;
/** A preview is sent after every so many sampling steps. */
const PREVIEW_EVERY = 4;

const Judgement = z.object({
  score: z.number().describe("Signed distance to the boundary, in σ"),
  probability: z.number().describe("Probability of the severe side"),
  grade: z.number().describe("Estimated grade"),
});

const Frame = z.object({
  index: z.int().describe("Position in the path"),
  targetGrade: z.number().describe("Grade asked for"),
  latentGrade: z.number().describe("Grade of the edited code"),
  latentScore: z.number().describe("Score of the edited code, in σ"),
  latentProbability: z.number().describe("Probability of the edited code"),
  imageGrade: z.number().describe("Grade of the rendered frame, encoded again"),
  imageScore: z.number().describe("Score of the rendered frame, encoded again, in σ"),
  imageProbability: z.number().describe("Probability of the rendered frame, encoded again"),
  lengthSigma: z.number().describe("Mahalanobis length of the edit, in σ of the training codes"),
  lengthRatio: z.number().describe("Length over the least possible length"),
  percentile: z.number().describe(
    "Percentile of the edited code's distance among the training codes",
  ),
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
  latent: Judgement.describe("What the probe says about the image"),
  frames: z.array(Frame),
  metrics: z.record(z.string(), z.number()).describe("Figures of the path by metric"),
  warnings: z.array(z.string()),
});

interface Options {
  probe: string;
  dataset: string;
  split: string;
  index: number;
  targets?: number[];
  editor: Record<string, unknown>;
  sampler?: SamplerOptions;
}

/**
 * Encodes an image to z and x_T, edits z to each target grade, renders all frames as one batch with the same x_T, and
 * encodes every frame again: what the picture shows may differ from what the edit asked for, so both are told.
 */
export function counterfactualPathTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "counterfactualPath",
    description: "Render an image of a data set at other grades",
    options: (host) =>
      z.strictObject({
        probe: z.string().describe("Id of the probe"),
        dataset: z.string().describe("Id of the data set"),
        split: z.string().default("val").describe("Split of the data set"),
        index: z.int().min(0).default(0).describe("Position in the split"),
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
      }),
    result: Result,
    async run(options, job) {
      const { probe, encoder: encoderId, statistics } = await loadProbe(job, options.probe);
      const encoder = await loaded.get(job, encoderId);
      const dataset = await job.host.openDataset(options.dataset);
      checkShapes(dataset, encoder);
      const batch = await dataset.get(options.split, [options.index]);
      const sampler = options.sampler ?? encoder.defaultSampler;
      const total = sampler.inversionSteps + sampler.renderSteps;

      const code = await encoder.encode(batch.images, { signal: job.signal });
      const noise = await encoder.encodeStochastic(batch.images, code, {
        sampler,
        signal: job.signal,
        onStep: (step) => job.emit({ type: "progress", step, total, message: "inverting" }),
      });
      const grades = options.targets ?? probe.scale.names.map((_, grade) => grade);
      const { member, options: editing } = job.host.chosen<EditorPlugin>(editors, options.editor);
      const edit = await member.edit(
        repeated({ codes: code, noise }, grades.length),
        probe,
        grades.map((grade) => ({ grade })),
        editing,
        { statistics: await statistics(), signal: job.signal },
      );
      const rendered = await encoder.render(joined({ codes: code, noise }, edit.latents), {
        sampler,
        signal: job.signal,
        onStep: (step, _, preview) => showStep(job, sampler, step, preview),
      });
      const reconstruction = row(rendered, 0);
      const frames = rows(rendered, 1, grades.length + 1);
      const seen = await encoder.encode(frames, { signal: job.signal });
      const record = pathRecord(
        batch.images,
        reconstruction,
        frames,
        code,
        edit,
        seen,
        probe,
        grades,
      );

      const pictures: Record<string, Uint8Array> = {
        "original.png": toPng(batch.images, 0),
        "reconstruction.png": toPng(reconstruction, 0),
        "strip.png": strip(frames),
      };
      const differences = toneDifference(takeRows(reconstruction, grades.map(() => 0)), frames);
      grades.forEach((_, i) => {
        pictures[`frame-${i}.png`] = toPng(frames, i);
        pictures[`difference-${i}.png`] = toPng(differences, i);
      });
      const blobs: Record<string, string> = {};
      for (const [name, bytes] of Object.entries(pictures)) {
        blobs[name] = await job.saveBlob(bytes, "png");
      }

      const told = judge(probe, edit.latents.codes);
      const shown = judge(probe, seen);
      const framesOut = grades.map((targetGrade, index) => ({
        index,
        targetGrade,
        latentGrade: told.grade[index],
        latentScore: told.score[index],
        latentProbability: told.probability[index],
        imageGrade: shown.grade[index],
        imageScore: shown.score[index],
        imageProbability: shown.probability[index],
        lengthSigma: edit.length[index],
        lengthRatio: edit.lengthRatio[index],
        percentile: edit.percentile[index],
        image: blobs[`frame-${index}.png`],
        difference: blobs[`difference-${index}.png`],
      }));
      for (const frame of framesOut) job.emit({ type: "frame", index: frame.index, frame });
      const warnings = framesOut.filter(({ percentile }) => percentile > OUTSIDE).map((
        { targetGrade },
      ) =>
        `The edit to grade ${targetGrade} left the training data: it is farther out than ${OUTSIDE} % of the training images`
      );
      for (const message of warnings) job.emit({ type: "warning", message });
      const figures = measure(job, record);
      const latent = judge(probe, code);
      const path = {
        dataset: dataset.id,
        split: options.split,
        index: options.index,
        image: batch.ids[0],
        label: batch.labels[0],
        encoder: encoderId,
        probe: options.probe,
        scale: probe.scale,
        sampler,
        editor: member.name,
        latent: {
          score: latent.score[0],
          probability: latent.probability[0],
          grade: latent.grade[0],
        },
        original: blobs["original.png"],
        reconstruction: blobs["reconstruction.png"],
        strip: blobs["strip.png"],
        frames: framesOut,
        metrics: figures,
        warnings,
      };
      const artifact = await job.save("path", {
        "path.json": new TextEncoder().encode(JSON.stringify(path, null, 2)),
        ...pictures,
      }, {
        dataset: dataset.id,
        encoder: encoderId,
        probe: options.probe,
        title: `${batch.ids[0]} at ${grades.join(", ")}`,
      }, [
        options.probe,
        encoderId,
        dataset.fingerprint,
      ]);
      return {
        path: artifact.id,
        strip: path.strip,
        reconstruction: path.reconstruction,
        original: path.original,
        label: path.label,
        latent: path.latent,
        frames: framesOut,
        metrics: figures,
        warnings,
      };
    },
  };
}

function checkShapes(dataset: Dataset, encoder: Encoder): void {
  if (dataset.imageShape.join() === encoder.imageShape.join()) return;
  throw new InputError(
    `Cannot render "${dataset.id}": expected images of shape [${encoder.imageShape.join(", ")}], ` +
      `current shape is [${dataset.imageShape.join(", ")}]`,
    ["dataset"],
  );
}

function repeated({ codes, noise }: Latents, n: number): Latents {
  const first = new Int32Array(n);
  return { codes: takeRows(codes, first), noise: takeRows(noise, first) };
}

function joined(a: Latents, b: Latents): Latents {
  return { codes: concatRows([a.codes, b.codes]), noise: concatRows([a.noise, b.noise]) };
}

function judge(probe: Probe, codes: Codes) {
  return {
    score: probe.score(codes),
    probability: probe.probability(codes),
    grade: probe.grade(codes),
  };
}

async function showStep(
  job: JobContext,
  sampler: SamplerOptions,
  step: number,
  preview: Images,
): Promise<void> {
  const total = sampler.inversionSteps + sampler.renderSteps;
  job.emit({ type: "progress", step: sampler.inversionSteps + step, total, message: "rendering" });
  if (step % PREVIEW_EVERY && step !== 1) return;
  const frames = rows(preview, 1, preview.shape[0]);
  const image = await job.saveBlob(strip(frames), "png");
  job.emit({ type: "preview", step, total: sampler.renderSteps, image });
}

function pathRecord(
  original: Images,
  reconstruction: Images,
  frames: Images,
  code: Codes,
  edit: Edit,
  reencoded: Codes,
  probe: Probe,
  targetGrades: number[],
): PathRecord {
  return {
    original,
    reconstruction,
    frames,
    code,
    codes: edit.latents.codes,
    reencoded,
    targetScores: [...edit.targetScore],
    targetGrades,
    latentGrades: [...probe.grade(edit.latents.codes)],
    imageGrades: [...probe.grade(reencoded)],
    imageScores: [...probe.score(reencoded)],
    lengths: [...edit.length],
    lengthRatios: [...edit.lengthRatio],
  };
}

/** All figures of all metrics; those without meaning for this path are left out. */
function measure(job: JobContext, record: PathRecord): Record<string, number> {
  const figures = job.host.members(metrics).flatMap((metric) =>
    Object.entries(metric.measure(record))
  );
  return Object.fromEntries(figures.filter(([, value]) => Number.isFinite(value)));
}
