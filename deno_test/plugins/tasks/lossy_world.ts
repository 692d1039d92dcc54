/**
 * A toy world in which pictures fall short of what was asked: two brightnesses are the code, and the renderer shows a response r of
 * them, x = noise + r(z), so that an edit from z to z' is seen as z + r(z') − r(z).
 */

import {
  type Codes,
  type Dataset,
  datasets,
  definePlugin,
  type Encoder,
  encoders,
  Host,
  type Images,
  InputError,
  type Plugin,
  Random,
  rowSize,
  tasks,
  tensor,
  throwIfAborted,
  zeros,
} from "@countergrade/countergrade";
import { mirroredWhere } from "@countergrade/countergrade/images";
import { codeStatistics, linearProbe, lineGrading } from "@countergrade/countergrade/linear";
import { type MemoryJob, memoryJob } from "@countergrade/countergrade/testing";
import { z } from "zod";
import { patternEditor } from "../../../plugins/editors/pattern.ts";
import { closenessMetric } from "../../../plugins/metrics/closeness.ts";
import { monotonicityMetric } from "../../../plugins/metrics/monotonicity.ts";
import { reconstructionMetric } from "../../../plugins/metrics/reconstruction.ts";
import { validityMetric } from "../../../plugins/metrics/validity.ts";
import { logisticProbe } from "../../../plugins/probes/logistic.ts";
import { auditProbeTask } from "../../../plugins/tasks/audit/audit_probe.ts";
import { compareEditorsTask } from "../../../plugins/tasks/paths/compare/compare_editors.ts";
import { counterfactualPathTask } from "../../../plugins/tasks/paths/counterfactual_path.ts";
import { evaluateTask } from "../../../plugins/tasks/evaluation/evaluate.ts";
import { measureBandsTask } from "../../../plugins/tasks/evaluation/measure_bands.ts";
import { interpolateTask } from "../../../plugins/tasks/paths/interpolation/interpolate.ts";
import { mapLatentsTask } from "../../../plugins/tasks/latents/map_latents.ts";
import { LoadedEncoders, writeStatistics } from "../../../plugins/tasks/encoders/models.ts";
import { nearestImagesTask } from "../../../plugins/tasks/latents/nearest_images.ts";

const SIZE = 16;
const SPLITS: Record<string, number> = { train: 40, val: 6, none: 0 };
const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };

/** Tasks whose grades are those of the probe's own line here, however far: what arrives of them is known exactly. */
const PATHS = ["counterfactualPath", "compareEditors", "evaluate"];

/** From a code's entry to the brightness that is rendered. */
export type Response = (brightness: number) => number;

/** The left half is as bright as the grade, the right half as it likes. */
function imageOf(grade: number, random: Random): Images {
  const other = 0.4 * random.normal();
  const level = 0.4 * (grade - 1) + 0.05 * random.normal();
  const pixel = (i: number) => (i % SIZE < SIZE / 2 ? level : other) + 0.02 * random.normal();
  return tensor([1, 1, SIZE, SIZE], Array.from({ length: SIZE * SIZE }, (_, i) => pixel(i)));
}

/** Six images to evaluate. */
export const halvesDataset: Dataset = {
  id: "halves",
  title: "Halves",
  imageShape: [1, SIZE, SIZE],
  scale,
  splits: SPLITS,
  fingerprint: "halves-1",
  columns: [{
    name: "site",
    scale: { type: "nominal", names: ["Rome", "Oslo", "Lima"] },
    labels: Object.fromEntries(
      Object.entries(SPLITS).map((
        [split, length],
      ) => [split, Int32Array.from({ length }, (_, i) => i === 7 ? -1 : i % 2)]),
    ),
  }],
  measurements: [
    {
      name: "leftHalf",
      unit: "intensity",
      description: "Brightness of the left half, 0.4 per grade",
      measure: (images) => Float64Array.from(halves(images), ([left]) => left),
      grade: (value) => value / 0.4 + 1,
    },
    {
      name: "contrast",
      unit: "intensity",
      description: "Left minus right half, where the right half is dark",
      measure: (images) =>
        Float64Array.from(halves(images), ([left, right]) => right < 0 ? left - right : NaN),
    },
  ],
  // deno-lint-ignore require-await -- rejects instead of throwing
  async get(split, indices) {
    const all = Array.from(indices);
    if (!all.every((index) => index < (SPLITS[split] ?? 0))) {
      throw new InputError(`Cannot get images of "${split}": out of range`);
    }
    const images = all.map((i) => imageOf(i % 3, new Random(i).fork(split)));
    return {
      ids: all.map((index) => `${split}-${index}`),
      images: tensor([all.length, 1, SIZE, SIZE], images.flatMap(({ data }) => [...data])),
      labels: Int32Array.from(all, (index) => index % 3),
    };
  },
};

