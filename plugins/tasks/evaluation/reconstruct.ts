/** The task `reconstruct`: what an encoder loses without any edit, by sampler, with the image's own noise and with drawn noise. */

import {
  type Encoder,
  type Images,
  InputError,
  type JobContext,
  rows,
  type SamplerOptions,
  type TaskPlugin,
  tensor,
} from "@countergrade/countergrade";
import { meanSquaredError, psnr, ssim, stacked, strip } from "@countergrade/countergrade/images";
import { z } from "zod";
import { drawnImages } from "../data/drawn_images.ts";
import { type LoadedEncoders, openFitting } from "../encoders/models.ts";
import { samplerField } from "../encoders/sampler.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { FigureSchema, figuresOver } from "./path_figures.ts";

/** Images that are rendered together. */
const BATCH = 16;
/** Images that the picture shows. */
const SHOWN = 8;
/** A window of SSIM needs this many pixels each way. */
const SSIM_WINDOW = 11;
/** Samplers that are compared. */
const MOST = 8;

const RowSchema = z.object({
  sampler: z.string().describe("The sampler with its evaluations from the image to noise and back"),
  noise: z.enum(["own", "drawn"]).describe(
    "The image's own x_T, or noise that was drawn: then all comes from the code",
  ),
  figures: z.array(FigureSchema).describe(
    "mse (range 2), ssim and psnr (dB) beside the image, over the images",
  ),
});

const Result = z.object({
  table: z.string().describe("Id of the table").meta({ artifact: true }),
  images: z.int().describe("Images that were rendered"),
  rows: z.array(RowSchema).describe("One per sampler and noise"),
  picture: z.string().describe(
    "PNG: images in a row, below them each row's reconstructions; a blob name",
  ).meta({ blob: "image" }),
});

interface Options {
  encoder: string;
  dataset: string;
  split: string;
  limit: number;
  samplers?: SamplerOptions[];
}

type Row = z.infer<typeof RowSchema>;

/** Stores `table.md`, `reconstruction.csv`, `reconstruction.json` and `reconstruction.png`. */
export function reconstructTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "reconstruct",
    description: "Measure what an encoder loses without any edit, by sampler",
    options: () =>
      z.strictObject({
        encoder: z.string().describe("Id of the encoder"),
        dataset: z.string().describe("Id of the data set"),
        split: z.string().default("val").describe("Split of the images"),
        limit: z.int().min(1).max(1000).default(32)
          .describe("How many images, drawn from the split by the seed"),
        samplers: z.array(samplerField().unwrap()).min(1).max(MOST).optional().describe(
          'What to compare, as [{"inversionSteps":250,"renderSteps":100,"name":"ddim"}]; default: the encoder\'s own',
        ),
      }),
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run({ encoder: id, dataset: datasetId, split, limit, samplers }, job) {
      const encoder = await loaded.get(job, id);
      const dataset = await openFitting(job, datasetId, encoder);
      const indices = drawnImages(dataset, split, limit, job.random);
      const { images } = await dataset.get(split, indices);
      if (images.shape.length !== 4) {
        throw new InputError("Cannot reconstruct: expected an encoder of flat images", ["encoder"]);
      }
      const found: Row[] = [];
      const shown = [images];
      const asked = samplers ?? [encoder.defaultSampler];
      for (const [k, sampler] of asked.entries()) {
        for (const noise of ["own", "drawn"] as const) {
          job.emit({
            type: "progress",
            step: found.length,
            total: 2 * asked.length,
            message: `${textOf(sampler)}, ${noise} noise`,
          });
          const rebuilt = await rebuiltBy(encoder, images, sampler, noise, job);
          found.push({
            sampler: textOf(sampler),
            noise,
            figures: figuresOver(lossOf(images, rebuilt), job.random.fork("figures", k, noise)),
          });
          shown.push(rebuilt);
        }
      }
      const few = shown.map((all) => rows(all, 0, Math.min(SHOWN, indices.length)));
      const picture = strip(stacked(few));
      const text = new TextEncoder();
      const title = `Reconstruction of ${indices.length} images of ${dataset.id}, ${split}`;
      const artifact = await job.save(
        "reconstruction",
        {
          "table.md": text.encode(`# ${title}\n\n${tableOf(found)}\n`),
          "reconstruction.csv": text.encode(csvOf(found)),
          "reconstruction.json": text.encode(
            JSON.stringify(
              { encoder: id, dataset: dataset.id, split, indices, rows: found },
              null,
              2,
            ),
          ),
          "reconstruction.png": picture,
        },
        { encoder: id, dataset: dataset.id, title },
        [id, dataset.fingerprint],
      );
      return {
        table: artifact.id,
        images: indices.length,
        rows: found,
        picture: await job.saveBlob(picture, "png"),
      };
    },
  };
}

/** Encoded, and rendered from the noise that the image has or from drawn noise. */
async function rebuiltBy(
  encoder: Encoder,
  images: Images,
  sampler: SamplerOptions,
  kind: Row["noise"],
  { random, signal }: JobContext,
): Promise<Images> {
  const [n] = images.shape;
  const size = images.data.length / n;
  const out = new Float32Array(images.data.length);
  for (let start = 0; start < n; start += BATCH) {
    const part = rows(images, start, Math.min(start + BATCH, n));
    const codes = await encoder.encode(part, { signal });
    const own = await encoder.encodeStochastic(part, codes, { sampler, signal });
    const noise = kind === "own"
      ? own
      : tensor(own.shape, random.fork("noise", start).normals(own.data.length));
    const { data } = await encoder.render({ codes, noise }, { sampler, signal });
    out.set(data, start * size);
  }
  return tensor(images.shape, out);
}

/** Figures of each image. */
function lossOf(images: Images, rebuilt: Images): Record<string, number>[] {
  const [mse, ratio] = [meanSquaredError(images, rebuilt), psnr(images, rebuilt)];
  const small = images.shape.slice(2).some((length) => length < SSIM_WINDOW);
  const alike = small ? undefined : ssim(images, rebuilt);
  return Array.from(mse, (value, i) => ({
    mse: value,
    ...alike && { ssim: alike[i] },
    // An exact reconstruction has no noise to compare with.
    ...Number.isFinite(ratio[i]) && { psnr: ratio[i] },
  }));
}

function textOf({ name, inversionSteps, renderSteps }: SamplerOptions): string {
  return `${name} ${inversionSteps}/${renderSteps}`;
}

const COLUMNS = ["mse", "ssim", "psnr"];

function tableOf(table: readonly Row[]): string {
  const digits = (value: number) => String(Number(value.toPrecision(4)));
  return markdownTable(
    ["Sampler", "Noise", "MSE (range 2)", "SSIM", "PSNR, dB"],
    table.map(({ sampler, noise, figures }) => [
      sampler,
      noise,
      ...COLUMNS.map((name) => {
        const found = figures.find((figure) => figure.name === name);
        return found
          ? `${digits(found.mean)} (${digits(found.low)} to ${digits(found.high)})`
          : "–";
      }),
    ]),
  );
}

function csvOf(table: readonly Row[]): string {
  const lines = table.flatMap(({ sampler, noise, figures }) =>
    figures.map(({ name, mean, low, high, median, paths }) =>
      [sampler, noise, name, mean, low, high, median, paths].join(",")
    )
  );
  return ["sampler,noise,figure,mean,low,high,median,images", ...lines, ""].join("\n");
}
