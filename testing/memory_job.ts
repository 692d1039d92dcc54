/** A job without a store: what a task saves stays in memory. */

import {
  type Artifact,
  CancelledError,
  type Host,
  type JobContext,
  type JobEventBody,
  NotFoundError,
  Random,
  StorageError,
} from "@countergrade/countergrade";
import { derivedId } from "@countergrade/countergrade/jobs";

/** A job context with what was told and saved in it. */
export interface MemoryJob extends JobContext {
  /** All that was told, in order. */
  readonly events: readonly JobEventBody[];
  /** All that was saved, by id. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** Cancels the job. */
  cancel(): void;
}

/** How a {@linkcode memoryJob} starts. */
export interface MemoryJobOptions {
  /** 0 by default. */
  readonly seed?: number;
  /** Another job, whose artifacts can be loaded here. */
  readonly after?: MemoryJob;
  /** Another job, whose parts that are done need not be done again. */
  readonly partsOf?: MemoryJob;
}

const blobsOf = new WeakMap<MemoryJob, Map<string, Uint8Array>>();
const partsDone = new WeakMap<MemoryJob, Map<string, Uint8Array>>();

/**
 * Makes a job for running a task in a test.
 *
 * @example
 * ```ts
 * import { Host } from "@countergrade/countergrade";
 * import { memoryJob } from "@countergrade/countergrade/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = await Host.boot([]);
 * const job = memoryJob(host);
 * const saved = await job.save("note", { "note.txt": new Uint8Array([104, 105]) }, {}, []);
 * assertEquals((await job.load("note", saved.id)).kind, "note");
 * ```
 */
export function memoryJob(
  host: Host,
  { seed = 0, after, partsOf }: MemoryJobOptions = {},
): MemoryJob {
  const controller = new AbortController();
  const { signal } = controller;
  const events: JobEventBody[] = [];
  const artifacts = new Map(after?.artifacts);
  const blobs = new Map(after && blobsOf.get(after));
  const before = partsOf && partsDone.get(partsOf);
  const parts = new Map<string, Uint8Array>();
  let checkpoint: Uint8Array | undefined;
  const saveBlob = async (bytes: Uint8Array, extension: string): Promise<string> => {
    signal.throwIfAborted();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
    const name = `${
      [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    }.${extension}`;
    blobs.set(name, bytes.slice());
    return name;
  };
  const job: MemoryJob = {
    id: "job",
    signal,
    random: new Random(seed),
    host,
    events,
    artifacts,
    cancel: () => controller.abort(new CancelledError()),
    emit: (event) => void events.push(event),
    saveBlob,
    async save(kind, contents, metadata, inputs) {
      const files: Record<string, string> = {};
      for (const [name, bytes] of Object.entries(contents)) {
        files[name] = await saveBlob(bytes, name.split(".").at(-1)!);
      }
      const artifact: Artifact = {
        id: `${kind}-${artifacts.size + 1}`,
        kind,
        createdAt: new Date(0).toISOString(),
        files,
        metadata: JSON.parse(JSON.stringify(metadata)),
        provenance: { task: "test", plugins: [], options: {}, seed, inputs },
      };
      artifacts.set(artifact.id, artifact);
      return artifact;
    },
    async derived(kind, key, make) {
      const id = derivedId(kind, key);
      const known = artifacts.get(id);
      const kept = Object.entries(known?.files ?? {}).map(([name, blob]) =>
        [name, blobs.get(blob)] as const
      );
      if (known && kept.every(([, bytes]) => bytes)) {
        return Object.fromEntries(kept) as Record<string, Uint8Array>;
      }
      const { files, metadata, inputs } = await make();
      const saved = await job.save(kind, files, metadata, inputs);
      artifacts.delete(saved.id);
      artifacts.set(id, { ...saved, id });
      return files;
    },
    async load(kind, id) {
      await signal.throwIfAborted();
      const artifact = artifacts.get(id);
      if (artifact?.kind !== kind) throw new NotFoundError(kind, id, [...artifacts.keys()]);
      return artifact;
    },
    async read({ id, files }, file) {
      await signal.throwIfAborted();
      const bytes = blobs.get(files[file]);
      if (!bytes) throw new StorageError(`Cannot read "${file}" of ${id}: there is no such file`);
      return bytes.slice();
    },
    async inParts(all, here, onDone) {
      const done: Uint8Array[] = [];
      for (const part of all) {
        signal.throwIfAborted();
        const name = JSON.stringify(part);
        // What this job did itself may be another task's: names say nothing of its options.
        const bytes = before?.get(name) ?? await here(part);
        parts.set(name, bytes);
        done.push(bytes.slice());
        onDone?.(part);
      }
      return done;
    },
    checkpoint: {
      read: () => Promise.resolve(checkpoint?.slice()),
      write(bytes) {
        checkpoint = bytes.slice();
        return Promise.resolve();
      },
    },
  };
  blobsOf.set(job, blobs);
  partsDone.set(job, parts);
  return job;
}
