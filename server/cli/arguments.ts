/** Reading the command line: global flags, those of the sub-command, and nothing that is neither. */

import {
  type Flag,
  type InnerFlag,
  innerFlagsOf,
  isSwitch,
  UsageError,
  valueOf,
  withInner,
  withOptions,
} from "./flags.ts";

/** The flags that every sub-command has. */
export interface GlobalFlags {
  data?: string;
  home?: string;
  models?: string;
  seed?: number;
  plugins?: string;
  configuration?: string;
  provider?: string;
  out?: string;
  json: boolean;
  fresh: boolean;
  help: boolean;
}

/** Name of a global flag to what its value is called, or null for a switch, and what it does. */
export const GLOBAL_FLAGS: Record<keyof GlobalFlags, [value: string | null, help: string]> = {
  data: [
    "DIR",
    "where data sets are looked for (COUNTERGRADE_DATA), beside datasets/ in the home folder",
  ],
  home: ["DIR", "database and results; default .countergrade (COUNTERGRADE_HOME)"],
  models: ["DIR", "files of models that are otherwise fetched when they are first used"],
  plugins: [
    "LIST",
    "modules of plugins, comma-separated; default: those of the configuration (COUNTERGRADE_PLUGINS)",
  ],
  configuration: [
    "FILE",
    "list of plugins; default countergrade.json, where there is one, else builtins",
  ],
  provider: [
    "NAME",
    "where graphs run: auto, cpu, webgpu, cuda, coreml or dml; default auto (COUNTERGRADE_PROVIDER)",
  ],
  seed: ["N", "the seed of all random numbers; default 0"],
  out: ["PATH", "copy the result's files there: a file, or a folder when there are several"],
  json: [null, "print one JSON object on stdout and nothing else"],
  fresh: [null, "compute anew, though there is a result or a checkpoint"],
  help: [null, "show the flags of a command"],
};

/** A command line, taken apart. */
export interface Arguments {
  readonly globals: GlobalFlags;
  /** The options of the task. */
  readonly options: Record<string, unknown>;
}

/** The sub-command: the first argument that is neither a flag nor the value of a global one. */
export function commandIn(args: readonly string[]): { command?: string; rest: string[] } {
  for (let i = 0; i < args.length; i++) {
    if (!args[i].startsWith("-")) {
      return { command: args[i], rest: [...args.slice(0, i), ...args.slice(i + 1)] };
    }
    const name = args[i].slice(2);
    if (GLOBAL_FLAGS[name as keyof GlobalFlags]?.[0]) i++;
  }
  return { rest: [...args] };
}

/**
 * Reads flags: `--steps 10`, `--steps=10`, `--noisy`, `--no-noisy`.
 *
 * @throws {UsageError} For an unknown flag, a missing or misplaced value, a wrong type.
 */
export function readArguments(args: readonly string[], flags: readonly Flag[]): Arguments {
  const globals: GlobalFlags = { json: false, fresh: false, help: false };
  const values: Record<string, unknown> = {};
  const innerValues: [InnerFlag, unknown][] = [];
  const inner = innerFlagsOf(flags);
  let json: string | undefined;
  const queue = [...args];
  while (queue.length) {
    const [, name, inline] = /^--([a-z][a-z0-9-]*)(?:=([^]*))?$/.exec(aliased(queue.shift()!)) ??
      [];
    const value = () => inline ?? queue.shift() ?? missing(name);
    const flag = flags.find((flag) => flag.name === name);
    const within = inner.find((flag) => flag.name === name);
    const negated = flags.find((flag) => isSwitch(flag) && `no-${flag.name}` === name);
    if (name !== undefined && name in GLOBAL_FLAGS) {
      setGlobal(globals, name as keyof GlobalFlags, inline, value);
    } else if (flag) {
      values[flag.property] = isSwitch(flag)
        ? valueOf(flag, inline ?? "true")
        : valueOf(flag, value());
    } else if (negated && inline === undefined) {
      values[negated.property] = false;
    } else if (name === "options") {
      json = value();
    } else if (within) {
      const text = isSwitch(within) ? inline ?? "true" : value();
      innerValues.push([within, valueOf(within, text)]);
    } else {
      unknown(args, name, flags);
    }
  }
  const options = innerValues.reduce(
    (options, [flag, value]) => withInner(options, flag, value),
    withOptions(flags, values, json),
  );
  return { globals, options };
}

function setGlobal(
  globals: GlobalFlags,
  name: keyof GlobalFlags,
  inline: string | undefined,
  value: () => string,
): void {
  switch (name) {
    case "json":
    case "fresh":
    case "help":
      if (inline !== undefined) throw new UsageError(`--${name} takes no value`);
      globals[name] = true;
      return;
    case "seed": {
      const text = value();
      if (!/^\d{1,15}$/.test(text)) {
        throw new UsageError(`--seed expects a whole number from 0, not "${text}"`);
      }
      globals.seed = Number(text);
      return;
    }
    default:
      globals[name] = value();
  }
}

function aliased(argument: string): string {
  return argument === "-h" ? "--help" : argument;
}

function missing(name: string): never {
  throw new UsageError(`--${name} needs a value`);
}

function unknown(args: readonly string[], name: string | undefined, flags: readonly Flag[]): never {
  const known = [...flags.map((flag) => flag.name), "options", ...Object.keys(GLOBAL_FLAGS)]
    .map((flag) => `--${flag}`).join(", ");
  const what = name === undefined
    ? `argument "${args.find((argument) => !argument.startsWith("--")) ?? "-"}"`
    : `flag --${name}`;
  throw new UsageError(`Unknown ${what}; known: ${known}`);
}
