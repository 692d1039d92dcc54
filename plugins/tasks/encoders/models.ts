/** Loaded models: an encoder stays compiled between jobs. */

import {
  type Artifact,
  checkProbeJSON,
  type CodeStatistics,
  type Dataset,
  type Encoder,
  type EncoderPlugin,
  encoders,
  FormatError,
  InputError,
  type JobContext,
  type Probe,
  type ProbePlugin,
  probes,
  type Tensor,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { memberFor } from "@countergrade/countergrade/jobs";
import { z } from "zod";
import { storedSampler } from "./sampler.ts";

/** The field `provider` of results: where an encoder's graphs ran. */
export const ProviderSchema = z.string().describe("Where the graphs ran");

/** What goes into the field of {@linkcode ProviderSchema}. */
export function providerOf({ details }: Encoder): string {
  return String(details.provider ?? "cpu");
}

/** Encoders that stay loaded; each holds its weights twice, so few. */
const KEPT = 2;

/** A loaded encoder, and why it runs elsewhere than it was asked to. */
interface Loaded {
  readonly encoder: Encoder;
  readonly warnings: readonly string[];
}

/** Encoders by artifact id, the latest used last. For jobs that run one after another: `get` may dispose one of an earlier job. */
export class LoadedEncoders implements AsyncDisposable {
  #loaded = new Map<string, Loaded>();

  /** The encoder of an artifact; the job's watchers are told when it does not run where it should. @throws {NotFoundError | FormatError | StorageError} */
  async get(job: JobContext, id: string): Promise<Encoder> {
    const artifact = await job.load("encoder", id);
    const loaded = this.#loaded.get(artifact.id) ?? await load(artifact, job);
    this.#loaded.delete(artifact.id);
    this.#loaded.set(artifact.id, loaded);
    for (const [oldest, unused] of this.#loaded) {
      if (this.#loaded.size <= KEPT) break;
      this.#loaded.delete(oldest);
      await unused.encoder[Symbol.asyncDispose]();
    }
    for (const message of loaded.warnings) job.emit({ type: "warning", message });
    return loaded.encoder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { encoder } of this.#loaded.values()) await encoder[Symbol.asyncDispose]();
    this.#loaded.clear();
  }
}

async function load(artifact: Artifact, job: JobContext): Promise<Loaded> {
  const plugin = memberFor(
    job.host,
    encoders,
    String(artifact.metadata.plugin),
    artifact,
  ) as EncoderPlugin;
  const warnings: string[] = [];
  const encoder = await plugin.load(await job.read(artifact, "model.safetensors"), {
    provider: job.host.provider,
    warn: (message) => warnings.push(message),
    sampler: storedSampler(artifact),
  });
  return { encoder, warnings };
}

/** Opens a data set within a job: its progress is told, percent by percent, and a cancel ends it. */
export async function openWatched(job: JobContext, id: string): Promise<Dataset> {
  let told = 0;
  const onProgress = (step: number, total: number) => {
    if (step < told + total / 100) return;
    told = step;
    job.emit({ type: "progress", step, total, message: `reading the files of ${id}` });
  };
  return await job.host.openDataset(id, { signal: job.signal, onProgress });
}

/**
 * Opens a data set whose images an encoder can take.
 *
 * @throws {NotFoundError} When there is no such data set.
 * @throws {InputError} When its images have another shape.
 */
export async function openFitting(job: JobContext, id: string, encoder: Encoder): Promise<Dataset> {
  const dataset = await openWatched(job, id);
  if (dataset.imageShape.join() === encoder.imageShape.join()) return dataset;
  throw new InputError(
    `Cannot use "${id}" with this encoder: expected images of shape [${
      encoder.imageShape.join(", ")
    }], ` +
      `current shape is [${dataset.imageShape.join(", ")}]`,
    ["dataset"],
  );
}

/** A stored probe with what editing needs. */
export interface StoredProbe {
  readonly artifact: Artifact;
  readonly probe: Probe;
  /** The artifact id of the encoder whose codes it was fitted to. */
  readonly encoder: string;
  statistics(): Promise<CodeStatistics>;
}

/** Loads a probe. @throws {NotFoundError | PluginError | FormatError | StorageError} */
export async function loadProbe(job: JobContext, id: string): Promise<StoredProbe> {
  const artifact = await job.load("probe", id);
  const text = new TextDecoder().decode(await job.read(artifact, "probe.json"));
  const json = checkProbeJSON(JSON.parse(text));
  const plugin = memberFor(job.host, probes, json.plugin, artifact) as ProbePlugin;
  return {
    artifact,
    probe: plugin.load(json),
    encoder: String(artifact.metadata.encoder),
    statistics: async () => readStatistics(await job.read(artifact, "statistics.safetensors")),
  };
}

/** The threshold of a probe's binary question, label ≥ threshold; of one that tells none the middle of its scale. */
export function thresholdOf({ probe: { scale }, artifact: { metadata } }: StoredProbe): number {
  return Number(metadata.threshold ?? Math.ceil((scale.names.length - 1) / 2));
}

const FIELDS = ["mean", "covariance", "distances"] as const;

/** The distribution of training codes as safetensors. */
export function writeStatistics(statistics: CodeStatistics): Uint8Array {
  return writeSafetensors(new Map(FIELDS.map((name) => [name, statistics[name]])));
}

/** The inverse of {@linkcode writeStatistics}. @throws {FormatError} */
export function readStatistics(bytes: Uint8Array): CodeStatistics {
  const { tensors } = readSafetensors(bytes);
  const field = (name: string): Tensor => {
    const value = tensors.get(name);
    if (!value) throw new FormatError(`Cannot read code statistics: "${name}" is missing`);
    return value;
  };
  return { mean: field("mean"), covariance: field("covariance"), distances: field("distances") };
}
