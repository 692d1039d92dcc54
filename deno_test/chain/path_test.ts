/** From a file of images to a stored counterfactual path, and the same again elsewhere. */

import type { Artifact } from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { isBlobName, type Job } from "@countergrade/countergrade/jobs";
import { decode } from "../../core/formats/png/png.ts";
import { assert, assertEquals } from "@std/assert";
import { bars, Chain, TINY } from "./chain.ts";

const GRADES = [0, 1, 2];
/** The width of three frames side by side, with gaps of two pixels. */
const STRIP = 3 * 16 + 2 * 2;
const training = { ...TINY, steps: 30, learningRate: 3e-3, warmUp: 2, checkpointEvery: 10 };
const sampler = { name: "dpm-solver", inversionSteps: 6, renderSteps: 8 };

/** The chain to a path of the image val-4; all results, artifacts and events. */
async function walk(chain: Chain) {
  const dataset = "bars";
  const run = async (task: string, options: Record<string, unknown>) => {
    const job = await chain.run(task, options, { seed: 7 });
    assertEquals([task, job.state, job.error], [task, "done", undefined]);
    // deno-lint-ignore no-explicit-any -- each task has its own result
    return { job, result: job.result as any };
  };
  const trained = await run("trainEncoder", {
    dataset,
    encoder: { dae: training },
  });
  const { encoder } = trained.result;
  const encoded = await run("encode", { dataset, encoder });
  const { codes } = encoded.result;
  const fitted = await run("trainProbe", { codes, probe: { ordinal: { lambda: 0.1 } } });
  const { probe } = fitted.result;
  const graded = await run("grade", { dataset, probe, indices: [4, 0] });
  const path = await run("counterfactualPath", { dataset, probe, index: 4, sampler });
  const artifact = (id: string): Promise<Artifact> => chain.jobs.artifact(id);
  return {
    trained,
    encoded,
    fitted,
    graded,
    path,
    artifacts: {
      encoder: await artifact(encoder),
      codes: await artifact(codes),
      probe: await artifact(probe),
      path: await artifact(path.result.path),
    },
  };
}

