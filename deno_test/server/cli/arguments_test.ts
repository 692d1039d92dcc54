/** Flags to options: from the schemas that real tasks have. */

import { Host, tasks } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assertEquals, assertThrows } from "@std/assert";
import { program, read, readGlobals } from "../../../server/cli/arguments.ts";
import {
  expectation,
  type Flag,
  flagsOf,
  innerFlagsOf,
  kebab,
  optionsSchema,
  UsageError,
} from "../../../server/cli/flags.ts";
import { addTask, assertComplete, optionsOf } from "../../../server/cli/task_command.ts";
import toys from "../../toy_tasks.ts";

await using host = await Host.boot([toys]);

/** The options that a command line gives one of the toys. */
function optionsFor(
  name: string,
  args: readonly string[],
  among: Host = host,
): Record<string, unknown> {
  const root = program();
  const task = among.member(tasks, name);
  const flags = flagsOf(optionsSchema(task, among));
  let options = {};
  const command = addTask(root, task, flags).action(() => {
    options = optionsOf(command, flags);
  });
  read(root, [command.name(), ...args]);
  return options;
}

const options = (...args: string[]) => optionsFor("chooseProbe", args);

Deno.test("names become kebab-case", () => {
  assertEquals(kebab("counterfactualPath"), "counterfactual-path");
});

Deno.test("a choice is a name, JSON, or a name with its options beside it", () => {
  assertEquals(options("--probe", "flat"), { probe: { flat: {} } });
  assertEquals(options("--probe", '{"flat":{"c":2}}'), { probe: { flat: { c: 2 } } });
  assertEquals(options("--probe", "flat", "--options", '{"c":3}'), { probe: { flat: { c: 3 } } });
  assertEquals(options('--options={"c":3}'), { probe: { flat: { c: 3 } } });
  assertEquals(options("--c", "4"), { probe: { flat: { c: 4 } } });
  assertEquals(options("--names", "a,b", '--options={"c":3}'), {
    probe: { flat: { c: 3, names: ["a", "b"] } },
  });
  assertThrows(() => options("--probe", "svm"), UsageError, "one of flat");
  assertThrows(() => options("--options", "3"), UsageError, "JSON object");
  assertThrows(() => options("--probe", '{"steep":{}}', "--c", "1"), UsageError, "no option of");
});

Deno.test("lists, switches, enums and negative numbers", () => {
  assertEquals(options("--targets", "-1.5,2"), { targets: [-1.5, 2] });
  assertEquals(options("--targets=[1,2]"), { targets: [1, 2] });
  assertEquals(options("--no-noisy"), { noisy: false });
  assertEquals(options("--noisy", "--mode", "fast"), { noisy: true, mode: "fast" });
  assertEquals(options("--noisy=false"), { noisy: false });
  assertThrows(() => options("--noisy=maybe"), UsageError, "--noisy expects true or false");
  assertThrows(() => options("--targets", "1,x"), UsageError, "--targets expects a list");
  assertThrows(() => options("--mode", "slow"), UsageError, "one of fast, exact");
  assertThrows(() => options("--mode"), UsageError, "'--mode <fast|exact>' argument missing");
  assertThrows(() => options("--no-mode"), UsageError, "Unknown option '--no-mode'");
  assertThrows(() => options("-x"), UsageError, "Unknown option '-x'");
  assertThrows(() => options("exact"), UsageError, "Too many arguments");
});

Deno.test("an unknown flag is refused, with what may have been meant, be there a value or help", () => {
  const meant = "Unknown option '--nois'\n(Did you mean --noisy?)";
  assertThrows(() => options("--nois"), UsageError, meant);
  assertThrows(() => options("--nois=of no account"), UsageError, meant);
  assertThrows(() => options("--nois", "--help"), UsageError, meant);
  assertThrows(
    () => options("--probe", '{"steep":{}}', "--c", "1", "--help"),
    UsageError,
    "no option of",
  );
  assertThrows(() => options("--name", "a,b"), UsageError, "(Did you mean --names?)");
  assertThrows(() => options("--sed", "1"), UsageError, "(Did you mean --seed?)");
});

Deno.test("flags that built-in tasks had in 0.1 are answered with those of today", async () => {
  await using host = await Host.boot(builtins);
  const cases: [task: string, args: string[], told: string][] = [
    ["counterfactualPath", ["--neighbours", "3"], "(Did you mean --neighbors?)"],
    ["trainProbe", ["--standardise=false"], "(Did you mean --standardize?)"],
    ["nearestImages", ["--distance", "standardised"], "one of mahalanobis, standardized"],
  ];
  for (const [task, args, told] of cases) {
    assertThrows(() => optionsFor(task, args, host), UsageError, told);
  }
});

Deno.test("a list of names that are known says them", () => {
  const schema = { type: "array", items: { enum: ["cout", "reversibility"] } };
  assertEquals(
    expectation(schema),
    "a list (with commas between, or JSON), each one of cout, reversibility",
  );
});

Deno.test("--options of a task without a choice are its own, and flags win", () => {
  const args = ["--options", '{"steps":1,"delay":2}', "--steps", "3"];
  assertEquals(optionsFor("countUp", args), { steps: 3, delay: 2 });
});

Deno.test("a property may be called no…, and what is required may stand in --options", () => {
  const flags = flagsOf({
    properties: { noFlip: { type: "boolean" }, file: { type: "string" } },
    required: ["file"],
  });
  const root = program();
  const command = addTask(root, host.member(tasks, "fail"), flags).action(() => {});
  read(root, ["fail", "--no-flip", "--options", '{"file":"x"}']);
  const options = optionsOf(command, flags);
  assertEquals(options, { noFlip: true, file: "x" });
  assertComplete(command, flags, options);
  read(root, ["fail", "--no-no-flip"]);
  assertEquals(optionsOf(command, flags), { noFlip: false });
  assertThrows(
    () => assertComplete(command, flags, { noFlip: false }),
    UsageError,
    "fail needs --file",
  );
});

Deno.test("global flags stand anywhere", () => {
  const { command, globals } = readGlobals(["--home", "x", "--json", "grade", "--seed", "1"]);
  assertEquals([command, globals.home, globals.json, globals.seed], ["grade", "x", true, 1]);
  assertEquals(readGlobals(["--help"]).command, undefined);
  const { seed, fresh, help, out, json } =
    readGlobals(["--seed=7", "--fresh", "-h", "--out", "a b"]).globals;
  assertEquals([seed, fresh, help, out, json], [7, true, true, "a b", undefined]);
  assertThrows(() => readGlobals(["--seed", "-1"]), UsageError, "whole number");
  assertThrows(() => options("--json=yes"), UsageError, "takes no value");
});

Deno.test("no option of a built-in task goes by the name of a global flag, which would take its value", async () => {
  await using host = await Host.boot(builtins);
  const globals = program().options.map(({ long }) => long?.slice(2));
  const taken = host.members(tasks).flatMap((task) =>
    ownAndInner(flagsOf(optionsSchema(task, host)))
      // The same meaning; the global one counts.
      .filter((name) => globals.includes(name) && name !== "provider")
      .map((name) => `${task.name} --${name}`)
  );
  assertEquals(taken, []);
});

function ownAndInner(flags: Flag[]): string[] {
  return [...flags, ...innerFlagsOf(flags)].map(({ name }) => name);
}
