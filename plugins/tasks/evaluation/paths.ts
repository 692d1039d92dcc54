/** The paths of an evaluation, rendered in parts that workers share. */

import { deserialize, serialize } from "node:v8";
import { type JobContext, type PathRecord, throwIfAborted } from "@countergrade/countergrade";
import type { EvaluatedPath, JudgedByPath } from "./evaluated_path.ts";
import { measuredPath } from "./measurements.ts";
import { leaningOf } from "../judges/witness.ts";
import { judgedImage, type JudgedPath } from "../paths/judged_path.ts";
import { pathFigures } from "../paths/figures.ts";
import { frameFigures, pathWarnings } from "../paths/frames.ts";
import type { DatasetPathSetup, PathOptions } from "../paths/setup.ts";
import type { LoadedEncoders } from "../encoders/models.ts";
import { openEvaluation } from "./setup.ts";
import { pathTools } from "../paths/tools.ts";
import { renderPath } from "../paths/render_path.ts";
import { rowsOf } from "./seen_together.ts";
import { labelOn } from "../paths/goals.ts";

/** In how many parts an evaluation is done, at most, and how many paths one has, at least. */
const PARTS = 50;
const TOGETHER = 2;

/** Raised with the form of {@linkcode EvaluatedPath}, so that no part of another form is taken up. */
const VERSION = 8;

/** Which images, and what is wanted of them. */
export interface PathsWanted {
  readonly split: string;
  /** Positions in the split. */
  readonly indices: readonly number[];
  /** Metrics with a cost that are asked for. */
  readonly costly: readonly string[];
}

/** Some of the images. */
interface PathsPart {
  readonly version: number;
  readonly indices: readonly number[];
}

/**
 * Renders and measures the path of every image. Keeps figures only, so memory does not grow with the images; a job that was
 * interrupted goes on behind what was done of it.
 *
 * @param onPath Called after each, with how many there are.
 */
export async function evaluatedPaths(
  wanted: PathsWanted,
  setup: DatasetPathSetup,
  job: JobContext,
  onPath: (done: number) => void,
): Promise<EvaluatedPath[]> {
  const { indices } = wanted;
  const size = Math.max(TOGETHER, Math.ceil(indices.length / PARTS));
  const parts: PathsPart[] = Array.from({ length: Math.ceil(indices.length / size) }, (_, i) => ({
    version: VERSION,
    indices: indices.slice(i * size, (i + 1) * size),
  }));
  let done = 0;
  const evaluated = await job.inParts(
    parts,
    (part) =>
      evaluatedPart(part, wanted, setup, job, (paths) => {
        if (paths < part.indices.length) onPath(done + paths);
      }),
    (part) => onPath(done += part.indices.length),
  );
  return evaluated.flatMap((bytes) => deserialize(bytes));
}

/** Does a part of an evaluation in a job of its own. */
export async function openedPart(
  options: Omit<PathOptions, "foreign"> & { readonly costly?: readonly string[] },
  part: unknown,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<Uint8Array> {
  const setup = await openEvaluation(options, job, loaded);
  await using _ = setup.witness;
  return await evaluatedPart(part as PathsPart, { costly: [], ...options }, setup, job);
}

/** Paths of some of the images, as bytes that keep every number. */
async function evaluatedPart(
  { indices }: PathsPart,
  wanted: Omit<PathsWanted, "indices">,
  setup: DatasetPathSetup,
  job: JobContext,
  onPath?: (done: number) => void,
): Promise<Uint8Array> {
  const paths: EvaluatedPath[] = [];
  for (const index of indices) {
    throwIfAborted(job.signal);
    paths.push(await evaluatedPath(index, wanted, setup, job));
    onPath?.(paths.length);
  }
  return serialize(paths);
}

async function evaluatedPath(
  index: number,
  { split, costly }: Omit<PathsWanted, "indices">,
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
