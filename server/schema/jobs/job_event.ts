/** What happens to jobs: typed events, and the subscription that streams them. */

import type { JobEvent, JobNews, Queued } from "@countergrade/countergrade/jobs";
import type { ImageSource } from "../image_source.ts";
import { idArg } from "../lists/connection.ts";
import type { SharedTypes } from "../shared_types.ts";
import { resultOf, type ResultTypes } from "./task_result.ts";

type NewsOf<Type extends JobNews["type"]> = JobEvent & { body: Extract<JobNews, { type: Type }> };

/** The type of each kind of event. */
const TYPES = {
  queued: "Queued",
  started: "Started",
  progress: "Progress",
  preview: "Preview",
  frame: "PathFrame",
  trainingSample: "TrainingSample",
  warning: "Warning",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
} as const satisfies Record<JobNews["type"], string>;

/** Adds `JobEvent`, its types and the subscription `jobEvents`. */
export function addJobEvents(types: SharedTypes, results: ResultTypes): void {
  const { builder, job, event, progress, frame, image, error } = types;
  event.implement({
    description: "Something that happened to a job.",
    resolveType: ({ body }) => TYPES[body.type],
    fields: (t) => ({
      jobId: t.id({ description: "The job that it happened to.", resolve: ({ job }) => job }),
      job: t.field({
        type: job,
        description: "The job as it is now.",
        resolve: (event, _args, { jobs }) => jobs.job(event.job),
      }),
      number: t.exposeInt("number", {
        description:
          "Counts 1, 2, 3, … per job, without gaps: continue a subscription with `after`.",
      }),
      at: t.field({ type: "DateTime", description: "When it happened.", resolve: ({ at }) => at }),
    }),
  });
  const type = <Type extends JobNews["type"]>(kind: Type) =>
    builder.objectRef<NewsOf<Type>>(TYPES[kind]);
  const interfaces = [event] as never;
  const step = "From 1 to `total`.";

  const ahead = builder.objectRef<Queued["ahead"][number]>("JobAhead").implement({
    description: "A job that is ahead of one that waits.",
    fields: (t) => ({
      task: t.exposeString("task", { description: "The name of its task." }),
      running: t.boolean({
        description: "Whether it is being computed.",
        resolve: ({ state }) => state === "running",
      }),
    }),
  });
  type("queued").implement({
    interfaces,
    description: "The job waits for its turn; told again when that changes.",
    fields: (t) => ({
      position: t.int({
        description: "Its place among all that wait, from 1.",
        resolve: ({ body }) => body.position,
      }),
      ahead: t.field({
        type: [ahead],
        description: "What is ahead of it, the running ones first; at most 20.",
        resolve: ({ body }) => body.ahead,
      }),
      secondsLeft: t.float({
        nullable: true,
        description: "Until its turn, by how long the last jobs of these tasks took.",
        resolve: ({ body }) => body.secondsLeft,
      }),
    }),
  });
  type("started").implement({
    interfaces,
    description: "The job was taken up.",
    fields: (t) => ({
      attempt: t.int({
        description: "More than 1 after an interruption or a crash.",
        resolve: ({ body }) => body.attempt,
      }),
    }),
  });
  progress.implement({
    interfaces,
    description: "How far the job is.",
    fields: (t) => {
      const body = (event: JobEvent) => (event as NewsOf<"progress">).body;
      return {
        step: t.int({ description: step, resolve: (event) => body(event).step }),
        total: t.int({
          description: "How many steps there are.",
          resolve: (event) => body(event).total,
        }),
        message: t.string({
          description: "What is being done; empty where the task does not say.",
          resolve: (event) => body(event).message ?? "",
        }),
        metrics: t.field({
          type: "JSON",
          nullable: true,
          description: "Named figures, as the loss of a training.",
          resolve: (event) => body(event).metrics,
        }),
        imagesPerSecond: t.float({
          nullable: true,
          description:
            "Over the last minute, where a task goes through images, as a training does.",
          resolve: (event) => body(event).imagesPerSecond,
        }),
        secondsLeft: t.float({
          nullable: true,
          description: "At that pace.",
          resolve: (event) => body(event).secondsLeft,
        }),
      };
    },
  });
  type("preview").implement({
    interfaces,
    description: "What all frames look like so far, while they are sampled.",
    fields: (t) => ({
      step: t.int({ description: step, resolve: ({ body }) => body.step }),
      total: t.int({
        description: "How many steps of sampling there are.",
        resolve: ({ body }) => body.total,
      }),
      image: t.field({
        type: image,
        description: "The frames side by side.",
        resolve: ({ body }): ImageSource => ({ blob: body.image }),
      }),
    }),
  });
  type("frame").implement({
    interfaces,
    description: "A finished frame of a path.",
    fields: (t) => ({
      index: t.int({
        description: "Its place in the path, from 0.",
        resolve: ({ body }) => body.index,
      }),
      frame: t.field({
        type: frame,
        description: "The frame.",
        resolve: ({ body }) => ({ index: body.index, ...body.frame }),
      }),
    }),
  });
  type("trainingSample").implement({
    interfaces,
    description: "What a model in training makes of some images.",
    fields: (t) => ({
      label: t.string({
        nullable: true,
        description: "What the picture shows.",
        resolve: ({ body }) => body.label,
      }),
      step: t.int({
        description: "The step of the training.",
        resolve: ({ body }) => body.step,
      }),
      image: t.field({
        type: image,
        description: "The images side by side.",
        resolve: ({ body }): ImageSource => ({ blob: body.image }),
      }),
    }),
  });
  type("warning").implement({
    interfaces,
    description: "Something that the user should know about the result.",
    fields: (t) => ({
      message: t.string({
        description: "In plain words.",
        resolve: ({ body }) => body.message,
      }),
    }),
  });
  type("done").implement({
    interfaces,
    description: "The job has its result. Nothing follows.",
    fields: (t) => ({
      resultData: t.field({
        type: "JSON",
        description: "The result as it is; `result` has it typed.",
        resolve: ({ body }) => body.result,
      }),
      ...results.any && {
        result: t.field({
          type: results.any,
          nullable: true,
          description: "What came out; null when the task is not installed at present.",
          resolve: async ({ job, body }, _args, { jobs }) => {
            const { task } = await jobs.job(job);
            return results.ofTask.has(task) ? resultOf(task, body.result) : null;
          },
        }),
      },
    }),
  });
  type("failed").implement({
    interfaces,
    description: "The job failed. Nothing follows.",
    fields: (t) => ({
      error: t.field({
        type: error,
        description: "Why it failed.",
        resolve: ({ body }) => body.error,
      }),
    }),
  });
  type("cancelled").implement({
    interfaces,
    description: "The job was cancelled. Nothing follows.",
  });

  builder.subscriptionField("jobEvents", (t) =>
    t.field({
      type: event,
      args: {
        id: idArg(t.arg),
        after: t.arg.int({ defaultValue: 0, description: "Only events with a greater number." }),
        follower: t.arg.string({
          description:
            "A name of the client's choice for itself, to be counted among those who want the job that it asked for: who stays away for more than 15 s, or calls `leaveJob`, does not any more, and when nobody does the job is cancelled. Without it a job goes on when its client leaves.",
        }),
      },
      description:
        "The events of a job, those of the past first, each once and in order. Ends after Done, Failed or Cancelled. " +
        "A client that reads slowly is spared previews, and far behind progress, that later ones have replaced.",
      subscribe: async (_root, { id, after, follower }, services) => {
        await services.jobs.job(id);
        return follower
          ? services.jobs.follow(id, follower, after ?? 0, services.stopping)
          : services.jobs.watch(id, after ?? 0, services.stopping);
      },
      resolve: (event: JobEvent) => event,
    }));
}
