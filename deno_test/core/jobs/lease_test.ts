/** A job belongs to one attempt: whoever was away for too long writes nothing more, and stops. */

import {
  CancelledError,
  definePlugin,
  Host,
  type JobContext,
  tasks,
} from "@countergrade/countergrade";
import { JobRunner, Jobs, SqliteStore, Workspace } from "@countergrade/countergrade/jobs";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { until } from "../../until.ts";
import toys from "../../toy_tasks.ts";
import { openBriefly } from "./lease_process.ts";

const never = new AbortController().signal;

Deno.test("a task whose lease ran out is aborted, and neither event, artifact nor checkpoint of it is kept", async () => {
  const asked = Promise.withResolvers<JobContext>();
  const ended = Promise.withResolvers<void>();
  const plugin = definePlugin({
    id: "patient",
    version: "1.0.0",
    apiVersion: "^1",
    setup(registry) {
      registry.add(tasks, {
        name: "wait",
        description: "Waits until the test has done its part",
        options: () => z.strictObject({}),
        result: z.object({}),
        async run(_options, job) {
          asked.resolve(job);
          await ended.promise;
          return {};
        },
      });
    },
  });
  let now = 0;
  const home = await Deno.makeTempDir();
  const workspace = await Workspace.open(home, {
    store: (home) => new SqliteStore(`${home}/countergrade.db`, { now: () => now, rest: 0 }),
  });
  const { store } = workspace;
  const host = await Host.boot([plugin]);
  const { id } = await new Jobs(host, workspace).submit("wait", {});
  const log: string[] = [];
  const runner = new JobRunner(host, workspace, (text) => log.push(text));
  const running = runner.run((await store.queue.claim(workspace.owner, { id }))!, never);
  const job = await asked.promise;
  await job.checkpoint.write(new Uint8Array([1]));
  now += 120_001;
  const other = (await store.queue.claim("another"))!;
  assertEquals([other.id, other.attempt], [id, 2]);
  await store.events.append(other, [{ type: "started", attempt: 2 }]);

  const bytes = new Uint8Array([2]);
  await assertRejects(() => job.checkpoint.write(bytes), CancelledError, "lost its job");
  await assertRejects(() => job.save("late", { "x.bin": bytes }, {}, []), CancelledError);
  job.emit({ type: "warning", message: "late" });
  await until(() => job.signal.aborted);
  await assertRejects(() => job.saveBlob(bytes, "bin"), CancelledError);
  ended.resolve();
  await running;
  assertEquals((await store.events.read(id, 0)).map(({ body }) => body), [
    { type: "started", attempt: 1 },
    { type: "started", attempt: 2 },
  ]);
  assertEquals(await store.artifacts.count(), 0);
  assertEquals((await store.checkpoints.list(other.checkpoint)).length, 1);
  assertEquals((await store.jobs.get(id))?.owner, "another");
  assertStringIncludes(log.join(), "goes on elsewhere");
  await workspace.close();
  await Deno.remove(home, { recursive: true });
});

Deno.test("a process that was suspended past its lease stops by itself and has written nothing more", async () => {
  const home = await Deno.makeTempDir();
  const workspace = await openBriefly(home);
  const host = await Host.boot([toys]);
  const { store, owner } = workspace;
  const steps = 200;
  const { id } = await new Jobs(host, workspace).submit("countUp", { steps, delay: 20 });
  const file = new URL("./lease_process.ts", import.meta.url).href;
  const suspended = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", file, home, id],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await until(async () => await store.events.count(id) > 3);
  suspended.kill("SIGSTOP");
  let job = await store.queue.claim(owner, { id });
  await until(async () => (job ??= await store.queue.claim(owner, { id })) !== undefined);
  const before = await store.events.count(id);
  const running = new JobRunner(host, workspace).run(job!, never);
  await until(async () => await store.events.count(id) > before + 3);
  suspended.kill("SIGCONT");
  const { stdout, stderr } = await suspended.output();
  assertStringIncludes(new TextDecoder().decode(stdout), "it goes on elsewhere");
  assertEquals(new TextDecoder().decode(stderr), "");
  await running;

  const bodies = (await store.events.read(id, before, 1_000)).map(({ body }) => body);
  const told = bodies.flatMap((body) => body.type === "progress" ? [body.step] : []);
  assertEquals(told, Array.from({ length: told.length }, (_, i) => told[0] + i));
  assertEquals([bodies[0].type, told.at(-1), bodies.at(-1)?.type], ["started", steps, "done"]);
  const done = (await store.jobs.get(id))!;
  assertEquals([done.attempt, done.artifacts.length], [2, 1]);
  assertEquals(await store.artifacts.count(), 1);
  assertEquals(await store.checkpoints.list(done.checkpoint), []);
  await workspace.close();
  await Deno.remove(home, { recursive: true });
});