/** Mean brightness of the halves `[n, 2]`. */
function encode(images: Images): Codes {
  const out = zeros([images.shape[0], 2]);
  const size = rowSize(images);
  images.data.forEach((v, k) => {
    const half = k % SIZE < SIZE / 2 ? 0 : 1;
    out.data[2 * Math.floor(k / size) + half] += v / (size / 2);
  });
  return out;
}

/** Brightness of both halves of each image. */
function halves(images: Images): number[][] {
  const { data } = encode(images);
  return Array.from({ length: images.shape[0] }, (_, i) => [data[2 * i], data[2 * i + 1]]);
}

/** noise ± r(z), pixel by pixel. */
function shifted(images: Images, codes: Codes, sign: number, response: Response): Images {
  const size = rowSize(images);
  return tensor(
    images.shape,
    images.data.map((v, k) => {
      const half = k % SIZE < SIZE / 2 ? 0 : 1;
      return v + sign * response(codes.data[2 * Math.floor(k / size) + half]);
    }),
  );
}

/** Calls of the renderer and of the inversion, as the rows of each. */
export interface Calls {
  readonly rendered: number[];
  readonly inverted: number[];
}

/** What a single evaluation misses of every picture: every other pixel a little. */
const missed = (k: number) => k % 2 ? 0.05 : 0;

