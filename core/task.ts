/** The family `tasks`: everything a user does. One definition is a GraphQL mutation, a CLI command and a form. */

import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import type { Artifact, JobContext, PluginHost } from "./job_context.ts";

/** How a task plugin is defined. */
export interface TaskPlugin<Options = unknown, Result = unknown> {
  /** camelCase, as in the API; the CLI shows it as kebab-case. */
  readonly name: string;
  /** What it does, in one sentence: help, forms and the API show it. */
  readonly description: string;
  /** Needs files of the caller's machine (its options name paths): the CLI offers it, the server does not. */
  readonly local?: boolean;
  /** Takes seconds and somebody waits for it: it does not stand behind trainings. */
  readonly interactive?: boolean;
  /**
   * The options, an object schema. It is built when the host is sealed, so that it can name the members of families.
   *
   * Forms offer what there is for a text called `dataset`, `probe`, `encoder`, `codes`, `path` or `image`, the id of one;
   * for one with another name `.meta({ artifact: "probe" })` or `.meta({ dataset: true })` says so, and `.meta({ artifact: false })`
   * that one of these names is no id. `seed` and `fresh` are taken: they say how a task is run.
   */
  options(host: PluginHost): OptionsSchema<Options>;
  /**
   * Versions of what the options only name, such as a data set: a stored result answers the same task only while they
   * are the same. Cheap: it is asked for at each submission.
   */
  inputs?(options: Options, host: PluginHost): Promise<readonly string[]>;
  /**
   * Refuses options that cannot work, as far as that is known without running: whoever asks for the task is told at once. `stored`
   * finds what an id names, as the caller may see it.
   *
   * @throws {InputError} With the way to the option at fault.
   */
  check?(
    options: Options,
    host: PluginHost,
    stored: (id: string) => Promise<Artifact | undefined>,
  ): Promise<void>;
  /**
   * The result, an object schema. In the API a text with `.meta({ artifact: true })` becomes the artifact whose id it is (its kind is
   * the field's name, or given instead of `true`), one with `.meta({ blob: "image" })` a picture, with `blob: "file"` a file. An object
   * with `.meta({ apiType: "Frame" })` has a type of the API's own: Frame, Target, Neighbor, Judgement, Verdict, JudgedPath, SeenChange,
   * Measured, Volume or UnreachedTarget; and a field with `.meta({ apiName: "frameCount" })` has another name there.
   */
  readonly result: OptionsSchema<Result>;
  /** Does it. What it returns is stored as the job's result: plain JSON that fits {@linkcode TaskPlugin.result}. */
  run(options: Options, job: JobContext): Promise<Result>;
  /**
   * Does a part of it where another worker does the rest, see {@linkcode JobContext.inParts}: from the same options, part and seed
   * come the same bytes.
   */
  part?(options: Options, part: unknown, job: JobContext): Promise<Uint8Array>;
}

/** What a user can do, see {@linkcode TaskPlugin}. */
export const tasks: Family<TaskPlugin<AnyOptions, AnyOptions>> = defineFamily(
  "tasks",
  "What a user can do",
);
