/** Jobs: one type per task, with its typed result. */

import type { Artifact, TaskPlugin } from "@countergrade/countergrade";
import type { Job, JobState } from "@countergrade/countergrade/jobs";
import { connectionType, idArg, pageOf, storedList } from "../lists/connection.ts";
import { eventList } from "../lists/event_list.ts";
import { narrowed, since, until } from "../lists/narrowing.ts";
import { addPayload, payloadOf } from "../payload.ts";
import type { SharedTypes } from "../shared_types.ts";
import type { ResultTypes } from "./task_result.ts";

/** Adds `Job`, the queries `job` and `jobs` and the mutation `cancelJob`. */
export function addJobs(types: SharedTypes): void {
  const {
    builder,
    node,
    artifact,
    job,
    event,
    progress,
    error,
    otherJob,
  } = types;
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
  const jobList = connectionType(builder, "Job", job);
  job.implement({
    description: "One run of a task.",
    interfaces: [node],
    resolveType: ({ task }) => jobTypeOf(types, task),
    fields: (t) => ({
      task: t.exposeString("task", { description: "The name of the task." }),
      state: t.field({
        type: state,
        description: "Where it stands.",
        resolve: ({ state }) => state,
      }),
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
      seed: t.expose("seed", { type: "Seed", description: "The seed of all randomness." }),
      error: t.field({
        type: error,
        nullable: true,
        description: "Why it failed, where it did.",
        resolve: ({ error }) => error,
      }),
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
          const found = await Promise.all(artifacts.map((id) => jobs.findArtifact(id)));
          return found.filter((item): item is Artifact => item !== undefined);
        },
      }),
      events: t.connection({
        type: event,
        description: "What happened, from the start. The cursor of an event is its number.",
        resolve: ({ id }, page, { jobs }) => pageOf(page, eventList(jobs.workspace.store, id)),
      }, connectionType(builder, "JobEvent", event)),
      parent: t.field({
        type: job,
        nullable: true,
        description: "The job that it does a part of. The list of jobs has no parts.",
        resolve: async ({ parent }, _args, { jobs }) =>
          parent === undefined ? undefined : await jobs.findJob(parent),
      }),
      parts: t.connection({
        type: job,
        description: "The jobs that each do a part of its work, the last first; most have none.",
        resolve: ({ id }, page, { jobs: { workspace, viewer } }) =>
          pageOf(page, storedList(workspace.store.jobs, { parent: id, viewer })),
      }, jobList),
      shared: t.boolean({
        description: "Whether everybody with a key sees it; see the mutation `share`.",
        resolve: ({ id }, _args, { jobs }) => jobs.isShared(id),
      }),
      createdAt: t.field({
        type: "DateTime",
        description: "When it was asked for.",
        resolve: ({ createdAt }) => createdAt,
      }),
      startedAt: t.field({
        type: "DateTime",
        nullable: true,
        description: "When it was taken up.",
        resolve: (job) => job.startedAt,
      }),
      finishedAt: t.field({
        type: "DateTime",
        nullable: true,
        description: "When it ended.",
        resolve: (job) => job.finishedAt,
      }),
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
      args: { id: idArg(t.arg) },
      description: "The job with an id; null when there is none.",
      resolve: async (_root, { id }, { jobs }) => await jobs.findJob(id),
    }));
  builder.queryField("jobs", (t) =>
    t.connection({
      type: job,
      nullable: true,
      args: {
        task: t.arg.string({ description: "Only of this task." }),
        state: t.arg({ type: state, description: "Only in this state." }),
        dataset: t.arg.id({ description: "Only with this data set among its options." }),
        text: t.arg.string({
          description: "Only with this text in the id, the task or the options, in any case.",
        }),
        since: since(t.arg),
        until: until(t.arg),
      },
      description: "All jobs, the newest first.",
      resolve: (_root, args, { jobs: { workspace, viewer } }) =>
        pageOf(args, storedList(workspace.store.jobs, { ...narrowed(args), viewer })),
    }, jobList));
  const payload = addPayload<Job>(types, "CancelJobPayload", {
    name: "job",
    type: job,
    description: "The job as it is now",
  });
  builder.mutationField("cancelJob", (t) =>
    t.field({
      type: payload,
      nullable: true,
      args: { id: idArg(t.arg) },
      description:
        "Cancels a job: a queued one at once, a running one at its next step. No effect on a finished one.",
      resolve: (_root, { id }, { jobs }) => payloadOf(() => jobs.cancel(id)),
    }));
  const left = addPayload<Job>(types, "LeaveJobPayload", {
    name: "job",
    type: job,
    description: "The job as it is now",
  });
  builder.mutationField("leaveJob", (t) =>
    t.field({
      type: left,
      nullable: true,
      args: {
        id: idArg(t.arg),
        follower: t.arg.string({
          required: true,
          description: "The name by which its events were asked for.",
        }),
      },
      description:
        "Says that a follower does not want a job any more, see `jobEvents`. When nobody does it is cancelled.",
      resolve: (_root, { id, follower }, { jobs }) => payloadOf(() => jobs.leave(id, follower)),
    }));
}

/** The name of the type of a task's jobs. */
export function jobTypeOf({ jobTypes, otherJob }: SharedTypes, task: string): string {
  return (jobTypes.get(task) ?? otherJob).name;
}

/** Adds the job type of a task. */
export function addJobOf(
  { job, jobTypes, node }: SharedTypes,
  task: TaskPlugin,
  { ofTask }: ResultTypes,
): void {
  const result = ofTask.get(task.name)!;
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
