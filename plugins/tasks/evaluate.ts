/** The task `evaluate`: paths of many images, and what they are worth. */

import {
  type Dataset,
  InputError,
  type JobContext,
  type Random,
  type TaskPlugin,
  throwIfAborted,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type EvaluatedPath, summarise, SummarySchema } from "./evaluation.ts";
import { evaluationPlot } from "./evaluation_svg.ts";
import { evaluationTable } from "./evaluation_table.ts";
import { type LoadedEncoders, providerOf, ProviderSchema } from "./models.ts";
import { pathFigures } from "./path_figures.ts";
import { frameFigures, outsideWarnings } from "./path_frames.ts";
import { openPathSetup, pathFields, type PathOptions, type PathSetup } from "./path_setup.ts";
import { renderPath } from "./render_path.ts";

const Result = SummarySchema.extend({
  evaluation: z.string().describe("Id of the evaluation").meta({ artifact: true }),
  provider: ProviderSchema,
});

interface Options extends PathOptions {
  limit: number;
}

/**
 * Renders the paths of some images of a split and sums up their metrics. Stores `evaluation.json` with every path,
 * `table.md`, and `plot.svg`, requested against measured grade.
 */
export function evaluateTask(loaded: LoadedEncoders): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "evaluate",
    description: "Measure the paths of many images of a data set",
    options: (host) => {
      const { which, how } = pathFields(host);
      return z.strictObject({
        ...which,
        limit: z.int().min(1).max(1000).default(32)
          .describe("How many images, drawn from the split by the seed"),
        ...how,
      });
    },
    inputs: async ({ dataset }, host) => [await host.datasetVersion(dataset)],
    result: Result,
    async run(options, job) {
      const setup = await openPathSetup(options, job, loaded);
      const { dataset, encoderId, probe } = setup;
      const indices = imagesOf(dataset, options, job.random);
      const total = indices.length;
      const paths: EvaluatedPath[] = [];
      for (const index of indices) {
        throwIfAborted(job.signal);
        const path = await evaluatedPath(options.split, index, setup, job);
        paths.push(path);
        job.emit({ type: "progress", step: paths.length, total, message: path.image });
      }
      const summary = summarise(paths, job.random);
      const title = `Paths of ${total} images of ${dataset.id}, ${options.split}`;
      const content = {
        dataset: dataset.id,
        split: options.split,
        encoder: encoderId,
        probe: options.probe,
        scale: probe.scale,
        sampler: setup.sampler,
        editor: setup.editor.name,
        closeLoop: setup.closeLoop,
        targets: setup.grades,
        ...summary,
        images: paths,
      };
      const text = new TextEncoder();
      const artifact = await job.save(
        "evaluation",
        {
          "evaluation.json": text.encode(JSON.stringify(content, null, 2)),
          "table.md": text.encode(evaluationTable(title, summary)),
          "plot.svg": text.encode(evaluationPlot(paths, probe.scale)),
        },
        { dataset: dataset.id, encoder: encoderId, probe: options.probe, title },
        [
          options.probe,
          encoderId,
          dataset.fingerprint,
        ],
      );
      return { evaluation: artifact.id, provider: providerOf(setup.encoder), ...summary };
    },
  };
}

/**
 * The images to go through, in the order of the split. A sample, for many files are sorted by grade.
 *
 * @throws {InputError} When the split has none.
 */
function imagesOf(dataset: Dataset, { split, limit }: Options, random: Random): number[] {
  const count = dataset.splits[split] ?? 0;
  if (count > 0) {
    return [...random.fork("images").permutation(count).subarray(0, limit)].sort((a, b) => a - b);
  }
  const known = Object.keys(dataset.splits).filter((name) => dataset.splits[name] > 0).join(", ");
  throw new InputError(
    `Cannot evaluate: expected a split of "${dataset.id}" with images (${known}), current split is "${split}"`,
    ["split"],
  );
}

async function evaluatedPath(
  split: string,
  index: number,
  setup: PathSetup,
  job: JobContext,
): Promise<EvaluatedPath> {
  const { images, ids, labels } = await setup.dataset.get(split, [index]);
  const warnings: string[] = [];
  const path = await renderPath(images, setup, {
    signal: job.signal,
    onWarning: (message) => warnings.push(message),
  });
  const frames = frameFigures(path);
  return {
    index,
    image: ids[0],
    label: labels[0],
    latentScore: path.latent.score[0],
    latentGrade: path.latent.grade[0],
    reconstructionScore: path.reconstructed.score[0],
    targetScores: path.record.targetScores,
    frames,
    metrics: pathFigures(job.host, path.record),
    warnings: [...warnings, ...outsideWarnings(frames)],
  };
}
