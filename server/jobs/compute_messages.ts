/** What the server's thread and its compute worker say to each other. */

import type { PluginEntry, ProviderChoice } from "@countergrade/countergrade";
import type { JobError } from "@countergrade/countergrade/jobs";

/** To the worker. `start` comes first. */
export type ToWorker =
  | {
    type: "start";
    home: string;
    /** A folder with files of models. */
    models?: string;
    /** Whose jobs the worker runs: the process's name in the queue. */
    owner: string;
    /** Modules of plugins, see `loadPlugins`. */
    plugins: readonly (string | PluginEntry)[];
    /** Files of plugins are imported anew, see `loadPlugins`. */
    fresh?: string;
    /** Folders of data sets. */
    roots: readonly string[];
    /** Where graphs run. */
    provider: ProviderChoice;
  }
  /** There is a new job. */
  | { type: "wake" }
  | { type: "cancel"; job: string }
  /** Claim no more, give the running job back, answer `stopped`. */
  | { type: "stop" };

/** From the worker. */
export type FromWorker =
  | { type: "ready" }
  /** The plugins could not be set up; the worker is of no use. */
  | { type: "unfit"; error: JobError }
  /** A job has new events. */
  | { type: "news"; job: string }
  /** A job has ended or was given back. */
  | { type: "ended"; job: string }
  | { type: "stopped" };
