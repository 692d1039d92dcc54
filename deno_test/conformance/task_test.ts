/** The suite of tasks catches every broken promise. */

import { CancelledError, Host, type TaskPlugin } from "@countergrade/countergrade";
import { memoryJob, testTask } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { assertCatches } from "./assert_catches.ts";

await using host = await Host.boot([]);
const options = z.strictObject({ count: z.int().min(1).default(3) });

/** Draws numbers and saves them. */
const sound: TaskPlugin<z.infer<typeof options>, { sum: number }> = {
  name: "drawNumbers",
  description: "Draw numbers and add them up",
  options: () => options,
  result: z.object({ sum: z.number() }),
  async run({ count }, job) {
    const numbers = job.random.normals(count);
    await job.save("numbers", { "numbers.bin": new Uint8Array(numbers.buffer) }, {}, []);
    return { sum: numbers.reduce((sum, value) => sum + value, 0) };
  },
};

const suite = (member: TaskPlugin) => testTask(member, { host, options: { count: 5 } });
let runs = 0;

assertCatches("tasks", suite, sound as TaskPlugin, {
  "the name is camelCase, the description a sentence": {
    ...sound,
    name: "draw-numbers",
  } as TaskPlugin,
  "options and result have a JSON schema of an object": {
    ...sound,
    result: z.number(),
  } as TaskPlugin,
  "options that do not exist are refused": {
    ...sound,
    options: () => z.object(options.shape),
  } as TaskPlugin,
  "run() gives what the result's schema says, as plain JSON": {
    ...sound,
    run: () => Promise.resolve({ sum: Infinity }),
  } as unknown as TaskPlugin,
  "run() gives the same result and files for the same seed": {
    ...sound,
    run: () => Promise.resolve({ sum: runs++ }),
  } as unknown as TaskPlugin,
  "a cancelled job stops": {
    ...sound,
    run: () => Promise.resolve({ sum: 0 }),
  } as unknown as TaskPlugin,
});

Deno.test("a memory job keeps what is saved, for itself and for the next", async () => {
  const first = memoryJob(host, { seed: 1 });
  const { id } = await first.save("note", { "a.txt": Uint8Array.of(7) }, { by: "me" }, ["x"]);
  const next = memoryJob(host, { after: first });
  const loaded = await next.load("note", id);
  assertEquals([loaded.metadata, await next.read(loaded, "a.txt")], [
    { by: "me" },
    Uint8Array.of(7),
  ]);
  await assertRejects(() => next.load("probe", id), Error, "Cannot find");
  await assertRejects(() => next.read(loaded, "b.txt"), Error, "b.txt");
  next.cancel();
  await assertRejects(() => next.load("note", id), CancelledError);
});

Deno.test("a memory job keeps its checkpoint and events in order", async () => {
  const job = memoryJob(host);
  assertEquals(await job.checkpoint.read(), undefined);
  await job.checkpoint.write(Uint8Array.of(1));
  assertEquals(await job.checkpoint.read(), Uint8Array.of(1));
  job.emit({ type: "warning", message: "a" });
  job.emit({ type: "progress", step: 1, total: 2 });
  assertEquals(job.events.map(({ type }) => type), ["warning", "progress"]);
});
