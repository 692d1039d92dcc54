/** Small tasks for the tests of jobs, worker and CLI: they count, fail, hang, chatter. */

import {
  definePlugin,
  InputError,
  type JobContext,
  probes,
  tasks,
} from "@countergrade/countergrade";
import type { Registry } from "../core/host/plugin.ts";
import { z } from "zod";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Sums seeded random numbers, one per step, with a checkpoint after each; the sum ends in an artifact. */
function count(registry: Registry) {
  registry.add(tasks, {
    name: "countUp",
    description: "Counts with seeded random numbers",
    options: () =>
      z.strictObject({
        steps: z.int().min(1).max(10_000).default(5).describe("How far to count"),
        delay: z.number().min(0).default(0).describe("Pause per step, in ms"),
      }),
    result: z.object({
      sum: z.number(),
      from: z.int(),
      tally: z.string().meta({ artifact: true }),
    }),
    async run({ steps, delay }, job) {
      const saved = await job.checkpoint.read();
      const start = saved ? JSON.parse(new TextDecoder().decode(saved)) : { step: 0, sum: 0 };
      let { step, sum } = start;
      while (step < steps) {
        job.signal.throwIfAborted();
        sum += job.random.fork("step", step).uniform();
        step++;
        await job.checkpoint.write(new TextEncoder().encode(JSON.stringify({ step, sum })));
        job.emit({ type: "progress", step, total: steps, metrics: { sum }, imagesPerStep: 4 });
        await pause(delay);
      }
      const text = new TextEncoder().encode(String(sum));
      const tally = await job.save("tally", { "sum.txt": text }, { steps }, ["toy"]);
      return { sum, from: start.step, tally: tally.id };
    },
  });
}

/** As `countUp`, in parts of one step each that any worker may do. */
function countTogether(registry: Registry) {
  const part = async (step: number, delay: number, { random }: JobContext) => {
    await pause(delay);
    return new Float64Array([random.fork("step", step).uniform(), Deno.pid]);
  };
  const bytes = ({ buffer }: Float64Array<ArrayBuffer>) => new Uint8Array(buffer);
  registry.add(tasks, {
    name: "countTogether",
    description: "Counts with seeded random numbers, in parts",
    options: () =>
      z.strictObject({
        steps: z.int().min(1).max(10_000).default(5),
        delay: z.number().min(0).default(0).describe("Pause per step, in ms"),
        fails: z.int().optional().describe("The step that fails"),
      }),
    result: z.object({ sum: z.number(), processes: z.int() }),
    async run({ steps, delay, fails }, job) {
      let done = 0;
      const told = await job.inParts(
        Array.from({ length: steps }, (_, step) => step),
        async (step) => {
          job.signal.throwIfAborted();
          if (step === fails) throw new InputError(`Cannot count to ${step}`, ["fails"]);
          return bytes(await part(step, delay, job));
        },
        () => job.emit({ type: "progress", step: ++done, total: steps }),
      );
      const found = told.map((part) => new Float64Array(part.slice().buffer));
      return {
        sum: found.reduce((sum, [value]) => sum + value, 0),
        processes: new Set(found.map(([, pid]) => pid)).size,
      };
    },
    part: async ({ delay }, step, job) => bytes(await part(Number(step), delay, job)),
  });
}

function fail(registry: Registry) {
  registry.add(tasks, {
    name: "fail",
    description: "Fails in the way that is asked for",
    options: () => z.strictObject({ how: z.enum(["bug", "input", "result"]) }),
    result: z.object({ fine: z.boolean() }),
    run({ how }) {
      if (how === "bug") throw new Error("secret text");
      if (how === "input") throw new InputError("Cannot use c: too small", ["probe", "c"]);
      return Promise.resolve({ fine: "no" as unknown as boolean });
    },
  });
}

/** Computes for ever, or until a folder is gone: a thread that is ended goes on computing, and would take its core from all tests to come. */
function compute(folder?: string): void {
  while (true) {
    for (const start = performance.now(); performance.now() < start + 50;);
    try {
      if (folder !== undefined) Deno.statSync(folder);
    } catch {
      return;
    }
  }
}

function hang(registry: Registry) {
  registry.add(tasks, {
    name: "hang",
    description: "Never ends, and never looks at its signal",
    options: () =>
      z.strictObject({ busy: z.boolean().default(true), folder: z.string().optional() }),
    result: z.object({}),
    async run({ busy, folder }, job) {
      job.emit({ type: "progress", step: 0, total: 1 });
      await pause(20);
      if (busy) compute(folder);
      return await new Promise<never>(() => {});
    },
  });
}

/** Takes memory, more and more, and pauses in between. */
function grow(registry: Registry) {
  registry.add(tasks, {
    name: "grow",
    description: "Grows without end",
    options: () => z.strictObject({}),
    result: z.object({}),
    async run() {
      const taken: Uint8Array[] = [];
      while (taken.push(new Uint8Array(2e7).fill(taken.length))) await pause(20);
      return {};
    },
  });
}

/** Throws where nobody can catch it: the whole worker dies. */
function explode(registry: Registry) {
  registry.add(tasks, {
    name: "explode",
    description: "Takes its thread down",
    options: () => z.strictObject({}),
    result: z.object({}),
    async run() {
      setTimeout(() => {
        throw new Error("boom");
      });
      return await new Promise<never>(() => {});
    },
  });
}

function chatter(registry: Registry) {
  registry.add(tasks, {
    name: "chatter",
    interactive: true,
    description: "Emits many events",
    options: () => z.strictObject({ events: z.int().default(1000) }),
    result: z.object({ events: z.int() }),
    async run({ events }, job) {
      for (let step = 1; step <= events; step++) {
        job.emit({ type: "progress", step, total: events });
        if (step % 50 === 0) await pause(0);
      }
      return { events };
    },
  });
}

function chooseAndMeasure(registry: Registry) {
  registry.add(probes, {
    name: "flat",
    description: "A probe that is never fitted",
    options: z.object({
      c: z.number().positive().default(1),
      names: z.array(z.string()).optional(),
    }),
    fit: () => Promise.reject(new Error("not here")),
    load: () => {
      throw new Error("not here");
    },
  });
  registry.add(tasks, {
    name: "chooseProbe",
    description: "Returns what was chosen",
    options: (host) =>
      z.strictObject({
        probe: host.choice(probes, "flat"),
        targets: z.array(z.number()).default([0, 1]).describe("Grades to reach"),
        noisy: z.boolean().default(true),
        mode: z.enum(["fast", "exact"]).optional(),
      }),
    result: z.object({ chosen: z.unknown() }),
    run: (options) => Promise.resolve({ chosen: options }),
  });
  registry.add(tasks, {
    name: "fileSize",
    description: "The size of a file of the caller",
    local: true,
    options: () => z.strictObject({ file: z.string().describe("A path") }),
    result: z.object({ bytes: z.int() }),
    run: async ({ file }) => ({ bytes: (await Deno.stat(file)).size }),
  });
}

export default definePlugin({
  id: "toy-tasks",
  version: "1.2.3",
  apiVersion: "^1",
  setup(registry) {
    count(registry);
    countTogether(registry);
    fail(registry);
    hang(registry);
    grow(registry);
    explode(registry);
    chatter(registry);
    chooseAndMeasure(registry);
  },
});
