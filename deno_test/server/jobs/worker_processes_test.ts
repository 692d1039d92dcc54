/** Workers as processes: a short task passes a long one, and what cannot be stopped is ended with its process. */

import type { Job } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Compute } from "../../../server/jobs/compute.ts";

const toys = new URL("../../toy_tasks.ts", import.meta.url).href;

async function ended(compute: Compute, job: Job): Promise<Job> {
  for await (const _ of compute.watch(job.id));
  return await compute.job(job.id);
}

/** Resolves when a job has told of its step `step`. */
async function reached(compute: Compute, job: Job, step: number): Promise<void> {
  for await (const { body } of compute.watch(job.id)) {
    if (body.type === "progress" && body.step >= step) return;
  }
}

Deno.test("two worker processes", { timeout: 120_000 }, async (t) => {
  const home = await Deno.makeTempDir();
  const said = console.error;
  const told: string[] = [];
  console.error = (text: string) => told.push(String(text));
  try {
    // Jobs are polite: on a busy machine one that pauses often may stand still for seconds.
    const limits = { workers: 2, seconds: 10, megabytes: 900, rest: 1 };
    await using compute = await Compute.start({ home, plugins: [toys], ...limits });

    await t.step(
      "an interactive task is done while a long one runs, all events in order",
      async () => {
        const long = await compute.submit("countUp", { steps: 10_000, delay: 5 });
        await reached(compute, long, 2);
        const short = await compute.submit("chatter", { events: 300 });
        const events = await Array.fromAsync(compute.watch(short.id));
        assertEquals(
          events.map(({ number }) => number),
          Array.from({ length: 302 }, (_, i) => i + 1),
        );
        assertEquals((await compute.job(long.id)).state, "running");

        const other = await compute.submit("countUp", { steps: 3 });
        await compute.cancel(long.id);
        assertEquals((await ended(compute, long)).state, "cancelled");
        assertEquals((await ended(compute, other)).state, "done");
      },
    );

    await t.step("a job that computes without end fails, and its process is ended", async () => {
      const stuck = await ended(compute, await compute.submit("hang", {}));
      assertEquals([stuck.state, stuck.error?.code, stuck.attempt], ["failed", "LIMIT", 1]);
      assertStringIncludes(stuck.error!.message, "more than 10 s without a pause");
      assertEquals((await ended(compute, await compute.submit("countUp", {}))).state, "done");
      assertStringIncludes(told.join("\n"), "A worker ended (SIGKILL)");
    });

    await t.step("a job that grows without end fails, and its process is ended", async () => {
      const swollen = await ended(compute, await compute.submit("grow", {}));
      assertEquals([swollen.state, swollen.error?.code], ["failed", "LIMIT"]);
      assertStringIncludes(swollen.error!.message, "more than 900 MB of memory");
    });

    await t.step("a job that takes its process down is tried again, then fails", async () => {
      const bomb = await ended(compute, await compute.submit("explode", {}));
      assertEquals([bomb.state, bomb.error?.code, bomb.attempt], ["failed", "LIMIT", 3]);
    });

    await t.step("at the end a running job is given back", async () => {
      const last = await compute.submit("countUp", { steps: 10_000, delay: 5 });
      await reached(compute, last, 2);
      await compute.shutdown();
      assert(!compute.ready);
    });
  } finally {
    console.error = said;
    await Deno.remove(home, { recursive: true });
  }
});
