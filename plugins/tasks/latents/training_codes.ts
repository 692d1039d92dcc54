/** The codes of the images that a probe learned from: stored ones, or encoded once more. */

import {
  type Artifact,
  type Codes,
  type CodeStatistics,
  type Dataset,
  type Encoder,
  InputError,
  type JobContext,
  type Labels,
  type LabelScale,
  NotFoundError,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { labelsOn } from "@countergrade/countergrade/review";
import { splitSize } from "../data/split_size.ts";
import { type LoadedEncoders, openFitting, type StoredProbe } from "../encoders/models.ts";
import { encodePart } from "./encode_split.ts";

/** The images that a probe learned from, and what is needed to look at them. */
export interface TrainingImages {
  readonly stored: StoredProbe;
  readonly statistics: CodeStatistics;
  readonly dataset: Dataset;
  readonly job: JobContext;
  readonly loaded: LoadedEncoders;
}

/** Codes of one split of a data set; row i belongs to its image i. */
export interface SplitCodes {
  readonly dataset: string;
  readonly split: string;
  /** `[n, d]` */
  readonly codes: Codes;
  readonly labels: Labels;
}

/**
 * Reads one split of stored codes.
 *
 * @throws {NotFoundError} When there are no such codes.
 * @throws {InputError} When they do not have the split.
 */
export async function storedCodes(job: JobContext, id: string, split: string): Promise<SplitCodes> {
  const artifact = await job.load("codes", id);
  const { tensors } = readSafetensors(await job.read(artifact, "codes.safetensors"));
  const codes = tensors.get(`${split}.codes`);
  if (!codes) {
    const known = [...tensors.keys()].filter((name) => name.endsWith(".codes"))
      .map((name) => name.slice(0, -".codes".length));
    throw new InputError(
      `Cannot read codes: expected a split of ${known.join(", ")}, current split is "${split}"`,
      ["split"],
    );
  }
  const { scale } = artifact.metadata as { scale?: LabelScale };
  const stored = tensors.get(`${split}.labels`)?.data ?? [];
  const labels = scale ? labelsOn(scale, stored) : Int32Array.from(stored);
  return { dataset: String(artifact.metadata.dataset), split, codes, labels };
}

/** The codes that a probe was fitted to, where they were kept. @throws {InputError} When they do not have the split. */
export async function keptCodes(
  { provenance }: Artifact,
  split: string,
  job: JobContext,
): Promise<SplitCodes | undefined> {
  const stored = provenance.inputs.find((input) => input.startsWith("codes-"));
  if (!stored) return undefined;
  try {
    return await storedCodes(job, stored, split);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

const encoded = new WeakMap<Encoder, Map<string, SplitCodes>>();

/**
 * The codes of a split of the data set that a probe was fitted on. Where the codes themselves were not kept, as for models that
 * came as files, its images are encoded now; they stay in memory as long as their encoder does.
 *
 * @throws {NotFoundError} When neither the codes nor the data set are there.
 * @throws {InputError} When the split does not exist, or has no images.
 */
export async function codesBehind(
  { artifact, encoder: encoderId }: StoredProbe,
  split: string,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<SplitCodes> {
  const kept = await keptCodes(artifact, split, job);
  if (kept) return kept;
  const encoder = await loaded.get(job, encoderId);
  const dataset = await openFitting(job, String(artifact.metadata.dataset), encoder);
  return await encodedOnce(dataset, split, encoder, job);
}

/** The codes of a split, from memory where its encoder has seen it before. */
async function encodedOnce(
  dataset: Dataset,
  split: string,
  encoder: Encoder,
  job: JobContext,
): Promise<SplitCodes> {
  const total = splitSize(dataset, split, "encode");
  const kept = encoded.get(encoder) ?? new Map<string, SplitCodes>();
  encoded.set(encoder, kept);
  const key = JSON.stringify([dataset.id, dataset.fingerprint, split]);
  const known = kept.get(key);
  if (known) return known;
  const { codes, labels } = await encodePart({ split, start: 0, count: total }, dataset, encoder, {
    signal: job.signal,
    onBatch: (step) => job.emit({ type: "progress", step, total, message: `encoding ${split}` }),
  });
  const fresh = { dataset: dataset.id, split, codes, labels: labelsOn(dataset.scale, labels) };
  kept.set(key, fresh);
  return fresh;
}
