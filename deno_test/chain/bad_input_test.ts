/** Bad input to the tasks of the chain: each case is a typed error that says what is wrong, and nothing is lost. */

import { type ErrorCode, InputError } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import type { Job, JobError } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bars, Chain, TINY } from "./chain.ts";

type Case = [
  name: string,
  task: string,
  options: Record<string, unknown>,
  code: ErrorCode,
  text: string,
  path?: string[],
];

const pixels = (n: number, size: number, of: (i: number) => number) => ({
  shape: [n, size, size],
  data: Uint8Array.from({ length: n * size * size }, (_, i) => of(i)),
});
const labels = (n: number, of = (i: number) => i % 3) =>
  Uint8Array.from({ length: n }, (_, i) => of(i));

const good = bars();
const file = writeNpz(good);
const dae = (options: Record<string, unknown> = {}, config: Record<string, unknown> = {}) => ({
  dae: { ...TINY, steps: 2, ...options, config: { ...TINY.config, ...config } },
});

/** Files in the data folder, beside the good one. */
const FILES = {
  bars: good,
  cut: file.subarray(0, file.length - 200),
  foreign: new TextEncoder().encode("no archive at all"),
  floats: {
    ...good,
    train_images: { shape: [36, 16, 16], data: new Float32Array(36 * 256).fill(NaN) },
  },
  short: { ...good, train_labels: labels(35) },
  holes: { ...good, train_labels: new Float32Array(36).fill(NaN) },
  constant: { train_images: pixels(36, 16, () => 77), train_labels: labels(36) },
  calm: { train_images: good.train_images, train_labels: labels(36, () => 1) },
  larger: { train_images: pixels(36, 24, (i) => i % 251), train_labels: labels(36) },
  wide: {
    train_images: { shape: [36, 8, 32], data: new Uint8Array(36 * 256) },
    train_labels: labels(36),
  },
  few: { train_images: pixels(5, 16, (i) => i % 251), train_labels: labels(5) },
  validation: {
    train_images: pixels(0, 16, () => 0),
    train_labels: labels(0),
    val_images: good.val_images,
    val_labels: good.val_labels,
  },
};

async function failed(chain: Chain, task: string, options: Record<string, unknown>) {
  let job: Job;
  try {
    job = await chain.run(task, options);
  } catch (error) {
    // Refused before there is a job.
    if (error instanceof InputError) return { ...error, message: error.message } as JobError;
    throw error;
  }
  assertEquals([job.state, job.artifacts], ["failed", []]);
  assertEquals((await chain.events(job)).at(-1), { type: "failed", error: job.error! } as unknown);
  return job.error!;
}

