/** A probe, an editor, a metric, a data set and a judge that break the one promise that their plugin's options name. */

import {
  type Codes,
  datasets,
  definePlugin,
  editors,
  type Figures,
  judges,
  metrics,
  type Probe,
  probes,
  tensor,
} from "@countergrade/countergrade";
import { linearProbe, linearProbeFrom, lineGrading } from "@countergrade/countergrade/linear";
import process from "node:process";
import { z } from "zod";

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/** What can go wrong within a call. Returns when nothing does. */
function misbehave(fault: string, codes?: Codes): void {
  const kept: unknown[] = [];
  switch (fault) {
    case "throw":
      throw new TypeError("no such thing");
    case "exit":
      return Deno.exit(0);
    case "process exit":
      return process.exit(0);
    case "crash":
      // Deno lets every process do this to itself.
      return void process.kill(process.pid, "SIGKILL");
    case "close":
      return (globalThis as unknown as { close(): void }).close();
    case "loop":
      for (;;);
    case "grow":
      for (;;) kept.push(new Float64Array(1e5).fill(1));
    case "hoard":
      // The thread has time for other things in between.
      return void setInterval(() => kept.push(new Float64Array(1e5).fill(1)), 1);
    case "grow heap":
      for (;;) kept.push(new Array(1_000).fill(kept.length).map((n) => ({ n })));
    case "mutate":
      codes?.data.fill(0);
      return;
    case "read":
      Deno.readTextFileSync(import.meta.filename!);
      return;
    case "environment":
      Deno.env.get("HOME");
      return;
    case "run":
      new Deno.Command("true").outputSync();
      return;
    case "write":
      Deno.writeTextFileSync("written", "");
      return;
    case "net":
      Deno.listen({ port: 0 }).close();
      return;
    case "ffi":
      Deno.dlopen("lib.so", {});
      return;
    case "sys":
      Deno.hostname();
      return;
    case "print":
      for (let i = 0; i < 30_000; i++) console.log(`${i} `.repeat(100));
      Deno.stdout.writeSync(new TextEncoder().encode("raw"));
      process.stdout.write("raw");
  }
}

const plain = linearProbe({
  plugin: "faulty",
  scale: { type: "ordinal", names: ["none", "mild", "severe"] },
  plane: {
    mean: Float64Array.of(0, 0),
    sigma: Float64Array.of(1, 1),
    normal: Float64Array.of(1, 0),
    offset: 0,
  },
  curve: { slope: 1, intercept: 0 },
  grading: lineGrading(1, 1),
});

function broken(fault: string, probe: Probe): Probe {
  const n = (codes: Codes) => codes.shape[0];
  return {
    ...probe,
    score(codes) {
      misbehave(fault, codes);
      if (fault === "shape") return new Float64Array(n(codes) + 1);
      if (fault === "dtype") return new Float32Array(n(codes)) as unknown as Float64Array;
      if (fault === "nan") return new Float64Array(n(codes)).fill(NaN);
      return probe.score(codes);
    },
    gradient(codes) {
      if (fault === "shape") return tensor([1, n(codes)], new Float32Array(n(codes)));
      return probe.gradient(codes);
    },
  };
}

const cached = {
  ids: ["0"],
  images: tensor([1, 1, 2, 2], new Float32Array(4)),
  labels: Int32Array.of(0),
};

/** The fault of one call: that of its own options, or the one that the plugin was set up with. */
const fault = () => z.string().optional();

const options = z.strictObject({
  setup: z.enum(["fine", "throw", "twice", "late", "loop", "undeclared", "lacking", "encoder"])
    .default("fine"),
  call: z.string().default("fine"),
  fit: z.string().default("fine"),
  edit: z.string().default("fine"),
  measure: z.string().default("fine"),
  get: z.string().default("fine"),
  judge: z.string().default("fine"),
});

