/** All paths of an evaluation together, as a judge sees them: beside real images of the grades that were asked for. */

import {
  type Dataset,
  type Figures,
  type JobContext,
  metrics,
  type Probe,
  type SeenImages,
  tensor,
} from "@countergrade/countergrade";
import { drawnImages } from "../data/drawn_images.ts";
import type { Witness } from "../judges/witness.ts";
import { labelOn } from "../paths/goals.ts";
import type { DatasetPathSetup } from "../paths/setup.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";

/** Real images that a judge looks at, at most. */
const MOST_REAL = 2000;
/** Images that it looks at together. */
const BATCH = 64;
/** Features whose distances can be told within seconds. */
const MOST_FEATURES = 512;

/**
 * What metrics say of all paths together. Nothing where the judge tells no features, or of too few images.
 *
 * @param split The other real images are of the split `train`.
 */
export async function seenTogether(
  paths: readonly EvaluatedPath[],
  split: string,
  setup: DatasetPathSetup,
  job: JobContext,
): Promise<{ figures: Figures; features: string } | undefined> {
  const { witness, dataset } = setup;
  const { features } = witness?.judge ?? {};
  const those = job.host.members(metrics).filter(({ together }) => together);
  if (!witness || !features || !those.length) return undefined;
  const seen = paths.flatMap(({ seen }) => seen ?? []);
  const frames = paths.flatMap(({ seen }) => seen?.slice(1) ?? []);
  const asked = paths.flatMap((path) => path.frames.map(({ targetGrade }) => targetGrade));
  if (!seen.length || frames.length <= features.size || features.size > MOST_FEATURES) {
    job.emit({
      type: "warning",
      message:
        `Frames are not compared with real images: expected more frames than the judge's ${features.size} features, ` +
        `at most ${MOST_FEATURES}, there are ${frames.length} frames`,
    });
    return undefined;
  }
  const real = await realImages(dataset, split, MOST_REAL, asked, setup, witness, job);
  const otherReal = await realImages(
    ...[dataset, "train", frames.length, asked, setup, witness, job] as const,
  );
  const figures: Figures = {};
  for (const metric of those) {
    Object.assign(
      figures,
      await metric.together!({
        real,
        otherReal,
        reconstructions: asAsked(
          paths.map(({ seen }) => seen![0]),
          paths.map(({ label }) => labelOn(setup.probe, dataset.scale, label)),
          asked,
          setup.probe,
        ),
        frames: alike(frames),
      }),
    );
  }
  const known = Object.entries(figures).filter(([, value]) => Number.isFinite(value));
  return known.length
    ? { figures: Object.fromEntries(known), features: `${features.what}, ${features.size}` }
    : undefined;
}

/** Images that count alike. */
function alike(features: readonly (readonly number[])[]): SeenImages {
  const shape = [features.length, features[0].length];
  return {
    features: tensor(shape, features.flat()),
    weights: new Float64Array(features.length).fill(1 / features.length),
  };
}

/** Drawn images of a split, weighed as was asked. */
async function realImages(
  dataset: Dataset,
  split: string,
  limit: number,
  asked: readonly number[],
  { probe }: DatasetPathSetup,
  witness: Witness,
  job: JobContext,
): Promise<SeenImages> {
  const indices = drawnImages(dataset, split, limit, job.random.fork("seen together"));
  const rows: number[][] = [];
  const grades: (number | undefined)[] = [];
  for (let start = 0; start < indices.length; start += BATCH) {
    const { images, labels } = await dataset.get(split, indices.slice(start, start + BATCH));
    const { features } = await witness.judge.judge(images, { signal: job.signal });
    rows.push(...rowsOf(features!, images.shape[0]));
    grades.push(...Array.from(labels, (label) => labelOn(probe, dataset.scale, label)));
  }
  return asAsked(rows, grades, asked, probe);
}

/** Images that count so that grades are as frequent as they were asked for; alike where labels say nothing of grades. */
function asAsked(
  features: readonly (readonly number[])[],
  grades: readonly (number | undefined)[],
  asked: readonly number[],
  { scale }: Probe,
): SeenImages {
  const wanted = grades.map((grade) =>
    asked.filter((one) => Math.round(one) === grade).length /
    grades.filter((other) => other === grade).length
  );
  const total = wanted.reduce((sum, weight) => sum + weight, 0);
  const equal = alike(features);
  return total > 0 && scale.type !== "continuous"
    ? { ...equal, weights: Float64Array.from(wanted, (weight) => weight / total) }
    : equal;
}

/** Rows of numbers `[n, f]`. */
export function rowsOf(numbers: Float64Array, n: number): number[][] {
  const size = numbers.length / n;
  return Array.from(
    { length: n },
    (_, i) => Array.from(numbers.subarray(i * size, (i + 1) * size)),
  );
}
