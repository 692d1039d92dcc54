/** Reading the command line by commander: global flags, those of the sub-command, and nothing that is neither. */

import { PROVIDER_CHOICES, type ProviderChoice } from "@countergrade/countergrade";
import { Command, CommanderError, Option } from "commander";
import { UsageError } from "./flags.ts";
import { HELP } from "./help.ts";

/** What is to be known before plugins are loaded. */
export interface CommonFlags {
  readonly data?: string;
  readonly home: string;
  readonly store?: string;
  readonly models?: string;
  readonly plugins?: string;
  readonly configuration?: string;
  readonly provider: ProviderChoice;
}

/** The flags that every sub-command has. */
export interface GlobalFlags extends CommonFlags {
  readonly seed?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly fresh?: boolean;
  readonly help?: boolean;
}

/** How a command ends. */
export type ExitCode = 0 | 1 | 2;

/** What a sub-command does, once the whole line is read and asks for no help. */
export type Run = () => ExitCode | Promise<ExitCode>;

/** Hears what is to be run. */
export type Choose = (run: Run) => void;

/** The command, with flags that its sub-commands share. Those of serve are fewer: it runs no job. */
export function program(shared: readonly Option[] = globalOptions()): Command {
  const print = (text: string) => console.log(text.trimEnd());
  const root = new Command("countergrade")
    .usage("COMMAND [FLAGS]")
    .description(
      "COMMAND --help shows the flags of a command.\n" +
        "Exit codes: 0 done, 1 failed or cancelled, 2 wrong command line.",
    )
    .exitOverride()
    .helpCommand(false)
    // Commander's own would come before what is wrong is refused.
    .helpOption(false)
    .configureHelp(HELP)
    .configureOutput({
      writeOut: print,
      writeErr: print,
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .hook("postAction", (root, command) => {
      if (root.opts().help) command.help();
    });
  for (const option of shared) root.addOption(option);
  return root.option("-h, --help", "show the flags of a command");
}

/** Where things lie and what computes: for the server, too. */
export function commonOptions(): Option[] {
  return [
    new Option(
      "--data <DIR>",
      "where data sets are looked for, beside datasets/ in the home folder",
    )
      .env("COUNTERGRADE_DATA"),
    new Option("--home <DIR>", "database and results").default(".countergrade")
      .env("COUNTERGRADE_HOME"),
    new Option(
      "--store <ADDRESS>",
      "a store that other machines use too, postgres://USER@HOST/DATABASE; default: in the home folder",
    ).env("COUNTERGRADE_STORE"),
    new Option("--models <DIR>", "files of models that are otherwise fetched when first used"),
    new Option(
      "--plugins <LIST>",
      "modules of plugins, comma-separated; default: those of the configuration",
    ).env("COUNTERGRADE_PLUGINS"),
    new Option(
      "--configuration <FILE>",
      "list of plugins; default countergrade.json, where there is one, else builtins",
    ),
    new Option("--provider <NAME>", "where graphs run").choices(PROVIDER_CHOICES).default("auto")
      .env("COUNTERGRADE_PROVIDER"),
  ];
}

function globalOptions(): Option[] {
  return [
    ...commonOptions(),
    new Option("--seed <N>", "the seed of all random numbers; default 0").argParser(readSeed),
    new Option(
      "--out <PATH>",
      "copy the result's files there: a file, or a folder when there are several",
    ),
    new Option("--json", "print one JSON object on stdout and nothing else"),
    new Option("--fresh", "compute anew, though there is a result or a checkpoint"),
  ];
}

function readSeed(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--seed expects a whole number from 0, not "${text}"`);
}

/** The global flags, and the sub-command's name, before its own flags are known. */
export function readGlobals(args: readonly string[]): { command?: string; globals: GlobalFlags } {
  const root = program().allowUnknownOption().allowExcessArguments();
  read(root, args);
  return { command: root.args[0], globals: root.opts() };
}

/**
 * Reads a command line; an action of the program hears what was asked for.
 *
 * @returns The exit code where help was shown.
 * @throws {UsageError} For an unknown command or flag, a missing or misplaced value, a wrong type.
 */
export function read(program: Command, args: readonly string[]): ExitCode | undefined {
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.help") return program.opts().help ? 0 : 2;
    const [, flag] = /unknown option '(--[^=']+)=/.exec(error.message) ?? [];
    if (flag && optionsIn(program).some(({ long }) => long === flag)) {
      throw new UsageError(`${flag} takes no value`);
    }
    // Names are alike; values are not.
    if (flag) return read(program, args.map((arg) => arg.startsWith(`${flag}=`) ? flag : arg));
    throw new UsageError(sentence(program, error), { cause: error });
  }
}

function optionsIn(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsIn)];
}

function sentence(program: Command, { code, message }: CommanderError): string {
  const [first, ...rest] = message.replace(/^error: /, "");
  const group = program.commands.find((command) => command.name() === program.args[0]) ?? program;
  const known = group.commands.map((command) => command.name()).join(", ");
  const lost = code === "commander.unknownCommand" && !message.includes("Did you mean");
  return `${first.toUpperCase()}${rest.join("")}${lost ? `; known: ${known}` : ""}`;
}
