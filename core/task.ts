/** The family `tasks`: everything a user does. One definition is a GraphQL mutation, a CLI command and a form. */

import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { JobContext, PluginHost } from "./job_context.ts";

/** How a task plugin is defined. */
export interface TaskPlugin<Options = unknown, Result = unknown> {
  /** camelCase, as in the API; the CLI shows it as kebab-case. */
  readonly name: string;
  /** What it does, in one sentence: help, forms and the API show it. */
  readonly description: string;
  /** Needs files of the caller's machine (its options name paths): the CLI offers it, the server does not. */
  readonly local?: boolean;
  /**
   * The options, an object schema. It is built when the host is sealed, so that it can name the members of families.
   *
   * Forms offer what there is for a text called `dataset`, `probe`, `encoder`, `codes`, `path` or `image`, the id of one;
   * for one with another name `.meta({ artifact: "probe" })` or `.meta({ dataset: true })` says so.
   */
  options(host: PluginHost): OptionsSchema<Options>;
  /**
   * Versions of what the options only name, such as a data set: a stored result answers the same task only while they
   * are the same. Cheap: it is asked for at each submission.
   */
  inputs?(options: Options, host: PluginHost): Promise<readonly string[]>;
  /** The result, an object schema. */
  readonly result: OptionsSchema<Result>;
  /** Does it. What it returns is stored as the job's result: plain JSON that fits {@linkcode TaskPlugin.result}. */
  run(options: Options, job: JobContext): Promise<Result>;
}

/** What a user can do, see {@linkcode TaskPlugin}. */
export const tasks: Family<TaskPlugin<AnyOptions, AnyOptions>> = defineFamily(
  "tasks",
  "What a user can do",
);
