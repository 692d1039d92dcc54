/** What a running job offers to what it runs: the parts that plugins bring, storage, and watchers to tell. */

import type { DatasetContext, DatasetHost, DiscoveredDataset } from "./dataset.ts";
import type { AnyOptions, Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { ProviderChoice } from "./provider.ts";
import type { Random } from "./random.ts";

/** A plugin by name and version, as results carry it. */
export interface PluginIdentity {
  /** As the plugin calls itself; unique in a host. */
  readonly id: string;
  /** As 1.2.3. */
  readonly version: string;
}

/** The host as tasks see it: the members of all families by name, and the data sets. */
export interface PluginHost extends DatasetHost {
  /** Every plugin, in the order of boot. */
  readonly plugins: readonly PluginIdentity[];
  /** All families, the built-in ones first. */
  readonly families: Family<{ readonly name: string }>[];
  /** What data set plugins are discovered and opened with. */
  readonly datasetContext: DatasetContext;
  /** Where graphs shall run, unless a task's options say it. */
  readonly provider: ProviderChoice;
  /** The names of a family's members, in registration order. */
  names(family: Family<AnyOptions>): string[];
  /** A family's members, in registration order. */
  members<Member extends { readonly name: string }>(family: Family<Member>): Member[];
  /** The member of a name. @throws {NotFoundError} Listing the names that exist. */
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
      readonly options: OptionsSchema;
    },
  >(
    family: Family<Member>,
    fallback?: string,
    only?: (member: Member) => boolean,
  ): OptionsSchema<Record<string, unknown>>;
  /** The member and the options that a parsed {@linkcode PluginHost.choice} names. */
  chosen<Member extends { readonly name: string }>(
    family: Family<Member>,
    choice: Record<string, unknown>,
  ): { member: Member; options: AnyOptions };
  /** All data sets that can be opened now, with the plugin of each. */
  discoverDatasets(): Promise<(DiscoveredDataset & { plugin: string })[]>;
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
  /** Its kind and 16 digits of a hash: `probe-0123456789abcdef`. */
  readonly id: string;
  /** What it is: `encoder`, `codes`, `probe`, `path`, … */
  readonly kind: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** File name (as `model.safetensors`) to blob name. */
  readonly files: Readonly<Record<string, string>>;
  /** What the task wrote about it, as plain JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** From what and how it was made. */
  readonly provenance: Provenance;
}

/** Where an artifact comes from. */
export interface Provenance {
  /** The name of the task. */
  readonly task: string;
  /** The plugins behind the task and its options. */
  readonly plugins: readonly PluginIdentity[];
  /** The task's options, with all defaults filled in. */
  readonly options: unknown;
  /** The seed of all random numbers of the job, a whole number from 0. */
  readonly seed: number;
  /** Ids of the artifacts and fingerprints of the data sets that went in. */
  readonly inputs: readonly string[];
}

/** A result that follows from a key alone, see {@linkcode JobContext.derived}. */
export interface Derived {
  /** File name to bytes. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** What is kept about it, as plain JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Ids of the artifacts and fingerprints of the data sets that went in. */
  readonly inputs: readonly string[];
}

/** What a task gets from the job that runs it. Promises reject with a CancelledError once `signal` is aborted. */
export interface JobContext {
  /** The job's id. */
  readonly id: string;
  /** Aborted when the job is cancelled or its process ends in good order. */
  readonly signal: AbortSignal;
  /** Seeded by the job: a run repeats exactly from its stored seed. */
  readonly random: Random;
  /** The parts that plugins bring, and the data sets. */
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
  /** A stored artifact of that kind. @throws {NotFoundError} */
  load(kind: string, id: string): Promise<Artifact>;
  /** Bytes of a file of an artifact. @throws {StorageError} When the file is missing or damaged. */
  read(artifact: Artifact, file: string): Promise<Uint8Array>;
  /**
   * Does a work in parts, each plain JSON that stands for itself, here and wherever a worker is free, and gives what each came to, in
   * order. What an attempt before has done is not done again. `here` does one at a time, as {@linkcode TaskPlugin.part} does elsewhere,
   * to the same bytes; `onDone` hears of each part that is done, wherever it was.
   */
  inParts<Part>(
    parts: readonly Part[],
    here: (part: Part) => Promise<Uint8Array>,
    onDone?: (part: Part) => void,
  ): Promise<Uint8Array[]>;
  /** The job's checkpoint: survives a crash, is deleted when the job ends. Writing is atomic. */
  readonly checkpoint: {
    read(): Promise<Uint8Array | undefined>;
    write(bytes: Uint8Array): Promise<void>;
  };
}
