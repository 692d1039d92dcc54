/** A task as a sub-command: its flags are the properties of its options' schema. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { type Command, Option } from "commander";
import {
  type Flag,
  flagsOf,
  innerFlagsOf,
  isChoice,
  isSwitch,
  kebab,
  UsageError,
  valueOf,
  withInner,
  withOptions,
} from "./flags.ts";
import { describe, HELP, placeholder } from "./help.ts";

/** A flag that reads its value by its schema. */
class FlagOption extends Option {
  /** As help shows it. */
  readonly term: string;

  constructor(readonly flag: Flag, indent = "") {
    const [term, notes] = describe(flag);
    super(`--${flag.name} ${isSwitch(flag) ? "[true|false]" : `<${placeholder(flag)}>`}`, notes);
    this.term = indent + term;
    // No matter what it is called: `noFlip` is a property as any.
    this.negate = false;
    this.argParser((text) => valueOf(flag, text));
  }

  override attributeName(): string {
    return this.flag.property;
  }
}

/** The sub-command of a task: `--steps 10`, `--steps=10`, `--noisy`, `--no-noisy`. */
export function addTask(
  root: Command,
  { name, description }: TaskPlugin,
  flags: readonly Flag[] = [],
): Command {
  const required = flags.filter((flag) => flag.required).map(({ name }) => `--${name} … `).join("");
  const own = flags.map((flag) => new FlagOption(flag));
  const shown: Option[] = own.flatMap((option) => [option, ...membersOf(option.flag)]);
  if (!flags.some(({ name }) => name === "options")) {
    const what = flags.some(isChoice)
      ? "the options of what was chosen by its name"
      : "the options in one";
    shown.push(new Option("--options <JSON>", `${what}, as a JSON object`));
  }
  const command = root.command(kebab(name)).description(description).usage(`${required}[FLAGS]`)
    .configureHelp({ ...HELP, visibleOptions: () => shown });
  const switches = flags.filter(isSwitch).concat(innerFlagsOf(flags).filter(isSwitch));
  const negated = switches.map(({ name }) => new Option(`--no-${name}`));
  for (const option of [...own, ...shown, ...negated]) {
    if (option.long && !command.options.some(({ long }) => long === option.long)) {
      command.addOption(option);
    }
  }
  return command;
}

/** The members of a choice, each with its own flags. */
function membersOf(choice: Flag): Option[] {
  if (!isChoice(choice)) return [];
  return Object.entries(choice.schema.properties ?? {}).flatMap(([name, member]) => [
    Object.assign(new Option("--member", member.description), {
      long: undefined,
      term: `  ${name}:`,
    }),
    ...flagsOf(member).map((flag) => new FlagOption(flag, "    ")),
  ]);
}

/** The options that a task's sub-command was given. @throws {UsageError} */
export function optionsOf(command: Command, flags: readonly Flag[]): Record<string, unknown> {
  const given = command.opts();
  const own = flags.filter(({ property }) => Object.hasOwn(given, property));
  const values = Object.fromEntries(own.map(({ property }) => [property, given[property]]));
  const json = flags.some(({ name }) => name === "options") ? undefined : given.options;
  const inner = innerFlagsOf(flags).filter(({ property, name }, at, all) =>
    Object.hasOwn(given, property) && all.findIndex((one) => one.name === name) === at
  );
  return inner.reduce(
    (options, flag) => withInner(options, flag, given[flag.property]),
    withOptions(flags, values, json),
  );
}

/** @throws {UsageError} Where an option is missing that `command` cannot do without. */
export function assertComplete(
  command: Command,
  flags: readonly Flag[],
  options: Record<string, unknown>,
): void {
  const missing = flags.filter(({ required, property }) => required && !(property in options));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => `--${name}`).join(", ");
  throw new UsageError(`${command.name()} needs ${names}`);
}
