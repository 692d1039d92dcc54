/** How the server is started: what flags, tests and programs tell `serve`. */

import type { PluginEntry, ProviderChoice } from "@countergrade/countergrade";

/** How the server is started. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly home: string;
  /** The address of a store that other machines use too; default: the one in the home folder. */
  readonly store?: string;
  readonly data?: string;
  /** A folder with files of models that are otherwise fetched when they are first used. */
  readonly models?: string;
  /** Modules of plugins, see `loadPlugins`; default: the built-ins. */
  readonly plugins?: readonly (string | PluginEntry)[];
  /** Whether plugins that are files are loaded anew when they change; for their authors. */
  readonly dev?: boolean;
  /** Where graphs run; default: auto. */
  readonly provider?: ProviderChoice;
  /** How many processes run jobs; one of several takes interactive tasks alone. Default: none, but a thread of this process. */
  readonly workers?: number;
  /** How many threads an op of a graph takes in each of them; default: as many as there are cores. */
  readonly threads?: number;
  /** How long a job may compute without a pause, in s; default 600. */
  readonly seconds?: number;
  /** How much memory each of them may take, in MB; default: three quarters of what the machine has. */
  readonly megabytes?: number;
  /** How many days is kept what can be done without; default: for ever, unless `keepBytes` are exceeded. */
  readonly keepDays?: number;
  /** Where files take more than that, in bytes, it is removed however young. */
  readonly keepBytes?: number;
  /** A file of API keys; default: whoever can reach the server may use it. */
  readonly apiKeys?: string;
  /** Whether to listen beyond this machine without keys. */
  readonly noAuth?: boolean;
  /** Origins whose pages may use the API. */
  readonly origins?: readonly string[];
  /** Names that requests may come by, beside those for this machine; default: any where it listens beyond this machine, else none. */
  readonly allowedHosts?: readonly string[];
  /** Addresses and networks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies?: readonly string[];
  /** The path below which clients find the server, as `/countergrade`. */
  readonly basePath?: string;
  /** How many jobs of one client may wait or run at a time. */
  readonly maxJobs?: number;
  /** A file of operations that are known beforehand, see `readDocuments`. */
  readonly persisted?: string;
  /** Whether all other operations are refused. */
  readonly persistedOnly?: boolean;
  /** How requests and errors are told; default: errors, as text. */
  readonly log?: "text" | "json";
  /** How long a job and open requests may take to stop when the server ends, in ms; default 10 s. */
  readonly deadline?: number;
}
