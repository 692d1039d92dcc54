/** The flags of the command `worker`, of which `serve` has some too. */

import { InvalidArgumentError, Option } from "commander";
import { type CommonFlags, commonOptions, program, read } from "./arguments.ts";
import { UsageError } from "./flags.ts";

/** How many processes there are, and what they bear with. */
interface Crew {
  readonly workers: number;
  readonly threads?: number;
  readonly jobSeconds: number;
  readonly jobMegabytes?: number;
}

/** What the command line says, where the plugins are still to be looked up. */
export interface WorkerFlags extends Omit<CommonFlags, "plugins" | "configuration"> {
  readonly workers: number;
  /** How many threads each computes with. */
  readonly threads?: number;
  /** Whether to take interactive tasks alone. */
  readonly interactive: boolean;
  /** How long a job may compute without a pause, in s. */
  readonly seconds: number;
  /** How much memory a process may take, in MB. */
  readonly megabytes?: number;
  readonly list?: string;
  readonly config?: string;
}

const DESCRIPTION = `Run the jobs of a store, in processes of their own, until SIGTERM.

A server starts some for itself; further ones on the same home folder, or store, share the work.`;

/** The flags of whoever starts processes that run jobs. */
export function crewOptions(workers: number): Option[] {
  return [
    new Option("--workers <N>", "how many processes run jobs; of a server's one is for short ones")
      .default(workers).argParser(between(1, 256)),
    new Option("--threads <N>", "how many threads each computes with; default: one a core")
      .argParser(between(1, 256)),
    new Option(
      "--job-seconds <N>",
      "how long a job may compute without a pause until its process is ended",
    ).default(600).argParser(between(1, 1_000_000)),
    new Option(
      "--job-megabytes <N>",
      "how much memory its process may take; default: three quarters of what there is",
    ).argParser(between(64, Number.MAX_SAFE_INTEGER)),
  ];
}

/** The flags of what is kept; without `days` nothing is removed unless one of them is given. */
export function keepOptions(days?: number): Option[] {
  return [
    new Option(
      "--keep-days <N>",
      "remove what can be done without once it is older: events, noise images, checkpoints nobody goes on from",
    ).default(days).argParser(between(0, 36_500)),
    new Option(
      "--keep-bytes <N>",
      "where files take more than that, remove it however young it is",
    ).argParser(between(0, Number.MAX_SAFE_INTEGER)),
  ];
}

/** The flags as a crew takes them. */
export function crewOf<Flags extends Crew>({ jobSeconds, jobMegabytes, ...flags }: Flags) {
  return { ...flags, seconds: jobSeconds, megabytes: jobMegabytes };
}

/** Reads a whole number in a range. */
export function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/**
 * The options that flags and environment ask for; undefined where help was shown. The command's name may stand before them.
 *
 * @throws {UsageError}
 */
export function readWorkerFlags(args: readonly string[]): WorkerFlags | undefined {
  const root = program(commonOptions());
  const worker = root.command("worker", { isDefault: true }).usage("[FLAGS]").action(() => {})
    .description(DESCRIPTION);
  for (const option of crewOptions(1)) worker.addOption(option);
  worker.option("--interactive", "take short tasks alone, for which somebody waits", false);
  try {
    if (read(root, args) !== undefined) return undefined;
    const { plugins, configuration, ...flags } = worker.optsWithGlobals<
      CommonFlags & Crew & { readonly interactive: boolean }
    >();
    return { ...crewOf(flags), list: plugins, config: configuration };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n\n${worker.helpInformation()}`, { cause: error });
  }
}
