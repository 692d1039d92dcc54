/** What resolvers may call: the core's parts, put together by `createApp`. */

import type { Host } from "@countergrade/countergrade";
import type { ClientJobs } from "../jobs/client_jobs.ts";
import type { DatasetPictures } from "../http/dataset_pictures.ts";
import type { Uploads } from "../http/uploads/uploads.ts";

/** The context of every resolver. */
export interface Services {
  /** The jobs and artifacts that the caller may see. */
  readonly jobs: ClientJobs;
  /** The server thread's own host: it lists plugins and shows data sets, it runs no task. */
  readonly host: Host;
  readonly pictures: DatasetPictures;
  readonly uploads: Uploads;
  /** The files of this request, by the names that stand for them in the variables. */
  readonly files: ReadonlyMap<string, File>;
  /** Before the path of every address on this server; empty where it has a name for itself. */
  readonly base: string;
  /** Aborted when the server shuts down: open subscriptions end. */
  readonly stopping: AbortSignal;
}
