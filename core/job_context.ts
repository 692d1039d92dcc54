/** What a running job offers to what it runs: the parts that plugins bring, storage, and watchers to tell. */

import type { z } from "zod";
import type { Dataset, DatasetContext, DiscoveredDataset } from "./dataset.ts";
import type { AnyOptions, Family } from "./family.ts";
import type { ProviderChoice } from "./provider.ts";
import type { Random } from "./random.ts";

/** A plugin by name and version, as results carry it. */
export interface PluginIdentity {
  readonly id: string;
  readonly version: string;
}

/** The host as tasks see it: the members of all families by name, and the data sets. */
export interface PluginHost {
  /** Every plugin, in the order of boot. */
  readonly plugins: readonly PluginIdentity[];
  /** All families, the built-in ones first. */
  readonly families: Family<{ readonly name: string }>[];
  readonly datasetContext: DatasetContext;
  /** Where graphs shall run, unless a task's options say it. */
  readonly provider: ProviderChoice;
  /** The names of a family's members, in registration order. */
  names(family: Family<AnyOptions>): string[];
  /** A family's members, in registration order. */
  members<Member extends { readonly name: string }>(family: Family<Member>): Member[];
  /** @throws {NotFoundError} Listing the names that exist. */
  member<Member extends { readonly name: string }>(family: Family<Member>, name: string): Member;
  /** The plugin that brought a member. @throws {NotFoundError} */
  pluginOf(family: Family<AnyOptions>, name: string): PluginIdentity;
  /**
   * A schema for "one member of a family with its options": an object with exactly one key, as `{ logistic: { c: 1 } }`.
   * It becomes a `@oneOf` input in the API. `only` narrows the members.
   */
  choice<
    Member extends {
      readonly name: string;
      readonly description: string;
      readonly options: z.ZodType;
    },
  >(
    family: Family<Member>,
    fallback?: string,
    only?: (member: Member) => boolean,
  ): z.ZodType<Record<string, unknown>>;
  /** The member and the options that a parsed {@linkcode PluginHost.choice} names. */
  chosen<Member extends { readonly name: string }>(
    family: Family<Member>,
    choice: Record<string, unknown>,
  ): { member: Member; options: AnyOptions };
  /** All data sets that can be opened now. */
  discoverDatasets(): Promise<(DiscoveredDataset & { plugin: string })[]>;
  /** A text that changes when the data set does; empty where its plugin does not tell, or there is no such data set. */
  datasetVersion(id: string): Promise<string>;
  /**
   * Opens a data set by id. The first opening of a folder of pictures reads all of them: `watch` follows it.
   *
   * @throws {NotFoundError} Listing the ids that exist.
   */
  openDataset(
    id: string,
    watch?: Pick<DatasetContext, "signal" | "onProgress">,
  ): Promise<Dataset>;
}

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
  readonly plugins: readonly PluginIdentity[];
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
  readonly host: PluginHost;
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
