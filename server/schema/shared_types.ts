/** The types that several files of the schema mention, named before they are filled in; and the builder. */

import type { Artifact, Dataset, Host, LabelScale, TaskPlugin } from "@countergrade/countergrade";
import type { Job, JobEvent } from "@countergrade/countergrade/jobs";
import type { Builder } from "./builder.ts";
import type { ImageSource } from "./image_source.ts";
import { pascalCase } from "./generated/json_schema.ts";
import { ERROR_TYPES, type Problem } from "./problem.ts";
import type { FrameData } from "./task_data.ts";

/** Whatever has an id of its own. */
export type NodeValue = Job | Artifact | Dataset;

/** See {@linkcode createSharedTypes}. */
export type SharedTypes = ReturnType<typeof createSharedTypes>;

/** Names the types that several files mention; each is filled in by the file of its name. */
export function createSharedTypes(builder: Builder, host: Host, tasks: readonly TaskPlugin[]) {
  return {
    builder,
    host,
    tasks,
    node: builder.interfaceRef<NodeValue>("Node"),
    error: builder.interfaceRef<Problem>("Error"),
    errorTypes: ERROR_TYPES.map((name) => builder.objectRef<Problem>(name)),
    image: builder.objectRef<ImageSource>("Image"),
    scale: builder.objectRef<LabelScale>("LabelScale"),
    dataset: builder.objectRef<Dataset>("Dataset"),
    artifact: builder.interfaceRef<Artifact>("Artifact"),
    storedFile: builder.objectRef<{ name: string; blob: string }>("StoredFile"),
    storedImage: builder.objectRef<Artifact>("StoredImage"),
    frame: builder.objectRef<FrameData>("Frame"),
    job: builder.interfaceRef<Job>("Job"),
    /** The job type of each task. */
    jobTypes: new Map(
      tasks.map(({ name }) => [name, builder.objectRef<Job>(`${pascalCase(name)}Job`)]),
    ),
    otherJob: builder.objectRef<Job>("OtherJob"),
    event: builder.interfaceRef<JobEvent>("JobEvent"),
    progress: builder.objectRef<JobEvent>("Progress"),
    jobError: builder.objectRef<NonNullable<Job["error"]>>("JobError"),
  };
}
