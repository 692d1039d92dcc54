/** The task `evaluateProbe`, with the reference's figures on the reference's latents. */

import { FormatError, Host, InputError, NotFoundError, tasks } from "@countergrade/countergrade";
import { writeNpz } from "@countergrade/countergrade/formats";
import { memoryJob, register, testTask, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { linearSvmProbe } from "../../../../plugins/probes/linear_svm.ts";
import { logisticProbe } from "../../../../plugins/probes/logistic.ts";
import { ordinalProbe } from "../../../../plugins/probes/ordinal.ts";
import { lossyWorld } from "../lossy_world.ts";
import { evaluateProbeTask } from "../../../../plugins/tasks/probes/evaluate_probe.ts";
import { hasRetinaLatents, retinaLatents } from "../../probes/toy60.ts";

const host = await Host.boot([logisticProbe, linearSvmProbe, ordinalProbe, evaluateProbeTask]);
const task = host.member(tasks, "evaluateProbe");
const { codes, labels } = toyCodes();
const toy = {
  train_latents: codes,
  train_labels: labels,
  val_latents: codes,
  val_labels: new Uint8Array(labels),
};

async function evaluate(options: Record<string, unknown>) {
  return await task.run(task.options(host).parse(options), memoryJob(host));
}

async function written(arrays: Parameters<typeof writeNpz>[0]): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".npz" });
  globalThis.addEventListener("unload", () => Deno.removeSync(path));
  await Deno.writeFile(path, writeNpz(arrays));
  return path;
}

const latents = await written(toy);
for (const probe of ["logistic", "svm", "ordinal"]) {
  register(
    `task evaluateProbe (${probe})`,
    testTask(task, {
      host,
      options: { latents, probe },
      varying: ["fitSeconds"],
    }),
  );
}

Deno.test("evaluateProbe prints exactly the figures that scripts depend on", async () => {
  const keys = ["accuracy", "f1", "balancedAccuracy", "auc", "mae", "macroF1", "qwk", "fitSeconds"];
  const told = await evaluate({ latents, probe: "ordinal" });
  assertEquals(Object.keys(told), [...keys, "brier", "calibrationError", "review"]);
});

Deno.test("evaluateProbe reviews the figures: an interval and the trivial answer of the training labels", async () => {
  const told = await evaluate({ latents, probe: "logistic" });
  const { figures, confusion, images } = told.review;
  assertEquals(images, 90);
  for (const { name, value, low, high, baseline } of figures) {
    assertEquals(value, told[name], name);
    assert(low <= high && Number.isFinite(baseline), `${name}: ${low} to ${high}, ${baseline}`);
  }
  assertEquals(figures.find(({ name }: { name: string }) => name === "auc").baseline, 0.5);
  assertEquals(confusion.flat().reduce((a: number, b: number) => a + b), 90);
  const worse = await written({ ...toy, train_labels: labels.map((l) => l === 0 ? 1 : 2) });
  const { review } = await evaluate({ latents: worse, probe: "logistic", threshold: 2 });
  const baseline = review.figures.find(({ name }: { name: string }) => name === "mae").baseline;
  assertEquals(baseline, labels.reduce((sum, label) => sum + Math.abs(label - 2), 0) / 90);
});

Deno.test({
  name: "svm repeats the reference's figures on its own latents",
  ignore: !hasRetinaLatents,
  async fn() {
    const figures = await evaluate({ latents: retinaLatents.pathname, probe: "svm" });
    const expected = {
      accuracy: 0.85,
      f1: 0.87838,
      auc: 0.89141,
      mae: 0.72804,
      macroF1: 0.31435,
      qwk: 0.6561,
    };
    for (const [name, value] of Object.entries(expected)) {
      assertAlmostEquals(figures[name], value, 1e-4, `${name}: ${figures[name]}`);
    }
  },
});

Deno.test({
  name: "logistic repeats scikit-learn's figures on the reference's latents",
  ignore: !hasRetinaLatents,
  async fn() {
    const figures = await evaluate({ latents: retinaLatents.pathname, probe: "logistic" });
    const expected = { accuracy: 0.84167, f1: 0.86897, auc: 0.89422 };
    for (const [name, value] of Object.entries(expected)) {
      assertAlmostEquals(figures[name], value, 1e-4, `${name}: ${figures[name]}`);
    }
  },
});

Deno.test({
  name: "ordinal grades the reference's latents better than the reference's regression",
  ignore: !hasRetinaLatents,
  async fn() {
    const { mae, macroF1, qwk } = await evaluate({
      latents: retinaLatents.pathname,
      probe: "ordinal",
    });
    assert(mae <= 0.6 && macroF1 >= 0.526 && qwk >= 0.668, JSON.stringify({ mae, macroF1, qwk }));
  },
});

Deno.test("a stored probe is measured on any data set, with its labels in other words", async () => {
  await using own = await lossyWorld((brightness) => brightness, [evaluateProbeTask]);
  const { result } = await own.run("evaluateProbe", { split: "val" });
  assertEquals([result.review.images, result.accuracy, result.fitSeconds], [6, 1, undefined]);
  await using other = await lossyWorld((brightness) => brightness, [evaluateProbeTask], {
    scale: { type: "ordinal", names: ["0", "1", "2"] },
  });
  const error = await assertRejects(
    () => other.run("evaluateProbe", { split: "val" }),
    InputError,
    "(0, 1, 2) are not on the probe's scale (none, mild, severe)",
  );
  assertEquals(error.path, ["labels"]);
  const labels = ["0=none", "1=severe", "2=severe"];
  const told = (await other.run("evaluateProbe", { split: "val", labels })).result;
  assertEquals(told.review.confusion, [[2, 0, 0], [0, 0, 0], [0, 2, 2]]);
  await assertRejects(
    () => other.run("evaluateProbe", { split: "val", labels: ["3=none"] }),
    InputError,
    'expected one of 0, 1, 2 of "halves"',
  );
});

Deno.test("evaluateProbe says what is wrong with its file or options", async () => {
  await assertRejects(
    () => evaluate({ latents: "no/such.npz", probe: "svm" }),
    NotFoundError,
    "no/such.npz",
  );
  const part = await written({ train_latents: codes, train_labels: labels });
  await assertRejects(() => evaluate({ latents: part, probe: "svm" }), FormatError, "val_latents");
  const short = await written({ ...toy, val_labels: labels.slice(1) });
  await assertRejects(() => evaluate({ latents: short, probe: "svm" }), FormatError, "[89, d]");
  const half = await written({ ...toy, val_labels: Float32Array.from(labels, (l) => l + 0.5) });
  await assertRejects(() => evaluate({ latents: half, probe: "svm" }), FormatError, "0.5");
  const calm = await written({ ...toy, val_labels: labels.map(() => 0) });
  await assertRejects(() => evaluate({ latents: calm, probe: "svm" }), InputError, "both sides");
  await assertRejects(() => evaluate({ latents, probe: "tree" }), NotFoundError, "svm");
  await assertRejects(() => evaluate({ probe: "svm" }), Error, "either latents or a data set");
  await assertRejects(
    () => evaluate({ latents, probe: "svm", options: { c: -1 } }),
    InputError,
    "c:",
  );
});