Deno.test("the chain from images to a path: what is stored, told and written down", async (t) => {
  await using chain = await Chain.open();
  const { fitted, graded, path, artifacts } = await walk(chain);
  const { fingerprint } = await chain.host.openDataset("bars");
  const read = (artifact: Artifact, file: string) =>
    chain.workspace.blobs.read(artifact.files[file]);

  await t.step("codes and labels of all splits are in one safetensors file", async () => {
    const { tensors } = readSafetensors(await read(artifacts.codes, "codes.safetensors"));
    assertEquals([...tensors].map(([name, { shape }]) => [name, ...shape]).sort(), [
      ["train.codes", 36, 8],
      ["train.labels", 36],
      ["val.codes", 12, 8],
      ["val.labels", 12],
    ]);
    assertEquals([...tensors.get("val.labels")!.data.slice(0, 4)], [0, 1, 2, 0]);
  });

  await t.step("the probe is a JSON file with its figures beside it", async () => {
    const json = JSON.parse(new TextDecoder().decode(await read(artifacts.probe, "probe.json")));
    assertEquals([json.plugin, json.scale.names], ["ordinal", ["0", "1", "2"]]);
    const { report, intervals } = artifacts.probe.metadata as Record<
      string,
      Record<string, unknown>
    >;
    assertEquals(report.measuredOn, "val");
    const { review, chance, ...told } = fitted.result as Record<string, unknown>;
    assertEquals({ probe: artifacts.probe.id, ...report, warnings: [] }, told);
    const { figures } = review as { figures: { name: string; low: number; high: number }[] };
    const { low, high } = figures.find(({ name }) => name === "mae")!;
    assertEquals(intervals.mae, [low, high]);
    assertEquals(artifacts.probe.metadata.chance, chance);
    assertEquals((chance as { p: number }).p, 0.001);
    const stored = new TextDecoder().decode(await read(artifacts.probe, "report.json"));
    assertEquals(JSON.parse(stored), review);
    for (const [name, value] of Object.entries(report)) {
      if (name !== "measuredOn") assert(Number.isFinite(value), `${name}: ${value}`);
    }
  });

  await t.step(
    "the path has its frames, pictures and path.json, each file with its type",
    async () => {
      assertEquals(
        Object.keys(artifacts.path.files).sort(),
        [
          "animation.png",
          "difference-legend.svg",
          "latents.safetensors",
          "original.png",
          "path.json",
          "reconstruction.png",
          "strip.png",
          "figure.svg",
          ...GRADES.flatMap((i) => [
            `difference-${i}.npy`,
            `difference-${i}.png`,
            `frame-${i}.png`,
          ]),
        ].sort(),
      );
      for (const [file, blob] of Object.entries(artifacts.path.files)) {
        assert(isBlobName(blob) && blob.endsWith(file.slice(file.indexOf("."))), blob);
        if (!file.endsWith(".png")) continue;
        const { width, height } = decode(await read(artifacts.path, file));
        assertEquals([file, height, width], [file, 16, file === "strip.png" ? STRIP : 16]);
      }
    },
  );

  await t.step("path.json says what the result says, all of it finite", async () => {
    const text = new TextDecoder().decode(await read(artifacts.path, "path.json"));
    const json = JSON.parse(text);
    const { path: id, ...result } = path.result;
    assertEquals(id, artifacts.path.id);
    for (const [name, value] of Object.entries(result)) {
      assertEquals([name, json[name]], [name, value]);
    }
    assertEquals([json.dataset, json.split, json.index, json.image, json.label], [
      "bars",
      "val",
      4,
      "val-4",
      1,
    ]);
    assertEquals([json.sampler, json.editor], [sampler, "pattern"]);
    assert(!text.includes("null"), "a number that is not finite would be written as null");
    assertEquals(
      json.frames.map(({ targetGrade }: { targetGrade: number }) => targetGrade),
      GRADES,
    );
    for (const frame of json.frames) {
      assert(Math.abs(frame.latentGrade - frame.targetGrade) < 1e-2, JSON.stringify(frame));
      assertEquals(frame.image, artifacts.path.files[`frame-${frame.index}.png`]);
    }
    assert(json.metrics.reconstructionSsim > 0.5, JSON.stringify(json.metrics));
  });

  await t.step("the image's own grade is the one that the task grade gives", () => {
    const [{ id, label, grade, score, probability }] = graded.result.grades;
    assertEquals([id, label], ["val-4", 1]);
    const { latent } = path.result;
    for (const [a, b] of [[grade, latent.grade], [score, latent.score]]) {
      assert(Math.abs(a - b) < 1e-4, `${a} and ${b}`);
    }
    assert(Math.abs(probability - latent.probability) < 1e-4);
  });

  await t.step(
    "progress counts to the end, previews are strips, frames come in order",
    async () => {
      const events = await chain.events(path.job);
      const steps = events.flatMap((e) => e.type === "progress" ? [[e.step, e.total]] : []);
      assertEquals(steps, Array.from({ length: 14 }, (_, i) => [i + 1, 14]));
      const previews = events.flatMap((e) => e.type === "preview" ? [e] : []);
      assertEquals(previews.map(({ step, total }) => [step, total]), [[1, 8], [4, 8], [8, 8]]);
      for (const { image } of previews) {
        const { width, height } = decode(await chain.workspace.blobs.read(image));
        assertEquals([height, width], [16, STRIP]);
      }
      const frames = events.flatMap((e) => e.type === "frame" ? [e.frame] : []);
      assertEquals(frames, path.result.frames);
      const warnings = events.flatMap((e) => e.type === "warning" ? [e.message] : []);
      assertEquals(warnings, path.result.warnings);
    },
  );

  await t.step("every artifact says which task, plugins, options, seed and inputs made it", () => {
    const { encoder, codes, probe, path } = artifacts;
    const facts = Object.values(artifacts).map(({ kind, provenance }) => {
      const { task, seed, inputs, plugins } = provenance;
      const names = plugins.map(({ id }) => id.replace("@countergrade/", ""));
      return { kind, task, seed, inputs, names };
    });
    const seed = 7;
    assertEquals(facts, [
      {
        kind: "encoder",
        task: "trainEncoder",
        seed,
        inputs: [fingerprint],
        names: ["path-tasks", "dae-encoder"],
      },
      {
        kind: "codes",
        task: "encode",
        seed,
        inputs: [encoder.id, fingerprint],
        names: ["path-tasks"],
      },
      {
        kind: "probe",
        task: "trainProbe",
        seed,
        inputs: [codes.id],
        names: ["path-tasks", "ordinal-probe"],
      },
      {
        kind: "path",
        task: "counterfactualPath",
        seed,
        inputs: [probe.id, encoder.id, fingerprint],
        names: ["path-tasks", "pattern-editor"],
      },
    ]);
    const { options } = path.provenance as { options: Record<string, unknown> };
    assertEquals([options.split, options.index, options.sampler], ["val", 4, sampler]);
  });

  await t.step("the same once more is answered from the store", async () => {
    const again = await walk(chain);
    assertEquals(again.path.job.id, path.job.id);
  });
});

Deno.test("another home, the same seed: the same artifacts, losses and frames", async () => {
  await using here = await Chain.open();
  await using there = await Chain.open();
  const [a, b] = [await walk(here), await walk(there)];
  for (const kind of ["encoder", "codes", "probe", "path"] as const) {
    const [{ id, files }, other] = [a.artifacts[kind], b.artifacts[kind]];
    assertEquals([id, files], [other.id, other.files]);
  }
  // The last event of a training tells its speed, and progress its pace.
  const told = async (chain: Chain, job: Job) =>
    (await chain.events(job)).slice(0, -1).map((event) =>
      event.type === "progress"
        ? { ...event, imagesPerSecond: undefined, secondsLeft: undefined }
        : event
    );
  assertEquals(await told(here, a.trained.job), await told(there, b.trained.job));
  assertEquals(await here.events(a.path.job), await there.events(b.path.job));
});

Deno.test("another seed, or other images, give other models", async () => {
  await using chain = await Chain.open({ bars: bars(), others: bars(2) });
  const options = { dataset: "bars", encoder: { dae: { ...TINY, steps: 2 } } };
  const model = async (options: Record<string, unknown>, seed: number) => {
    const { state, artifacts } = await chain.run("trainEncoder", options, { seed });
    assertEquals(state, "done");
    return (await chain.jobs.artifact(artifacts[0])).files["model.safetensors"];
  };
  const models = [
    await model(options, 1),
    await model(options, 2),
    await model({ ...options, dataset: "others" }, 1),
  ];
  assertEquals(new Set(models).size, 3);
});
