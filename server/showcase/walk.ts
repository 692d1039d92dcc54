/** A path of one image there and back: from the mildest to the most severe grade, and from that last frame back again. */

import {
  concatRows,
  type Dataset,
  type EditorPlugin,
  editors,
  type Host,
  type Images,
  type Latents,
  type Measurement,
  row,
  rows,
  takeRows,
} from "@countergrade/countergrade";
import type { ShownModel } from "./model.ts";

/** One way: frames `[n, c, h, w]`, with figures for each. */
export interface Way {
  /** Grades asked for. */
  readonly grades: readonly number[];
  readonly frames: Images;
  /** The image that the way starts from, rendered without an edit `[1, c, h, w]`. */
  readonly reconstruction: Images;
  /** Grades of the edited codes. */
  readonly latentGrades: readonly number[];
  /** Grades of the frames, encoded again. */
  readonly imageGrades: readonly number[];
  /** Where the data set can be measured: what each frame's pixels say. */
  readonly measured?: readonly number[];
}

/** Both ways of one image. */
export interface Walk {
  readonly index: number;
  readonly label: number;
  readonly there: Way;
  readonly back: Way;
}

/** What is walked through. */
export interface Ground {
  readonly host: Host;
  readonly model: ShownModel;
  readonly dataset: Dataset;
  readonly split: string;
}

/** The image at `index` at every grade, and back: the way back starts from the most severe frame as if it were a new image. */
export async function walk(ground: Ground, index: number): Promise<Walk> {
  const { images, labels: [label] } = await ground.dataset.get(ground.split, [index]);
  const grades = ground.model.probe.scale.names.map((_, grade) => grade);
  const there = await way(ground, images, grades);
  const last = row(there.frames, grades.length - 1);
  return { index, label, there, back: await way(ground, last, grades.toReversed()) };
}

/** One image `[1, c, h, w]` at other grades, by the default editor and sampler. */
export async function way(ground: Ground, image: Images, grades: readonly number[]): Promise<Way> {
  const { host, model } = ground;
  const { encoder, probe, statistics } = model;
  const codes = await encoder.encode(image);
  const start: Latents = { codes, noise: await encoder.encodeStochastic(image, codes) };
  const all = new Int32Array(grades.length);
  const editor = host.member(editors, "pattern") as EditorPlugin;
  const { latents } = await editor.edit(
    { codes: takeRows(start.codes, all), noise: takeRows(start.noise, all) },
    probe,
    grades.map((grade) => ({ grade })),
    editor.options.parse({}),
    { statistics },
  );
  const rendered = await encoder.render({
    codes: concatRows([start.codes, latents.codes]),
    noise: concatRows([start.noise, latents.noise]),
  });
  const frames = rows(rendered, 1, grades.length + 1);
  return {
    grades,
    frames,
    reconstruction: row(rendered, 0),
    latentGrades: [...probe.grade(latents.codes)],
    imageGrades: [...probe.grade(await encoder.encode(frames))],
    ...measuredIn(ground.dataset, frames),
  };
}

/** The measurement that is shown. */
export function measurementOf({ measurements }: Dataset): Measurement | undefined {
  return measurements?.[0];
}

function measuredIn(dataset: Dataset, frames: Images): { measured?: number[] } {
  const measurement = measurementOf(dataset);
  return measurement ? { measured: [...measurement.measure(frames)] } : {};
}

/** By how much a way's worst frame misses the grade asked for, in grades. */
export function worstMiss({ grades, imageGrades }: Way): number {
  return Math.max(...grades.map((grade, i) => Math.abs(imageGrades[i] - grade)));
}
