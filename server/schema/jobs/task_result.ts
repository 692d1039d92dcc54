/** The results of tasks: an object type for each, and the union of them. */

import type { ObjectRef, UnionRef } from "@pothos/core";
import type { SchemaTypes } from "../builder.ts";
import type { SharedTypes } from "../shared_types.ts";
import { OutputTypes } from "../generated/zod_output.ts";

/** A result; its symbol says of which task it is. */
export type TaskResult = Readonly<Record<string | typeof TASK, unknown>>;

const TASK = Symbol("task");

/** Marks a result, so that its type is found. */
export function resultOf(task: string, result: unknown): TaskResult {
  return { ...result as Record<string, unknown>, [TASK]: task };
}

/** The types of what tasks give. */
export interface ResultTypes {
  readonly ofTask: ReadonlyMap<string, ObjectRef<SchemaTypes, Record<string, unknown>>>;
  /** Undefined where there are no tasks. */
  readonly any?: UnionRef<SchemaTypes, TaskResult>;
}

/** Makes the types of all results. */
export function addResults(types: SharedTypes): ResultTypes {
  const outputs = new OutputTypes(types);
  const ofTask = new Map(types.tasks.map((task) => [task.name, outputs.ofTask(task)]));
  if (ofTask.size === 0) return { ofTask };
  const any = types.builder.unionType("TaskResult", {
    description: "What came out of a task: each has a type of its own.",
    types: [...ofTask.values()] as ObjectRef<SchemaTypes, TaskResult>[],
    resolveType: (value) => ofTask.get(String(value[TASK]))?.name,
  });
  return { ofTask, any };
}
