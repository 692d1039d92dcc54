/** Jobs: one type per task, with its typed result. */

import type { Artifact, Job, JobState, TaskPlugin } from "@countergrade/countergrade";
import type { ObjectRef } from "@pothos/core";
import type { SchemaTypes } from "./builder.ts";
import { connectionOf, pageArgs, pageComplexity, pageQuery } from "./connection.ts";
import { orProblem, Problem } from "./error_types.ts";
import { pascalCase } from "./json_schema.ts";
import type { Parts } from "./parts.ts";
import type { OutputTypes } from "./zod_output.ts";

/** Adds `Job`, the queries `job` and `jobs` and the mutation `cancelJob`. */
export function addJobs(parts: Parts): void {
  const {
    builder,
    node,
    artifact,
    job,
    event,
    progress,
    jobError,
    jobTypes,
    otherJob,
    connections,
  } = parts;
  const state = builder.enumType("JobState", {
    description: "Where a job stands.",
    values: {
      QUEUED: { value: "queued", description: "It waits for its turn." },
      RUNNING: { value: "running", description: "It is being computed." },
      DONE: { value: "done", description: "Its result is stored." },
      FAILED: { value: "failed", description: "`error` says why." },
      CANCELLED: { value: "cancelled", description: "Somebody wanted it to end." },
    } satisfies Record<string, { value: JobState; description: string }>,
  });
  job.implement({
    description: "One run of a task.",
    interfaces: [node],
    resolveType: ({ task }) => jobTypeOf(parts, task),
    fields: (t) => ({
      task: t.exposeString("task"),
      state: t.field({ type: state, resolve: ({ state }) => state }),
      progress: t.field({
        type: progress,
        nullable: true,
        description: "The latest progress.",
        resolve: async ({ id }, _args, { jobs }) =>
          await jobs.workspace.store.events.latest(id, "progress"),
      }),
      options: t.field({
        type: "JSON",
        description: "The options with all defaults filled in.",
        resolve: ({ options }) => options,
      }),
      seed: t.exposeFloat("seed", { description: "A whole number." }),
      error: t.field({ type: jobError, nullable: true, resolve: ({ error }) => error }),
      resultData: t.field({
        type: "JSON",
        nullable: true,
        description: "The result as it is; each task's own job type has it typed.",
        resolve: ({ result }) => result,
      }),
      artifacts: t.field({
        type: [artifact],
        description: "What it has stored.",
        resolve: async ({ artifacts }, _args, { jobs }) => {
          const { store } = jobs.workspace;
          const found = await Promise.all(artifacts.map((id) => store.artifacts.get(id)));
          return found.filter((item): item is Artifact => item !== undefined);
        },
      }),
      events: t.field({
        type: [event],
        complexity: pageComplexity,
        args: {
          after: t.arg.int({ defaultValue: 0, description: "Events with a greater number." }),
          first: pageArgs(t.arg).first,
        },
        description: "What happened, from the start.",
        resolve: async ({ id }, { after, first }, { jobs }) => [
          ...await jobs.workspace.store.events.read(id, after ?? 0, pageQuery({ first }).first),
        ],
      }),
      createdAt: t.field({ type: "DateTime", resolve: ({ createdAt }) => createdAt }),
      startedAt: t.field({ type: "DateTime", nullable: true, resolve: (job) => job.startedAt }),
      finishedAt: t.field({ type: "DateTime", nullable: true, resolve: (job) => job.finishedAt }),
    }),
  });
  otherJob.implement({
    description: "A job of a task that is not installed at present.",
    interfaces: [job, node],
  });
  builder.queryField("job", (t) =>
    t.field({
      type: job,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      description: "The job with an id; null when there is none.",
      resolve: async (_root, { id }, { jobs }) => await jobs.workspace.store.jobs.get(id),
    }));
  builder.queryField("jobs", (t) =>
    t.field({
      type: connections.of("Job", job),
      complexity: pageComplexity,
      args: {
        task: t.arg.string({ description: "Only of this task." }),
        state: t.arg({ type: state, description: "Only in this state." }),
        ...pageArgs(t.arg),
      },
      description: "All jobs, the newest first.",
      resolve: async (_root, { task, state, ...page }, { jobs }) =>
        connectionOf(
          await jobs.list({
            task: task ?? undefined,
            state: state ?? undefined,
            ...pageQuery(page),
          }),
        ),
    }));
  const payload = addPayload(parts, "CancelJobPayload", [...jobTypes.values(), otherJob]);
  builder.mutationField("cancelJob", (t) =>
    t.field({
      type: payload,
      args: { id: t.arg.id({ required: true }) },
      description:
        "Cancels a job: a queued one at once, a running one at its next step. No effect on a finished one.",
      resolve: (_root, { id }, { jobs }) => orProblem(() => jobs.cancel(id)),
    }));
}

/** The name of the type of a task's jobs. */
export function jobTypeOf({ jobTypes, otherJob }: Parts, task: string): string {
  return (jobTypes.get(task) ?? otherJob).name;
}

/** Adds the job type of a task. */
export function addJobOf(
  { job, jobTypes, node }: Parts,
  task: TaskPlugin,
  outputs: OutputTypes,
): void {
  const result = outputs.of(`${pascalCase(task.name)}Result`, task.result);
  jobTypes.get(task.name)!.implement({
    description: `A run of \`${task.name}\`.`,
    interfaces: [job, node],
    fields: (t) => ({
      result: t.field({
        type: result,
        nullable: true,
        description: "What came out, once the job is done.",
        resolve: ({ result }) => result as Record<string, unknown> | undefined,
      }),
    }),
  });
}

/** A union of some job types and all errors. */
export function addPayload(
  parts: Parts,
  name: string,
  types: readonly ObjectRef<SchemaTypes, Job>[],
) {
  const all = [...types, ...parts.errorTypes] as ObjectRef<SchemaTypes, Job | Problem>[];
  return parts.builder.unionType(name, {
    description: "The job, or an error that the caller can act on.",
    types: all,
    resolveType: (value: Job | Problem) =>
      value instanceof Problem ? value.type : jobTypeOf(parts, value.task),
  });
}
