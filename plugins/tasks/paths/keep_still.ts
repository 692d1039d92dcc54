/** What is held stays in the pixels too: the frames are measured, and what an attribute moved is taken back. */

import {
  type Codes,
  type Images,
  type Latents,
  row,
  takeRows,
  tensor,
} from "@countergrade/countergrade";
import {
  mahalanobis,
  mahalanobisLength,
  percentileOf,
  restrainedStep,
} from "@countergrade/countergrade/linear";
import { type Attempt, copied, putRow } from "./close_loop.ts";
import type { Complete } from "./residual.ts";
import type { PathSetup } from "./setup.ts";

/** How far a held attribute may move before it is taken back, in standard deviations of the training images. */
const STILL = 0.05;
/** How often. */
const CORRECTIONS = 2;

/** The picture that the frames start from. */
interface Start {
  readonly latents: Latents;
  readonly reconstruction: Images;
  readonly complete: Complete;
}

/**
 * Corrects frames in which a held attribute moved by more than {@linkcode STILL}: their codes take the least step that takes back what the
 * pixels say it moved, by its direction in code space, and leaves the score. A frame keeps the attempt in which the attribute that
 * moved most moved least; an attribute that cannot be measured in a frame is left alone there.
 */
export async function keptStill(
  start: Start,
  first: Attempt,
  attempts: readonly number[],
  setup: PathSetup,
  signal: AbortSignal,
): Promise<{ best: Attempt; attempts: readonly number[] }> {
  const attributes = setup.hold?.attributes ?? [];
  if (attributes.length === 0) return { best: first, attempts };
  const before = attributes.map(({ measurement }) => measurement.measure(start.reconstruction)[0]);
  /** By frame: what each attribute moved, in its own unit. */
  const moved = (frames: Images): number[][] => {
    const after = attributes.map(({ measurement }) => measurement.measure(frames));
    return Array.from({ length: frames.shape[0] }, (_, i) =>
      after.map((values, a) => {
        const change = values[i] - before[a];
        return Number.isFinite(change) ? change : 0;
      }));
  };
  const worst = (changes: readonly number[]) =>
    Math.max(...changes.map((change, a) => Math.abs(change) / attributes[a].deviation));

  const best = copied(first);
  const changes = moved(best.frames);
  const tried = [...attempts];
  for (let round = 0; round < CORRECTIONS; round++) {
    const open = [...changes.keys()].filter((i) => worst(changes[i]) > STILL);
    if (open.length === 0) break;
    const again = await renderedAgain(start, best, open, changes, setup, signal);
    const seen = moved(again.frames);
    open.forEach((index, k) => {
      tried[index]++;
      if (!(worst(seen[k]) < worst(changes[index]))) return;
      changes[index] = seen[k];
      putRow(best, index, again, k);
    });
  }
  return { best, attempts: tried };
}

/** The frames `indices` with what their attributes moved taken back. */
async function renderedAgain(
  { latents: { codes: from }, complete }: Start,
  { edit }: Attempt,
  indices: readonly number[],
  changes: readonly (readonly number[])[],
  { encoder, probe, sampler, statistics, hold }: PathSetup,
  signal: AbortSignal,
): Promise<Attempt> {
  const at = Int32Array.from(indices);
  const { shape, data } = takeRows(edit.latents.codes, at);
  const codes: Codes = tensor(shape, data.slice());
  const gradients = probe.gradient(codes);
  const metric = hold!.edit.covariance ?? statistics.covariance;
  const held = hold!.attributes.map(({ gradient }) => gradient);
  const length = new Float64Array(indices.length);
  const lengthRatio = new Float64Array(indices.length);
  indices.forEach((index, k) => {
    const code = row(codes, k).data;
    const step = restrainedStep(
      metric,
      [...held, row(gradients, k).data],
      [...changes[index].map((change) => -change), 0],
    );
    code.forEach((value, j) => code[j] = value + step[j]);
    const whole = Float64Array.from(code, (value, j) => value - from.data[j]);
    length[k] = mahalanobisLength(statistics, whole);
    // The least length for this change of score is what it was.
    lengthRatio[k] = edit.length[index] > 0
      ? edit.lengthRatio[index] * length[k] / edit.length[index]
      : 1;
  });
  const latents = { codes, noise: takeRows(edit.latents.noise, at) };
  const frames = complete(await encoder.render(latents, { sampler, signal }));
  return {
    edit: {
      latents,
      targetScore: Float64Array.from(indices, (index) => edit.targetScore[index]),
      length,
      lengthRatio,
      percentile: mahalanobis(statistics, codes)
        .map((distance) => percentileOf(statistics.distances.data, distance)),
    },
    frames,
    reencoded: await encoder.encode(frames, { signal }),
  };
}