export default definePlugin({
  id: "faulty",
  version: "1.0.0",
  apiVersion: "^1",
  provides: {
    probes: ["faulty"],
    editors: ["nudge"],
    metrics: ["askers"],
    datasets: ["noughts"],
    judges: ["stored"],
  },
  options,
  async setup(registry, { setup, edit, measure, get, ...usual }) {
    if (setup === "throw") throw new Error("no luck");
    if (setup === "loop") { for (;;); }
    if (setup === "lacking") return;
    if (setup === "encoder") {
      const { encoders } = await import("@countergrade/countergrade");
      registry.add(encoders, {
        name: "none",
        description: "A toy",
        options: z.strictObject({}),
        load: () => Promise.reject(new Error("none")),
      });
      return;
    }
    registry.add(probes, {
      name: "faulty",
      description: "A probe that may fail",
      options: z.strictObject({
        c: z.number().positive().default(2).describe("A number"),
        call: fault(),
        fit: fault(),
      }),
      async fit(codes, _labels, { c, call = usual.call, fit = usual.fit }, { signal, random }) {
        if (fit === "loop" || fit === "grow") misbehave(fit);
        if (fit.startsWith("timer: ")) setTimeout(() => misbehave(fit.slice(7)), 50);
        await pause();
        if (fit.startsWith("awaited: ")) misbehave(fit.slice(9));
        if (fit === "wait") {
          await new Promise((_, reject) =>
            signal!.addEventListener("abort", () => reject(signal!.reason))
          );
        }
        if (fit === "deaf") await new Promise(() => {});
        if (fit === "late") {
          setTimeout(() => {
            throw new Error("out of the blue");
          });
          await new Promise(() => {});
        }
        misbehave(fit, codes);
        if (fit === "seed") {
          throw new Error(`${c} ${random.uniform()}`);
        }
        return broken(call, plain);
      },
      load: (json) => broken(usual.call, linearProbeFrom(json)),
    });
    if (setup === "twice") {
      registry.add(probes, {
        name: "faulty",
        description: "Once more",
        options: z.strictObject({}),
        fit: () => Promise.resolve(plain),
        load: linearProbeFrom,
      });
    }
    if (setup === "undeclared") {
      registry.add(metrics, { name: "surprise", description: "A toy", measure: () => ({ x: 1 }) });
    }
    registry.add(editors, {
      name: "nudge",
      description: "Adds the gradient of the probe",
      options: z.strictObject({ by: z.number().default(1) }),
      async edit(latents, probe, targets, { by }) {
        misbehave(edit, latents.codes);
        await pause();
        const { codes, noise } = latents;
        const gradient = probe.gradient(codes);
        const moved = codes.data.map((value, i) => value + by * gradient.data[i]);
        const n = edit === "shape" ? targets.length + 1 : targets.length;
        return {
          latents: { codes: tensor(codes.shape, moved), noise },
          targetScore: new Float64Array(n),
          length: new Float64Array(n).fill(by),
          lengthRatio: new Float64Array(n).fill(1),
          percentile: new Float64Array(n),
        };
      },
    });
    registry.add(metrics, {
      name: "askers",
      description: "What the tools say",
      cost: "one rendering",
      async measure(path, tools): Promise<Figures> {
        misbehave(measure, path.codes);
        const { codes, noise } = { codes: path.codes, noise: path.frames };
        const images = await tools.render({ codes, noise });
        const { latents } = await tools.edit({ codes, noise }, [{ grade: 1 }, { grade: 2 }]);
        if (measure === "word") return { said: "much" as unknown as number };
        return {
          rendered: images.data[0],
          moved: latents.codes.data[0],
          score: tools.probe.score(path.codes)[1],
          scoreAt: tools.probe.scoreAt(2),
        };
      },
    });
    registry.add(datasets, {
      name: "noughts",
      description: "Images of zeros",
      options: z.strictObject({}),
      discover: () => Promise.resolve([{ id: "noughts", title: "Noughts", options: {} }]),
      open: (id) =>
        Promise.resolve({
          id,
          title: "Noughts",
          imageShape: [1, 2, 2] as const,
          scale: { type: "binary" as const, names: ["no", "yes"] },
          splits: { train: 4 },
          fingerprint: "noughts",
          get(_split: string, indices: ArrayLike<number>) {
            misbehave(get);
            if (get === "cached") return Promise.resolve(cached);
            const n = get === "shape" ? 1 : indices.length;
            return Promise.resolve({
              ids: Array.from(indices, String),
              images: tensor([n, 1, 2, 2], new Float32Array(4 * n)),
              labels: Int32Array.from(indices, (i) => i % 2),
            });
          },
        }),
    });
    registry.add(judges, {
      name: "stored",
      description:
        "Says for every image the grade that a stored file says, and keeps to two classes",
      options: z.strictObject({ note: z.string(), judge: fault() }),
      async open({ note, judge = usual.judge }, job) {
        const artifact = await job.load("note", note);
        const [grade] = await job.read(artifact, "grade.bin");
        job.emit({ type: "warning", message: `opened ${note}` });
        if (judge === "save") await job.save("note", {}, {}, []);
        return {
          scale: { type: "binary", names: ["no", "yes"] },
          classes: 2,
          async judge({ shape: [n], data }) {
            misbehave(judge);
            await pause();
            if (judge === "shape") return { grades: new Float64Array(n + 1) };
            const grades = new Float64Array(n).fill(judge === "nan" ? NaN : grade / 100);
            const p = judge === "sum" ? 2 : 1;
            const probabilities = Float64Array.from([...grades].flatMap((x) => [p - x, x]));
            return {
              grades,
              ...(judge !== "silent" && { probabilities }),
              ...(judge === "mutate" && { changed: data.fill(0) }),
            };
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      },
    });
    if (setup === "late") {
      setTimeout(() =>
        registry.add(metrics, { name: "late", description: "A toy", measure: () => ({}) })
      );
    }
  },
});
