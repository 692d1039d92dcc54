/** The whole schema, put together. */

import type { Host, TaskPlugin } from "@countergrade/countergrade";
import type { GraphQLSchema } from "graphql";
import { addArtifact } from "./artifacts/artifact.ts";
import { addArtifactLists } from "./artifacts/artifact_lists.ts";
import { addChanges } from "./artifacts/changes.ts";
import { addModels } from "./artifacts/models.ts";
import { createBuilder } from "./builder.ts";
import { addDatasets } from "./dataset.ts";
import { addErrorTypes } from "./error_types.ts";
import { addImage } from "./image.ts";
import { addVolumes } from "./volume.ts";
import { addJobs } from "./jobs/job.ts";
import { addJobEvents } from "./jobs/job_event.ts";
import { addNode } from "./node.ts";
import { createSharedTypes } from "./shared_types.ts";
import { addFrames } from "./paths/frame.ts";
import { addPaths } from "./paths/path.ts";
import { addEvidence } from "./paths/path_evidence.ts";
import { addPlugins } from "./plugin.ts";
import { addTasks } from "./jobs/task.ts";
import { addResults } from "./jobs/task_result.ts";
import { addUploads } from "./artifacts/upload.ts";

/**
 * Makes the schema of a host: `tasks` become mutations and subscriptions, everything else is the same for all.
 */
export function createSchema(host: Host, tasks: readonly TaskPlugin[]): GraphQLSchema {
  const builder = createBuilder();
  const types = createSharedTypes(builder, host, tasks);
  addNode(types);
  addErrorTypes(types);
  addImage(types);
  addVolumes(types);
  addPlugins(types);
  addDatasets(types);
  addArtifact(types);
  addModels(types);
  addUploads(types);
  addEvidence(types);
  addFrames(types);
  addPaths(types);
  addArtifactLists(types);
  addChanges(types);
  const results = addResults(types);
  addJobEvents(types, results);
  addJobs(types);
  addTasks(types, results);
  return builder.toSchema();
}
