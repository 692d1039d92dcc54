/** The conformance suite of the family `tasks`. */

import { CancelledError, type Host, type TaskPlugin } from "@countergrade/countergrade";
import { type Check, check, ensure, ensureRejects, optionChecks, schemaType } from "./check.ts";
import { type MemoryJob, memoryJob } from "./memory_job.ts";

/** What the suite works on. */
export interface TaskFixture {
  /** A host with the plugins that the task needs. */
  readonly host: Host;
  /** Options as a user would give them; the run should take seconds at most. */
  readonly options: unknown;
  /** A job that has saved the artifacts that the task needs. */
  readonly after?: MemoryJob;
  /** Result fields that differ from run to run, as times do. */
  readonly varying?: readonly string[];
}

/** The promises of a task plugin. Runs the task three times. */
export function testTask(member: TaskPlugin, fixture: TaskFixture): Check[] {
  const { host, after, varying = [] } = fixture;
  const schema = () => member.options(host);
  const job = () => memoryJob(host, { seed: 5, after });
  const run = (context = job()) => member.run(schema().parse(fixture.options), context);
  const lasting = (result: unknown) =>
    JSON.stringify(result, (key, value) => varying.includes(key) ? undefined : value);
  return [
    check("the name is camelCase, the description a sentence", () => {
      ensure(
        /^[a-z][a-zA-Z0-9]*$/.test(member.name),
        `Expected a camelCase name, got "${member.name}"`,
      );
      ensure(
        member.description.length >= 10,
        `Expected a description, got "${member.description}"`,
      );
    }),
    check("options and result have a JSON schema of an object", async () => {
      for (const { run } of optionChecks(schema())) await run();
      const type = schemaType(member.result, "output");
      ensure(type === "object", `Expected a result of type "object", got ${type}`);
    }),
    check("options that do not exist are refused", () => {
      const odd = { ...fixture.options as Record<string, unknown>, noSuchOption: 1 };
      ensure(
        !schema().safeParse(odd).success,
        "Expected a strict schema, noSuchOption went through",
      );
    }),
    check("run() gives what the result's schema says, as plain JSON", async () => {
      const result = await run();
      const parsed = member.result.safeParse(result);
      ensure(
        parsed.success,
        `Expected a valid result: ${parsed.error?.issues[0]?.path.join(".")}: ${
          parsed.error?.issues[0]?.message
        }`,
      );
      const plain = JSON.parse(JSON.stringify(result));
      ensure(member.result.safeParse(plain).success, "Expected a result that survives JSON");
    }),
    check("run() gives the same result and files for the same seed", async () => {
      const [first, second] = [job(), job()];
      const [a, b] = [lasting(await run(first)), lasting(await run(second))];
      ensure(a === b, `Expected the same result twice, got ${a} and ${b}`);
      const files = (one: MemoryJob) =>
        JSON.stringify([...one.artifacts.values()].map(({ files }) => files));
      ensure(files(first) === files(second), "Expected the same files twice");
    }),
    check("a cancelled job stops", async () => {
      const context = job();
      context.cancel();
      await ensureRejects("run()", () => run(context), CancelledError);
    }),
  ];
}