async function assertFails(t: Deno.TestContext, chain: Chain, cases: Case[]): Promise<void> {
  for (const [name, task, options, code, text, path] of cases) {
    await t.step(name, async () => {
      const error = await failed(chain, task, options);
      assertEquals([error.code, chain.log], [code, []], error.message);
      assert(error.message.includes(text), error.message);
      assert(!/\n|\bat .*\.ts|\/tmp\//.test(error.message), error.message);
      if (path) assertEquals(error.path, path);
    });
  }
  assertEquals(await chain.leftovers(), []);
}

Deno.test("training: bad data sets and options", async (t) => {
  await using chain = await Chain.open(FILES);
  const train = (dataset: string, options = {}, config = {}) => ({
    dataset,
    encoder: dae(options, config),
  });
  const config = ["encoder", "dae", "config"];
  await assertFails(t, chain, [
    ["truncated", "trainEncoder", train("cut"), "BAD_FORMAT", 'data set "cut"'],
    ["foreign", "trainEncoder", train("foreign"), "BAD_FORMAT", 'data set "foreign"'],
    ["floats", "trainEncoder", train("floats"), "BAD_FORMAT", "val_images of the same type"],
    ["labels missing", "trainEncoder", train("short"), "BAD_FORMAT", "one label per image"],
    ["odd labels", "trainEncoder", train("holes"), "BAD_FORMAT", "finite numbers"],
    ["unknown", "trainEncoder", train("nowhere"), "NOT_FOUND", "known: vertebra, "],
    ["climbing", "trainEncoder", train("../bars"), "NOT_FOUND", "../bars"],
    ["not square", "trainEncoder", train("wide"), "BAD_INPUT", "8 × 32", ["dataset"]],
    ["few images", "trainEncoder", train("few"), "BAD_INPUT", "at least 8", ["dataset"]],
    ["no images", "trainEncoder", train("validation"), "BAD_INPUT", "at least 8", ["dataset"]],
    [
      "unknown plugin",
      "trainEncoder",
      { dataset: "bars", encoder: { gan: {} } },
      "BAD_INPUT",
      "gan",
    ],
    [
      "unknown field",
      "trainEncoder",
      train("bars", {}, { depth: 1 }),
      "BAD_INPUT",
      "depth",
      config,
    ],
    [
      "other size",
      "trainEncoder",
      train("bars", {}, { imageSize: 32 }),
      "BAD_INPUT",
      "imageSize 16",
      [...config, "imageSize"],
    ],
    [
      "color",
      "trainEncoder",
      train("bars", {}, { imageChannels: 3 }),
      "BAD_INPUT",
      "imageChannels 1",
      [...config, "imageChannels"],
    ],
    [
      "too deep",
      "trainEncoder",
      train("bars", {}, { multipliers: [1, 1, 1, 1] }),
      "BAD_INPUT",
      "multipliers",
      [...config, "multipliers"],
    ],
    ["heads", "trainEncoder", train("bars", {}, { heads: 3 }), "BAD_INPUT", "heads", [
      ...config,
      "heads",
    ]],
    [
      "channels",
      "trainEncoder",
      train("bars", {}, { channels: 48 }),
      "BAD_INPUT",
      "multiple of 32",
      [...config, "channels"],
    ],
    [
      "huge",
      "trainEncoder",
      train("bars", {}, { channels: 4096, multipliers: [64, 64] }),
      "BAD_INPUT",
      "parameters",
      config,
    ],
    [
      "all noise",
      "trainEncoder",
      train("bars", {}, { betas: [0.5, 0.9] }),
      "BAD_INPUT",
      "betas",
      [...config, "betas"],
    ],
    [
      "no range",
      "trainEncoder",
      train("bars", {}, { imageRange: [1, 1] }),
      "BAD_INPUT",
      "imageRange",
      [...config, "imageRange"],
    ],
  ]);
});

Deno.test("codes, probes and paths: bad ids, splits, indices, targets", async (t) => {
  await using chain = await Chain.open(FILES);
  const { encoder, codes, probe } = await chain.probed();
  const codesOf = async (dataset: string) =>
    (await chain.done("encode", { encoder, dataset })).codes;
  const [constant, calm, validation] = [
    await codesOf("constant"),
    await codesOf("calm"),
    await codesOf("validation"),
  ];
  const path = (options: Record<string, unknown>) => ({ dataset: "bars", probe, ...options });
  await assertFails(t, chain, [
    [
      "encode: unknown encoder",
      "encode",
      { encoder: "encoder-0", dataset: "bars" },
      "NOT_FOUND",
      "encoder-0",
    ],
    ["encode: codes as encoder", "encode", { encoder: codes, dataset: "bars" }, "NOT_FOUND", codes],
    [
      "encode: unknown data set",
      "encode",
      { encoder, dataset: "nowhere" },
      "NOT_FOUND",
      "known: vertebra",
    ],
    ["encode: other size", "encode", { encoder, dataset: "larger" }, "BAD_INPUT", "[1, 16, 16]", [
      "dataset",
    ]],
    [
      "encode: unknown split",
      "encode",
      { encoder, dataset: "bars", splits: ["toString"] },
      "BAD_INPUT",
      "train, val",
      ["splits"],
    ],
    ["probe: unknown codes", "trainProbe", { codes: "codes-0" }, "NOT_FOUND", "codes-0"],
    ["probe: unknown probe", "trainProbe", { codes, probe: { forest: {} } }, "BAD_INPUT", "forest"],
    ["probe: no training codes", "trainProbe", { codes: validation }, "BAD_INPUT", '"train"', [
      "codes",
    ]],
    ["probe: threshold", "trainProbe", { codes, threshold: 3 }, "BAD_INPUT", "below 3", [
      "threshold",
    ]],
    ...["logistic", "svm", "ordinal"].flatMap((name): Case[] => {
      const probe = { [name]: {} };
      return [
        [`${name}: one class`, "trainProbe", { codes: calm, probe }, "BAD_INPUT", "both sides"],
        [
          `${name}: constant images`,
          "trainProbe",
          { codes: constant, probe },
          "BAD_INPUT",
          "all codes are the same",
        ],
      ];
    }),
    [
      "grade: unknown probe",
      "grade",
      { dataset: "bars", probe: "probe-0", indices: [0] },
      "NOT_FOUND",
      "probe-0",
    ],
    [
      "grade: other size",
      "grade",
      { dataset: "larger", probe, indices: [0] },
      "BAD_INPUT",
      "[1, 16, 16]",
      ["dataset"],
    ],
    ["grade: index", "grade", path({ indices: [0, 12] }), "BAD_INPUT", "0 to 11"],
    ["grade: split", "grade", path({ indices: [0], split: "dev" }), "BAD_INPUT", "train, val", [
      "split",
    ]],
    [
      "path: unknown probe",
      "counterfactualPath",
      path({ probe: "probe-0" }),
      "NOT_FOUND",
      "probe-0",
    ],
    [
      "path: unknown data set",
      "counterfactualPath",
      path({ dataset: "nowhere" }),
      "NOT_FOUND",
      "nowhere",
    ],
    [
      "path: other size",
      "counterfactualPath",
      path({ dataset: "larger", split: "train" }),
      "BAD_INPUT",
      "[1, 16, 16]",
      ["dataset"],
    ],
    ["path: index", "counterfactualPath", path({ index: 12 }), "BAD_INPUT", "below 12", ["index"]],
    ["path: split", "counterfactualPath", path({ split: "dev" }), "BAD_INPUT", "train, val", [
      "split",
    ]],
    [
      "path: sampler",
      "counterfactualPath",
      path({ sampler: { name: "euler" } }),
      "BAD_INPUT",
      "dpm-solver, ddim",
      ["sampler", "name"],
    ],
    [
      "path: inherited sampler",
      "counterfactualPath",
      path({ sampler: { name: "constructor" } }),
      "BAD_INPUT",
      "dpm-solver, ddim",
    ],
    ["path: no number", "counterfactualPath", path({ targets: [NaN] }), "BAD_INPUT", "targets"],
    ["path: editor", "counterfactualPath", path({ editor: { wish: {} } }), "BAD_INPUT", "wish"],
  ]);
});

Deno.test("imports: truncated and foreign checkpoints, names that lead elsewhere", async (t) => {
  const zip = writeNpz({ weights: new Float32Array(4) });
  await using chain = await Chain.open({
    bars: good,
    "text.ckpt": new TextEncoder().encode("no checkpoint at all"),
    "empty.ckpt": new Uint8Array(0),
    "zip.ckpt": zip,
    "cut.ckpt": zip.subarray(0, 60),
    "cut.safetensors": new Uint8Array(12).fill(1),
  });
  const { encoder } = await chain.done("trainEncoder", { dataset: "bars", encoder: dae() });
  const model = await chain.jobs.artifact(encoder);
  const bytes = await chain.workspace.blobs.read(model.files["model.safetensors"]);
  await chain.put("half.safetensors", bytes.subarray(0, bytes.length >> 1));
  await chain.put("whole.safetensors", bytes);
  await assertFails(t, chain, [
    ...["text.ckpt", "empty.ckpt", "zip.ckpt", "cut.ckpt", "cut.safetensors", "half.safetensors"]
      .map(
        (file): Case => [file, "importEncoder", { file }, "BAD_FORMAT", "Cannot "],
      ),
    ["not there", "importEncoder", { file: "none.ckpt" }, "NOT_FOUND", "none.ckpt"],
    ["absolute", "importEncoder", { file: "/etc/hostname" }, "BAD_INPUT", "data folder", ["file"]],
    ["climbing", "importEncoder", { file: "../home/countergrade.db" }, "BAD_INPUT", "data folder", [
      "file",
    ]],
  ]);
  const { encoder: imported } = await chain.done("importEncoder", { file: "whole.safetensors" });
  const same = (await chain.jobs.artifact(imported)).files;
  assertEquals(same, model.files, "a model of our own comes in unchanged");
});

Deno.test("images without any contrast train, and give codes without NaN", async () => {
  await using chain = await Chain.open(FILES);
  const job = await chain.run("trainEncoder", { dataset: "constant", encoder: dae({ steps: 6 }) });
  assertEquals([job.state, job.error], ["done", undefined]);
  const text = JSON.stringify([job.result, await chain.events(job)]);
  assert(!text.includes("null"), text);
  const { encoder } = job.result as { encoder: string };
  await chain.done("encode", { encoder, dataset: "constant" });
});

Deno.test("steps beyond the number of diffusion steps, and very few of either, render finite images", async () => {
  await using chain = await Chain.open();
  const { encoder } = await chain.done("trainEncoder", {
    dataset: "bars",
    encoder: dae({}, { noiseSteps: 2 }),
  });
  const { codes } = await chain.done("encode", { dataset: "bars", encoder });
  const { probe } = await chain.done("trainProbe", { codes });
  for (const name of ["dpm-solver", "ddim"]) {
    for (const steps of [1, 5]) {
      const sampler = { name, inversionSteps: steps, renderSteps: steps };
      const { metrics } = await chain.done("counterfactualPath", {
        dataset: "bars",
        probe,
        sampler,
      });
      assert(Number.isFinite(metrics.reconstructionMse), `${name} ${steps}: no reconstruction`);
    }
  }
});

Deno.test("an unknown task, and wrong seeds, are refused before there is a job", async () => {
  await using chain = await Chain.open();
  await assertRejects(() => chain.run("paint", {}), Error, "trainEncoder");
  await assertRejects(() => chain.run("encode", {}, { seed: -1 }), InputError, "seed");
  assertEquals((await chain.jobs.list()).items, []);
});
