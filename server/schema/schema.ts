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
import { createParts } from "./parts.ts";
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
  const parts = createParts(builder, host, tasks);
  addNode(parts);
  addErrorTypes(parts);
  addImage(parts);
  addPlugins(parts);
  addDatasets(parts);
  addArtifact(parts);
  addModels(parts);
  addUploads(parts);
  addPaths(parts);
  const results = addResults(parts);
  addJobEvents(parts, results);
  addJobs(parts);
  addTasks(parts, results);
  return builder.toSchema();
}
