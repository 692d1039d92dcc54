/** The checkpoint of a training: all that the remaining steps depend on. */

import {
  type Dataset,
  FormatError,
  type JobContext,
  type Tensor,
} from "@countergrade/countergrade";
import type { TrainingState } from "@countergrade/countergrade/engine";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import type { Best } from "./early_stop.ts";

const STATE_FIELDS = ["weights", "mean", "square", "ema"] as const;

/** Where a training stands. */
export interface Standing {
  readonly state: TrainingState;
  /** The smoothed loss; 0 before the first step. */
  readonly loss: number;
  /** With early stopping: the best weights so far. */
  readonly best?: Best;
}

/** Writes the checkpoint. */
export async function saveStanding(
  { state, loss, best }: Standing,
  dataset: Dataset,
  job: JobContext,
): Promise<void> {
  const tensors = new Map<string, Tensor>(STATE_FIELDS.map((name) => [name, state[name]]));
  const facts: Record<string, string> = {
    step: String(state.step),
    loss: String(loss),
    dataset: dataset.fingerprint,
  };
  if (best) {
    const { weights, ...figures } = best;
    tensors.set("best", weights);
    facts.best = JSON.stringify(figures);
  }
  await job.checkpoint.write(writeSafetensors(tensors, facts));
}

/** The checkpoint, unless it is of other images under the same id, or damaged, which those of 0.1 could be unseen. */
export async function resumed(dataset: Dataset, job: JobContext): Promise<Standing | undefined> {
  const bytes = await job.checkpoint.read();
  if (!bytes) return undefined;
  try {
    return standingIn(bytes, dataset, job);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    job.emit({ type: "warning", message: `${error.message}: the training starts anew` });
    return undefined;
  }
}

function standingIn(bytes: Uint8Array, dataset: Dataset, job: JobContext): Standing | undefined {
  const { tensors, metadata } = readSafetensors(bytes);
  if ((metadata.dataset ?? dataset.fingerprint) !== dataset.fingerprint) {
    const message = `"${dataset.id}" has changed since the checkpoint: the training starts anew`;
    job.emit({ type: "warning", message });
    return undefined;
  }
  const field = (name: string): Tensor => {
    const value = tensors.get(name);
    if (!value) {
      throw new FormatError(`Cannot resume the training: the checkpoint has no "${name}"`);
    }
    return { shape: value.shape, data: value.data.slice() };
  };
  const [weights, mean, square, ema] = STATE_FIELDS.map(field);
  const state = { step: Number(metadata.step), weights, mean, square, ema };
  const best = metadata.best && { ...JSON.parse(metadata.best), weights: field("best") };
  return { state, loss: Number(metadata.loss ?? 0), best: best || undefined };
}