function lossyEncoder(response: Response, calls: Calls): Encoder {
  return {
    imageShape: [1, SIZE, SIZE],
    codeSize: 2,
    details: {},
    defaultSampler: { name: "toy", inversionSteps: 2, renderSteps: 4 },
    // deno-lint-ignore require-await -- rejects instead of throwing
    async encode(images, options) {
      throwIfAborted(options?.signal);
      return encode(images);
    },
    async encodeStochastic(images, codes, options) {
      throwIfAborted(options?.signal);
      calls.inverted.push(images.shape[0]);
      for (let step = 1; step <= 2; step++) await options?.onStep?.(step, 2, images);
      return shifted(images, codes, -1, response);
    },
    async render({ codes, noise }, options) {
      calls.rendered.push(codes.shape[0]);
      const whole = shifted(noise, codes, 1, response);
      const few = options?.sampler?.renderSteps === 1;
      const out = few ? tensor(whole.shape, whole.data.map((v, k) => v - missed(k))) : whole;
      for (let step = 1; step <= 4; step++) {
        throwIfAborted(options?.signal);
        await options?.onStep?.(step, 4, out);
      }
      return out;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A corner that tells the side of an image: brighter on the left of one that faces ahead. */
const corners = ({ shape, data }: Images) =>
  Array.from({ length: shape[0] }, (_, i) => {
    const start = i * SIZE * SIZE;
    return data[start] < data[start + SIZE - 1];
  });

/** A data set with every other image mirrored, and corners that tell which. */
const mirroredHalves = (dataset: Dataset): Dataset => ({
  ...dataset,
  async get(split, indices) {
    const batch = await dataset.get(split, indices);
    const corner = new Map([[0, 0.9], [SIZE - 1, -0.9]]);
    const marked = batch.images.data.map((value, k) => corner.get(k % (SIZE * SIZE)) ?? value);
    const images = tensor(batch.images.shape, marked);
    return { ...batch, images: mirroredWhere(images, (i) => indices[i] % 2 === 1) };
  },
});

/** An encoder that sees all images from one side: a third number of the code is −1 where it was the other. */
function oneSided(inner: Encoder): Encoder {
  const mirrors = ({ data }: Codes) =>
    Array.from({ length: data.length / 3 }, (_, i) => data[3 * i + 2] < 0);
  const own = (codes: Codes) => tensor([codes.shape[0], 2], codes.data.filter((_, k) => k % 3 < 2));
  const turned = (images: Images, mirrored: readonly boolean[]) =>
    mirroredWhere(images, (i) => mirrored[i]);
  return {
    ...inner,
    codeSize: 3,
    mirrors,
    async encode(images, options) {
      const mirrored = corners(images);
      const { data } = await inner.encode(turned(images, mirrored), options);
      return tensor(
        [mirrored.length, 3],
        mirrored.flatMap((is, i) => [data[2 * i], data[2 * i + 1], is ? -1 : 1]),
      );
    },
    encodeStochastic: (images, codes, options) =>
      inner.encodeStochastic(turned(images, mirrors(codes)), own(codes), options),
    async render({ codes, noise }, options) {
      const facing = await inner.render({ codes: own(codes), noise }, options);
      return turned(facing, mirrors(codes));
    },
  };
}

/** A host with the tasks, and a job that has saved encoder and probe. */
export interface LossyWorld extends AsyncDisposable, Calls {
  readonly host: Host;
  readonly saved: MemoryJob;
  /** Options that every task needs. */
  readonly which: { probe: string; dataset: string };
  /** Runs a task to its end, in a store that has what `after` has saved; by default encoder and probe. */
  run(
    task: string,
    options?: Record<string, unknown>,
    after?: MemoryJob,
    // deno-lint-ignore no-explicit-any -- results of any task; tests know which field they look at
  ): Promise<{ result: any; job: MemoryJob }>;
}

/**
 * Opens a world with a response, plugins beside the built-in ones that paths need, and what is different about its data set.
 *
 * @param isSided Whether the encoder sees all images from one side, see {@linkcode mirroredHalves}.
 */
export async function lossyWorld(
  response: Response,
  more: readonly Plugin[] = [],
  other: Partial<Dataset> = {},
  isSided = false,
): Promise<LossyWorld> {
  const rendered: number[] = [];
  const inverted: number[] = [];
  const loaded = new LoadedEncoders();
  const ahead = { ...halvesDataset, ...other };
  const dataset = isSided ? mirroredHalves(ahead) : ahead;
  const lossy = lossyEncoder(response, { rendered, inverted });
  const encoder = isSided ? oneSided(lossy) : lossy;
  const toys = definePlugin({
    id: "lossy-world",
    version: "1.0.0",
    apiVersion: "^1",
    setup(registry) {
      registry.add(datasets, {
        name: "halves",
        description: "Two brightnesses",
        options: z.object({}),
        discover: () => Promise.resolve([{ id: "halves", title: "Halves", options: {} }]),
        open: () => Promise.resolve(dataset),
      });
      registry.add(encoders, {
        name: "lossy",
        description: "Two brightnesses",
        options: z.object({}),
        load: () => Promise.resolve(encoder),
      });
      registry.add(tasks, counterfactualPathTask(loaded));
      registry.add(tasks, evaluateTask(loaded));
      registry.add(tasks, measureBandsTask(loaded));
      registry.add(tasks, auditProbeTask(loaded));
      registry.add(tasks, compareEditorsTask(loaded));
      registry.add(tasks, interpolateTask(loaded));
      registry.add(tasks, nearestImagesTask(loaded));
      registry.add(tasks, mapLatentsTask(loaded));
    },
  });
  const host = await Host.boot([
    logisticProbe,
    patternEditor,
    validityMetric,
    monotonicityMetric,
    closenessMetric,
    reconstructionMetric,
    toys,
    ...more,
  ]);
  const saved = memoryJob(host);
  const model = await saved.save("encoder", { "model.safetensors": new Uint8Array(1) }, {
    plugin: "lossy",
  }, []);
  const { images } = await dataset.get("train", Array.from({ length: 40 }, (_, i) => i));
  const side = isSided ? [0] : [];
  const probe = linearProbe({
    plugin: "logistic",
    scale,
    plane: {
      mean: Float64Array.of(0, 0, ...side),
      sigma: Float64Array.of(0.4, 0.4, ...side.map(() => 1)),
      normal: Float64Array.of(1, 0, ...side),
      offset: 0,
    },
    curve: { slope: 2, intercept: 0 },
    grading: lineGrading(1, 1), // one grade per σ
  });
  const stored = await saved.save(
    "probe",
    {
      "probe.json": new TextEncoder().encode(JSON.stringify(probe)),
      "statistics.safetensors": writeStatistics(codeStatistics(await encoder.encode(images))),
    },
    { encoder: model.id, dataset: "halves" },
    [],
  );
  const which = { probe: stored.id, dataset: "halves" };
  return {
    host,
    saved,
    which,
    rendered,
    inverted,
    async run(task, options = {}, after = saved) {
      const member = host.member(tasks, task);
      const job = memoryJob(host, { after });
      const usual = PATHS.includes(task) ? { calibration: "regression", extrapolate: true } : {};
      const parsed = member.options(host).parse({ ...which, ...usual, ...options });
      return { result: await member.run(parsed, job), job };
    },
    async [Symbol.asyncDispose]() {
      await loaded[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}
