/** Tasks: each becomes a mutation that starts it, and a subscription that starts it and streams its events. */

import type { TaskPlugin } from "@countergrade/countergrade";
import type { JobEvent } from "@countergrade/countergrade/jobs";
import { z } from "zod";
import { orProblem } from "./problem.ts";
import { addJobOf, addPayload } from "./job.ts";
import { pascalCase } from "./generated/json_schema.ts";
import type { SharedTypes } from "./shared_types.ts";
import type { ResultTypes } from "./task_result.ts";
import { InputTypes } from "./generated/zod_input.ts";

/** Adds the input, result, job and payload types of all tasks with their fields, and the query `tasks`. */
export function addTasks(types: SharedTypes, results: ResultTypes): void {
  const { builder, host, tasks, event, jobTypes } = types;
  const inputs = new InputTypes(builder);
  for (const task of tasks) {
    const name = pascalCase(task.name);
    const input = inputs.of(`${name}Input`, task.options(host), `The options of \`${task.name}\`.`);
    addJobOf(types, task, results);
    const payload = addPayload(types, `${name}Payload`, [jobTypes.get(task.name)!]);
    const args = builder.args((t) => ({
      input: t.field({
        type: input.type,
        required: !input.optional as true,
        description: "The options.",
      }),
      seed: t.int({
        defaultValue: 0,
        description: "The seed of all randomness: the same options and seed give the same result.",
      }),
      fresh: t.boolean({
        defaultValue: false,
        description: "Compute again, even when the result is stored.",
      }),
    }));
    builder.mutationField(task.name, (t) =>
      t.field({
        type: payload,
        args,
        description: task.description,
        resolve: (_root, { input: value, seed, fresh }, { jobs }) =>
          orProblem(() =>
            jobs.submit(task.name, input.toOptions(value ?? {}), {
              seed: seed ?? undefined,
              fresh: fresh ?? undefined,
            })
          ),
      }));
    builder.subscriptionField(task.name, (t) =>
      t.field({
        type: event,
        args,
        description: `Starts \`${task.name}\` and streams its events. ` +
          "The job goes on when the client leaves: see `cancelJob`.",
        subscribe: async (_root, { input: value, seed, fresh }, { jobs, stopping }) => {
          const job = await jobs.submit(task.name, input.toOptions(value ?? {}), {
            seed: seed ?? undefined,
            fresh: fresh ?? undefined,
          });
          return jobs.watch(job.id, 0, stopping);
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
        resolve: (task, _args, { host }) =>
          z.toJSONSchema(task.options(host), { io: "input", unrepresentable: "any" }),
      }),
    }),
  });
  builder.queryField("tasks", (t) =>
    t.field({
      type: [type],
      description: "All that can be done, by all plugins.",
      resolve: () => [...tasks],
    }));
}

/** Adds the mutation `startJob`, for what is made from `optionsSchema` at run time, as the forms of the page. */
function addStartJob(types: SharedTypes): void {
  const { builder, jobTypes } = types;
  builder.mutationField("startJob", (t) =>
    t.field({
      type: addPayload(types, "StartJobPayload", [...jobTypes.values()]),
      description: "Starts any task, with options as its `optionsSchema` has them. " +
        "For forms made at run time and for running a job again; each task has a typed mutation too.",
      args: {
        task: t.arg.string({ required: true, description: "The name of the task." }),
        options: t.arg({
          type: "JSON",
          description: "The options, an object; those with a default may be left out.",
        }),
        seed: t.arg.float({ defaultValue: 0, description: "The seed of all randomness." }),
        fresh: t.arg.boolean({
          defaultValue: false,
          description: "Compute again, even when the result is stored.",
        }),
      },
      resolve: (_root, { task, options, seed, fresh }, { jobs }) =>
        orProblem(() =>
          jobs.submit(task, options ?? {}, { seed: seed ?? undefined, fresh: fresh ?? undefined })
        ),
    }));
}
