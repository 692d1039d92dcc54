/** Flags to options: from the schemas that real tasks have. */

import { Host, tasks } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assertEquals, assertThrows } from "@std/assert";
import { commandIn, GLOBAL_FLAGS, readArguments } from "../../../server/cli/arguments.ts";
import {
  expectation,
  type Flag,
  flagsOf,
  innerFlagsOf,
  kebab,
  optionsSchema,
  UsageError,
} from "../../../server/cli/flags.ts";
import toys from "../../toy_tasks.ts";

async function flags(task: string): Promise<Flag[]> {
  await using host = await Host.boot([toys]);
  return flagsOf(optionsSchema(host.member(tasks, task), host));
}

const choose = await flags("chooseProbe");
const options = (...args: string[]) => readArguments(args, choose).options;

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
  assertThrows(() => options("--targets", "1,x"), UsageError, "--targets expects a list");
  assertThrows(() => options("--mode", "slow"), UsageError, "one of fast, exact");
  assertThrows(() => options("--mode"), UsageError, "--mode needs a value");
  assertThrows(() => options("--no-mode"), UsageError, "Unknown flag --no-mode");
  assertThrows(() => options("-x"), UsageError, "Unknown argument");
});

Deno.test("a list of names that are known says them", () => {
  const schema = { type: "array", items: { enum: ["cout", "reversibility"] } };
  assertEquals(
    expectation(schema),
    "a list (with commas between, or JSON), each one of cout, reversibility",
  );
});

Deno.test("--options of a task without a choice are its own, and flags win", async () => {
  const count = await flags("countUp");
  const read = readArguments(["--options", '{"steps":1,"delay":2}', "--steps", "3"], count);
  assertEquals(read.options, { steps: 3, delay: 2 });
});

Deno.test("global flags stand anywhere", () => {
  assertEquals(commandIn(["--home", "x", "--json", "grade", "--seed", "1"]), {
    command: "grade",
    rest: ["--home", "x", "--json", "--seed", "1"],
  });
  assertEquals(commandIn(["--help"]), { rest: ["--help"] });
  const { globals } = readArguments(["--seed=7", "--fresh", "-h", "--out", "a b"], []);
  assertEquals(globals, { json: false, fresh: true, help: true, seed: 7, out: "a b" });
  assertThrows(() => readArguments(["--seed", "-1"], []), UsageError, "whole number");
  assertThrows(() => readArguments(["--json=yes"], []), UsageError, "takes no value");
});

Deno.test("no option of a built-in task goes by the name of a global flag, which would take its value", async () => {
  await using host = await Host.boot(builtins);
  const taken = host.members(tasks).flatMap((task) =>
    ownAndInner(flagsOf(optionsSchema(task, host)))
      // The same meaning; the global one counts.
      .filter((name) => Object.hasOwn(GLOBAL_FLAGS, name) && name !== "provider")
      .map((name) => `${task.name} --${name}`)
  );
  assertEquals(taken, []);
});

function ownAndInner(flags: Flag[]): string[] {
  return [...flags, ...innerFlagsOf(flags)].map(({ name }) => name);
}
