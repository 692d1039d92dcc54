/** The whole schema, put together. */

import type { Host, TaskPlugin } from "@countergrade/countergrade";
import type { GraphQLSchema } from "graphql";
import { addArtifact, addModels } from "./artifact.ts";
import { createBuilder } from "./builder.ts";
import { addDatasets } from "./dataset.ts";
import { addErrorTypes } from "./error_types.ts";
import { addImage } from "./image.ts";
import { addJobs } from "./job.ts";
import { addJobEvents } from "./job_event.ts";
import { addNode } from "./node.ts";
import { addShare } from "./share.ts";
import { createSharedTypes } from "./shared_types.ts";
import { addPaths } from "./path.ts";
import { addPlugins } from "./plugin.ts";
import { addTasks } from "./task.ts";
import { addResults } from "./task_result.ts";
import { addUploads } from "./upload.ts";

/**
 * Makes the schema of a host: `tasks` become mutations and subscriptions, everything else is the same for all.
 */
export function createSchema(host: Host, tasks: readonly TaskPlugin[]): GraphQLSchema {
  const builder = createBuilder();
  const types = createSharedTypes(builder, host, tasks);
  addNode(types);
  addErrorTypes(types);
  addImage(types);
  addPlugins(types);
  addDatasets(types);
  addArtifact(types);
  addModels(types);
  addUploads(types);
  addShare(types);
  addPaths(types);
  const results = addResults(types);
  addJobEvents(types, results);
  addJobs(types);
  addTasks(types, results);
  return builder.toSchema();
}
