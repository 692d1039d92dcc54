/** What a keeper and its compute thread say to each other. */

import type { PluginEntry, ProviderChoice } from "@countergrade/countergrade";
import type { JobError, Lease } from "@countergrade/countergrade/jobs";

/** What is to be known to run jobs. */
export interface ComputeSetup {
  /** The home folder, as an absolute path. */
  readonly home: string;
  /** A folder with files of models that are otherwise fetched when they are first used. */
  readonly models?: string;
  /** Folders of data sets, as absolute real paths. */
  readonly roots: readonly string[];
  /** Modules of plugins, see `loadPlugins`. */
  readonly plugins: readonly (string | PluginEntry)[];
  /** Any text not used before: files of plugins are imported anew, see `loadPlugins`. */
  readonly fresh?: string;
  /** Where graphs run. */
  readonly provider: ProviderChoice;
  /** How many threads an op of a graph takes; default: as many as there are cores. */
  readonly threads?: number;
  /** The address of a store that other machines use too; default: the one in the home folder. */
  readonly store?: string;
  /** Whether to take interactive tasks alone. */
  readonly interactive?: boolean;
}

/** To the thread. `start` comes first. */
export type ToThread =
  | {
    type: "start";
    setup: ComputeSetup;
    /** Whose jobs the thread runs: its keeper's name in the queue. */
    owner: string;
  }
  /** There is a new job. */
  | { type: "wake" }
  /** Are you alive? To be answered with `pong`. */
  | { type: "ping" }
  | { type: "cancel"; job: string }
  /** The job has another owner. */
  | { type: "lost"; job: string }
  /** Claim no more, give the running job back, answer `stopped`. */
  | { type: "stop" };

/** From the thread. */
export type FromThread =
  | { type: "ready" }
  /** The plugins could not be set up; the thread is of no use. */
  | { type: "unfit"; error: JobError }
  /** A job has new events. */
  | { type: "news"; job: string }
  | { type: "began"; lease: Lease }
  /** A job has ended or was given back. */
  | { type: "ended"; job: string }
  | { type: "pong" }
  | { type: "stopped" };
