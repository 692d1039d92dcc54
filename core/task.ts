/** The family `tasks`: everything a user does. One definition is a GraphQL mutation, a CLI command and a form. */

import type { z } from "zod";
import type { Host } from "./host/plugin.ts";
import type { Random } from "./random.ts";

/** What a running job tells its watchers. All fields beside `type` are plain JSON. */
export type JobEventBody =
  | {
    type: "progress";
    step: number;
    total: number;
    message?: string;
    metrics?: Record<string, number>;
    /** How many images one step goes through; with it the two fields below are filled in. */
    imagesPerStep?: number;
    /** Images per second of late; added by whoever runs the job, since tasks do not read the clock. */
    imagesPerSecond?: number;
    /** At this pace, in s; added likewise. */
    secondsLeft?: number;
  }
  /** Predicted x₀ of all frames at a sampling step: a strip, as the file name of a stored PNG blob. */
  | { type: "preview"; step: number; total: number; image: string }
  /** One finished frame of a path. */
  | { type: "frame"; index: number; frame: Record<string, unknown> }
  /** Sample images during a training: a strip, as the file name of a stored PNG blob; `label` says what it shows. */
  | { type: "trainingSample"; step: number; image: string; label?: string }
  | { type: "warning"; message: string };

/** A stored result: named files plus metadata. Blob names are `<sha256>.<extension>`. */
export interface Artifact {
  readonly id: string;
  /** What it is: `encoder`, `codes`, `probe`, `path`, … */
  readonly kind: string;
  readonly createdAt: string;
  /** File name (as `model.safetensors`) to blob name. */
  readonly files: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly provenance: Provenance;
}

/** Where an artifact comes from. */
export interface Provenance {
  readonly task: string;
  readonly plugins: readonly { id: string; version: string }[];
  readonly options: unknown;
  readonly seed: number;
  /** Ids of the artifacts and fingerprints of the data sets that went in. */
  readonly inputs: readonly string[];
}

/** A result that follows from a key alone, see {@linkcode JobContext.derived}. */
export interface Derived {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
}

/** What a task gets from the job that runs it. Promises reject with a CancelledError once `signal` is aborted. */
export interface JobContext {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly random: Random;
  readonly host: Host;
  /** Tells the watchers. Events of one job are numbered in the order of these calls. */
  emit(event: JobEventBody): void;
  /** Stores bytes by content; returns the blob's name `<sha256>.<extension>`. */
  saveBlob(bytes: Uint8Array, extension: string): Promise<string>;
  /** Stores an artifact. */
  save(
    kind: string,
    files: Record<string, Uint8Array>,
    metadata: Record<string, unknown>,
    inputs: readonly string[],
  ): Promise<Artifact>;
  /**
   * The files of a stored result that follows from `key` alone (any JSON), whichever job made it. `make` is called when there is
   * none yet, or when a file of it is missing or damaged.
   */
  derived(
    kind: string,
    key: unknown,
    make: () => Promise<Derived>,
  ): Promise<Readonly<Record<string, Uint8Array>>>;
  /** @throws {NotFoundError} */
  load(kind: string, id: string): Promise<Artifact>;
  /** Bytes of a file of an artifact. @throws {StorageError} When the file is missing or damaged. */
  read(artifact: Artifact, file: string): Promise<Uint8Array>;
  /** The job's checkpoint: survives a crash, is deleted when the job ends. Writing is atomic. */
  readonly checkpoint: {
    read(): Promise<Uint8Array | undefined>;
    write(bytes: Uint8Array): Promise<void>;
  };
}

/** How a task plugin is defined. */
export interface TaskPlugin<Options = unknown, Result = unknown> {
  /** camelCase, as in the API; the CLI shows it as kebab-case. */
  readonly name: string;
  readonly description: string;
  /** Needs files of the caller's machine (its options name paths): the CLI offers it, the server does not. */
  readonly local?: boolean;
  /**
   * The options, an object schema. It is built when the host is sealed, so that it can name the members of families.
   *
   * Forms offer what there is for a text called `dataset`, `probe`, `encoder`, `codes`, `path` or `image`, the id of one;
   * for one with another name `.meta({ artifact: "probe" })` or `.meta({ dataset: true })` says so.
   */
  options(host: Host): z.ZodType<Options>;
  /**
   * Versions of what the options only name, such as a data set: a stored result answers the same task only while they
   * are the same. Cheap: it is asked for at each submission.
   */
  inputs?(options: Options, host: Host): Promise<readonly string[]>;
  /** The result, an object schema. */
  readonly result: z.ZodType<Result>;
  run(options: Options, job: JobContext): Promise<Result>;
}
