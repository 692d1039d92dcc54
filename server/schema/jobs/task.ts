/** Tasks: each becomes a mutation that starts it, and a subscription that starts it and streams its events. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { type Job, type JobEvent, optionsJsonOf } from "@countergrade/countergrade/jobs";
import { addPayload, payloadOf } from "../payload.ts";
import { addJobOf } from "./job.ts";
import { pascalCase } from "../generated/json_schema.ts";
import type { SharedTypes } from "../shared_types.ts";
import type { ResultTypes } from "./task_result.ts";
import { InputTypes, runFields } from "../generated/zod_input.ts";
import type { Services } from "../services.ts";

/** Adds the input, result, job and payload types of all tasks with their fields, and the query `tasks`. */
export function addTasks(types: SharedTypes, results: ResultTypes): void {
  const { builder, host, tasks, event, jobTypes } = types;
  const inputs = new InputTypes(builder);
  for (const task of tasks) {
    const name = pascalCase(task.name);
    const input = inputs.ofTask(task, host);
    addJobOf(types, task, results);
    const payload = addPayload<Job>(types, `${name}Payload`, {
      name: "job",
      type: jobTypes.get(task.name)!,
      description: "The job that was started, or found",
    });
    const args = builder.args((t) => ({
      input: t.field({
        type: input.type,
        required: !input.optional as true,
        description: "The options, and how to run it.",
      }),
    }));
    const submit = (value: unknown, { jobs }: Services) => {
      const { seed, fresh, ...options } = (value ?? {}) as Submission;
      const how = { seed: seed ?? undefined, fresh: fresh ?? undefined };
      return jobs.submit(task.name, input.toOptions(options), how);
    };
    builder.mutationField(task.name, (t) =>
      t.field({
        type: payload,
        nullable: true,
        args,
        description: task.description,
        resolve: (_root, { input: value }, services) => payloadOf(() => submit(value, services)),
      }));
    builder.subscriptionField(task.name, (t) =>
      t.field({
        type: event,
        args,
        description: `Starts \`${task.name}\` and streams its events. ` +
          "The job goes on when the client leaves: see `cancelJob`.",
        subscribe: async (_root, { input: value }, services) => {
          const job = await submit(value, services);
          return services.jobs.watch(job.id, 0, services.stopping);
        },
        resolve: (event: JobEvent) => event,
      }));
  }
  addStartJob(types);
  const type = builder.objectRef<TaskPlugin>("Task").implement({
    description: "Something that can be done.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The name of its mutation." }),
      description: t.exposeString("description", { description: "What it does, in a few words." }),
      optionsSchema: t.field({
        type: "JSON",
        description: "The JSON schema of its options, to make a form of.",
        resolve: (task, _args, { host }) => optionsJsonOf(task, host),
      }),
    }),
  });
  builder.queryField("tasks", (t) =>
    t.field({
      type: [type],
      nullable: { list: true, items: false },
      description: "All that can be done, by all plugins.",
      resolve: () => [...tasks],
    }));
}

/** What an input says beside the options. */
interface Submission {
  readonly seed?: number | null;
  readonly fresh?: boolean | null;
  readonly [option: string]: unknown;
}

/** Adds the mutation `startJob`, for what is made from `optionsSchema` at run time, as the forms of the page. */
function addStartJob(types: SharedTypes): void {
  const { builder, job } = types;
  const payload = addPayload<Job>(types, "StartJobPayload", {
    name: "job",
    type: job,
    description: "The job that was started, or found",
  });
  const input = builder.inputType("StartJobInput", {
    description: "A task, its options, and how to run it.",
    fields: (t) => ({
      task: t.string({ required: true, description: "The name of the task." }),
      options: t.field({
        type: "JSON",
        description: "The options, an object; those with a default may be left out.",
      }),
      ...runFields(t),
    }),
  });
  builder.mutationField("startJob", (t) =>
    t.field({
      type: payload,
      nullable: true,
      description: "Starts any task, with options as its `optionsSchema` has them. " +
        "For forms made at run time and for running a job again; each task has a typed mutation too.",
      args: { input: t.arg({ type: input, required: true, description: "What to start." }) },
      resolve: (_root, { input: { task, options, seed, fresh } }, { jobs }) =>
        payloadOf(() =>
          jobs.submit(task, options ?? {}, { seed: seed ?? undefined, fresh: fresh ?? undefined })
        ),
    }));
}
