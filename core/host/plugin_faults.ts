/** What is wrong with how a plugin and its members present themselves; the host and `plugin check` say it in the same words. */

import { z } from "zod";
import type { OptionsSchema } from "../options_schema.ts";

/** What is wrong with a plugin's id or version; undefined when nothing is. */
export function identityFault(
  { id, version }: { id: string; version: string },
): string | undefined {
  if (!/^(@[a-z0-9-][a-z0-9-._]*\/)?[a-z0-9-][a-z0-9-._]*$/.test(id)) {
    return `has the id "${id}"; expected the name of an npm package, as "my-probe" or "@me/my-probe"`;
  }
  if (!/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.+-]+)?$/.test(version)) {
    return `has the version "${version}"; expected a semantic one, as "1.0.0"`;
  }
}

/** Names that the API and the command line use themselves. */
export const TAKEN_TASKS: readonly string[] = [
  ...[
    "cancelJob",
    "deleteArtifact",
    "jobEvents",
    "leaveJob",
    "renameArtifact",
    "share",
    "startJob",
  ],
  ...["uploadImage", "other", "task", "help", "key", "plugin", "serve", "worker"],
];

/** What is wrong with a member's name or description; undefined when nothing is. */
export function memberFault(
  family: string,
  { name, description }: { readonly name: string; readonly description?: unknown },
): string | undefined {
  const added = `adds "${name}" to ${family}`;
  if (typeof name !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
    return `${added}; expected a name of letters, digits and _ that begins with a letter, as the API has them: "nearestCentroid"`;
  }
  if (family === "tasks" && TAKEN_TASKS.some((taken) => sameTask(taken, name))) {
    return `${added}, a name that the API or the command line has taken`;
  }
  if (typeof description !== "string" || description.trim() === "") {
    return `${added} without a description; expected what it is, in a few words`;
  }
}

/** Whether the API or the command line could not tell two tasks apart: `myTask` and `my_task`. */
export function sameTask(a: string, b: string): boolean {
  const plain = (name: string) => name.replaceAll("_", "").toLowerCase();
  return plain(a) === plain(b);
}

/** What is wrong with the options of a task; undefined when nothing is. */
export function optionsFault(name: string, make: () => OptionsSchema): string | undefined {
  let schema: unknown;
  try {
    schema = make();
  } catch (error) {
    return `adds the task "${name}", whose options() fails: ${
      error instanceof Error ? error.message : error
    }`;
  }
  if (!(schema instanceof z.ZodObject)) return undefined;
  const taken = ["seed", "fresh"].find((option) => Object.hasOwn(schema.shape, option));
  if (taken === undefined) return undefined;
  return `adds the task "${name}" with an option "${taken}"; that says how any task is run, use another name`;
}
