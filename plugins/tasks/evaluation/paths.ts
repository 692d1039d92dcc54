/** The paths of an evaluation, rendered one after the other, with what a checkpoint remembers of them. */

import { type JobContext, type PathRecord, throwIfAborted } from "@countergrade/countergrade";
import type { EvaluatedPath, JudgedByPath } from "./evaluated_path.ts";
import { measuredPath } from "./measurements.ts";
import { leaningOf } from "../judges/witness.ts";
import { judgedImage, type JudgedPath } from "../paths/judged_path.ts";
import { pathFigures } from "../paths/figures.ts";
import { frameFigures, pathWarnings } from "../paths/frames.ts";
import type { DatasetPathSetup } from "../paths/setup.ts";
import { pathTools } from "../paths/tools.ts";
import { renderPath } from "../paths/render_path.ts";
import { rowsOf } from "./seen_together.ts";
import { labelOn } from "../paths/goals.ts";

/** Checkpoints of an evaluation, at most: each holds all paths so far. */
const CHECKPOINTS = 50;

/** Raised with the form of {@linkcode EvaluatedPath}, so that no checkpoint of another form is taken up. */
const VERSION = 7;

/** Which images, and what is wanted of them. */
export interface PathsWanted {
  readonly split: string;
  /** Positions in the split. */
  readonly indices: readonly number[];
  /** Metrics with a cost that are asked for. */
  readonly costly: readonly string[];
}

/**
 * Renders and measures the path of every image. Keeps figures only, so memory does not grow with the images; a job that was
 * interrupted goes on behind the paths of its checkpoint.
 *
 * @param onPath Called after each, with how many there are.
 */
export async function evaluatedPaths(
  wanted: PathsWanted,
  setup: DatasetPathSetup,
  job: JobContext,
  onPath: (path: EvaluatedPath, done: number) => void,
): Promise<EvaluatedPath[]> {
  const { indices } = wanted;
  const every = Math.ceil(indices.length / CHECKPOINTS);
  const paths = await resumed(wanted, job);
  for (const index of indices.slice(paths.length)) {
    throwIfAborted(job.signal);
    const path = await evaluatedPath(index, wanted, setup, job);
    paths.push(path);
    onPath(path, paths.length);
    if (paths.length % every === 0) {
      const content = JSON.stringify({ version: VERSION, paths });
      await job.checkpoint.write(new TextEncoder().encode(content));
    }
  }
  return paths;
}

/** The paths of the checkpoint; none where it is damaged or of other images. */
async function resumed({ indices }: PathsWanted, job: JobContext): Promise<EvaluatedPath[]> {
  const bytes = await job.checkpoint.read();
  if (!bytes) return [];
  try {
    const { version, paths } = JSON.parse(new TextDecoder().decode(bytes));
    const fits = version === VERSION && paths.length <= indices.length &&
      paths.every(({ index }: EvaluatedPath, i: number) => index === indices[i]);
    return fits ? paths : [];
  } catch {
    return [];
  }
}

async function evaluatedPath(
  index: number,
  { split, costly }: PathsWanted,
  setup: DatasetPathSetup,
  job: JobContext,
): Promise<EvaluatedPath> {
  const { images, ids, labels } = await setup.dataset.get(split, [index]);
  const warnings: string[] = [];
  const path = await renderPath(images, setup, {
    signal: job.signal,
    onWarning: (message) => warnings.push(message),
  }, { label: labelOn(setup.probe, setup.dataset.scale, labels[0]) });
  const frames = frameFigures(path);
  return {
    index,
    image: ids[0],
    label: labels[0],
    familiarity: path.familiarity,
    latentScore: path.latent.score[0],
    latentGrade: path.latent.grade[0],
    latentRead: path.latent.read[0],
    reconstructionScore: path.reconstructed.score[0],
    targetScores: path.record.targetScores,
    frames,
    measured: measuredPath(setup.dataset, path.record),
    metrics: await pathFigures(job.host, path.record, {
      names: costly,
      tools: pathTools(setup, job.signal),
    }),
    warnings: [...warnings, ...pathWarnings(path, frames)],
    ...path.judged?.features &&
      { seen: rowsOf(path.judged.features, frames.length + 2).slice(1) },
    judge: path.judged && await judgedBy(path.judged, path.record, setup, job),
  };
}

/** What the judge says of a path, with the metrics measured again by its grades and sides. */
async function judgedBy(
  judged: JudgedPath,
  record: PathRecord,
  { witness }: DatasetPathSetup,
  job: JobContext,
): Promise<JudgedByPath> {
  const seen = {
    ...record,
    imageGrades: judged.frames.map(({ grade = NaN }) => grade),
    imageScores: judged.frames.map((verdict) => leaningOf(verdict, witness!.threshold)),
  };
  return { ...judgedImage(judged), metrics: await pathFigures(job.host, seen) };
}
