/** A toy world for the tests of API and page: bars of brightness as data, a model of nothing, paths that draw themselves. */

import {
  type Dataset,
  datasets,
  definePlugin,
  type Images,
  InputError,
  type LabelScale,
  rows,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { animatedPng, writeNpy } from "@countergrade/countergrade/formats";
import { strip, toneDifference, toPng } from "@countergrade/countergrade/images";
import { z } from "zod";
import { evidenceFields, evidenceOf, goalsOf, kindOf, refuseChance } from "./toy_evidence.ts";

const SIZE = 16;
const GRADES = 4;

const scale: LabelScale = { type: "ordinal", names: ["healthy", "mild", "moderate", "severe"] };

/** Images `[n, 1, 16, 16]`: the higher the grade, the lower the bar; `blur` from 0 to 1 hides it. */
function bars(grades: readonly number[], blur = 0): Images {
  const data = grades.flatMap((grade) =>
    Array.from({ length: SIZE * SIZE }, (_, i) => {
      const [y, x] = [Math.floor(i / SIZE), i % SIZE];
      const inside = x > 3 && x < 12 && y >= 2 + 3 * grade && y < 14;
      return (inside ? 0.8 : -0.6) * (1 - blur) + 0.1 * Math.sin(i * 12.9898 + grade) * blur;
    })
  );
  return tensor([grades.length, 1, SIZE, SIZE], data);
}

const dataset: Dataset = {
  id: "bars",
  title: "Bars",
  imageShape: [1, SIZE, SIZE],
  scale,
  splits: { train: 40, val: 30, test: 5 },
  fingerprint: "bars-1",
  notes: ["Of 3 images page 1 of 2 was taken"],
  get(split, indices) {
    const size = dataset.splits[split];
    const all = Array.from(indices);
    if (size === undefined || all.some((index) => index < 0 || index >= size)) {
      return Promise.reject(new InputError(`Cannot get images of "${split}": out of range`));
    }
    const labels = all.map((index) => index % GRADES);
    return Promise.resolve({
      ids: all.map((index) => `${split}-${index}`),
      images: bars(labels),
      labels: Int32Array.from(labels),
    });
  },
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The plugin. */
export default definePlugin({
  id: "toy-paths",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(datasets, {
      name: "bars",
      description: "Bars of brightness",
      options: z.object({}),
      discover: () => Promise.resolve([{ id: "bars", title: "Bars", options: {} }]),
      open: () => Promise.resolve(dataset),
    });
    registry.add(tasks, {
      name: "makeModel",
      description: "Stores an encoder and a probe that do nothing",
      options: () =>
        z.strictObject({
          title: z.string().default("Toy probe"),
          chance: z.number().optional().describe("How many of 1 shuffled labels are told as well"),
        }),
      result: z.object({ probe: z.string().meta({ artifact: true }) }),
      async run({ title, chance: p }, job) {
        const measured = { figure: "spearman", value: 0.1, images: 30, measuredOn: "val" };
        const empty = new Uint8Array([1]);
        const encoder = await job.save("encoder", { "model.safetensors": empty }, {
          plugin: "toy",
          dataset: "bars",
          imageShape: [1, SIZE, SIZE],
          codeSize: 2,
          title: "Toy encoder",
        }, [dataset.fingerprint]);
        const probe = await job.save("probe", { "probe.json": empty }, {
          plugin: "toy",
          dataset: "bars",
          encoder: encoder.id,
          title,
          scale,
          report: { accuracy: 1, auc: 0.9 },
          intervals: { auc: [0.85, 0.94] },
          ...(p !== undefined && { chance: { p, ...measured } }),
        }, [encoder.id]);
        return { probe: probe.id };
      },
    });
    registry.add(tasks, {
      name: "counterfactualPath",
      description: "Draws a path",
      options: () =>
        z.strictObject({
          probe: z.string().describe("Id of the probe"),
          dataset: z.string().optional().describe("Id of the data set"),
          split: z.string().default("val"),
          index: z.int().min(0).default(0),
          image: z.string().optional().describe("Id of an image of one's own"),
          neighbors: z.int().optional(),
          closeLoop: z.strictObject({}).optional(),
          sampler: z.strictObject({ inversionSteps: z.int().optional() }).optional(),
          ...evidenceFields(),
          steps: z.int().min(1).max(10_000).default(10).describe("Sampling steps"),
          delay: z.number().min(0).max(1000).default(30).describe("Pause per step, in ms"),
        }),
      result: z.object({
        path: z.string().meta({ artifact: true }),
        frames: z.int(),
        near: z.array(
          z.object({
            dataset: z.string(),
            split: z.string(),
            index: z.int(),
            label: z.int(),
          }).meta({ datasetImage: true }),
        ),
      }),
      async run(options, job) {
        const { probe, split, index, image: own, closeLoop, steps, delay } = options;
        const { reached, ...told } = goalsOf(GRADES, options);
        refuseChance(await job.load("probe", probe), options);
        const image = own === undefined ? undefined : await job.load("image", own);
        const familiarity = kindOf(String(image?.metadata.title ?? ""), options);
        const batch = await dataset.get(split, [index]);
        for (let step = 1; step <= steps; step++) {
          job.signal.throwIfAborted();
          job.emit({ type: "progress", step, total: steps, message: "rendering" });
          const preview = strip(bars(reached, 1 - step / steps));
          const image = await job.saveBlob(preview, "png");
          job.emit({ type: "preview", step, total: steps, image });
          await pause(delay);
        }
        const images = bars(reached);
        const differences = toneDifference(batch.images, images);
        const frames = [];
        for (const [place, i] of reached.entries()) {
          const frame = {
            ...evidenceOf(i, options),
            index: place,
            target: { grade: i },
            targetGrade: i,
            latentGrade: i,
            latentScore: i - 1.5,
            latentProbability: i / 3,
            imageGrade: 0.8 * i + 0.2,
            imageScore: i - 1.4,
            imageProbability: i / 3,
            lengthSigma: Math.abs(i - batch.labels[0]),
            lengthRatio: 1,
            percentile: 20 + 25 * i,
            attempts: 2,
            met: closeLoop !== undefined || i !== 3,
            targetScore: i - 1.5,
            differenceValues: await job.saveBlob(writeNpy(Float32Array.of(i)), "npy"),
            differenceMin: -0.1 * i,
            differenceMax: 0.2 * i,
            neighbors: [
              {
                dataset: "bars",
                split: "train",
                index: 4 + Math.round(i),
                label: Math.round(i),
                grade: i,
                distance: 0.5,
              },
              { dataset: "gone", split: "train", index: 0, label: 0.5, grade: 0, distance: 9 },
            ],
            image: await job.saveBlob(toPng(images, place), "png"),
            difference: await job.saveBlob(toPng(differences, place), "png"),
          };
          frames.push(frame);
          job.emit({ type: "frame", index: place, frame });
        }
        const warnings = [
          ...told.unreached?.map(({ reason }) => `Not shown: grade 3. ${reason}`) ?? [],
          "The edit to grade 3 left the training data",
        ];
        job.emit({ type: "warning", message: warnings[0] });
        const original = await job.saveBlob(toPng(batch.images, 0), "png");
        const content = {
          ...told,
          familiarity,
          dataset: "bars",
          split,
          index,
          label: batch.labels[0],
          probe,
          original,
          reconstruction: original,
          latent: { grade: batch.labels[0] + 0.1, score: 0, probability: 0.5 },
          frames,
          metrics: { imageMae: 0.2 },
          differenceRange: 0.5,
          to: { split: "val", index: 7 },
          warnings,
          strip: await job.saveBlob(strip(images), "png"),
        };
        const path = await job.save(
          "path",
          {
            "path.json": new TextEncoder().encode(JSON.stringify(content)),
            "animation.png": animatedPng(
              reached.map((_, place) => toPng(images, place)),
              { back: false },
            ),
            "strip.png": strip(images),
            ...Object.fromEntries(frames.map(({ index }) => [
              `frame-${index}.png`,
              toPng(rows(images, index, index + 1), 0),
            ])),
          },
          {
            title: `${split}-${index}`,
            adaptation: own ? "gray repeated as RGB" : split === "test" ? "frame 3 of 5" : null,
          },
          [probe],
        );
        const near = { dataset: "bars", split: "test", index: 1, label: 1 };
        return { path: path.id, frames: frames.length, near: [near, { ...near, index: 99 }] };
      },
    });
  },
});
