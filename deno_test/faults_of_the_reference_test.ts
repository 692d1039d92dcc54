/**
 * The faults of the reference that must not come back (the table of the design, section 8), each with what fails when it does:
 *
 * | # | the reference | what fails when it is put back |
 * | - | ------------- | ------------------------------ |
 * | 1 | the distance is divided by √512 in one place, not in the other | here; "scoreAt() is the inverse of grade()" of the suite of probes |
 * | 2 | d = w·z/‖w‖ + b | here; "the distance is (w·x + b)/‖w‖ of the standardized code" |
 * | 3 | the raw-space w is added in standardized space | here; "gradient() agrees with finite differences of score()"; "shortest goes along the gradient in standardized space" |
 * | 4 | fixed steps along w | here; "the edited codes have the score that was asked for"; "pattern takes the shortest way by Mahalanobis" |
 * | 5 | the direction comes from the true label | here: an edit is told none, and goes both ways |
 * | 6 | training codes are encoded under random augmentation | here: a data set gives the same image each time, codes are those of these images; the same of encoders in their suite |
 * | 7 | AUC of hard predictions; other splits for other models | here; "svm repeats the reference's figures on its own latents" |
 * | 8 | the rendered image is never encoded again | "in the open loop a frame says what was missed"; "evaluate finds the share of the shift that the renderer lets through" |
 * | 9 | batch 1, one path at a time | here: rows are edited together as alone; "only frames that miss are rendered again" counts the batches |
 */

import {
  type Codes,
  type Dataset,
  datasets,
  definePlugin,
  editors,
  encoders,
  Host,
  type ProbePlugin,
  probes,
  Random,
  row,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { codeStatistics } from "@countergrade/countergrade/linear";
import { rocAuc } from "@countergrade/countergrade/review";
import { probeReport } from "../core/review/probe_report.ts";
import { memoryJob, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { z } from "zod";
import { patternEditor } from "../plugins/editors/pattern.ts";
import { shortestEditor } from "../plugins/editors/shortest.ts";
import { linearSvmProbe } from "../plugins/probes/linear_svm.ts";
import { encodeTask } from "../plugins/tasks/latents/encode.ts";
import { LoadedEncoders } from "../plugins/tasks/encoders/models.ts";
import { vertebraDataset } from "../plugins/datasets/vertebra/mod.ts";

await using host = await Host.boot([
  linearSvmProbe,
  patternEditor,
  shortestEditor,
  vertebraDataset,
]);
const { codes, labels, scale } = toyCodes();
const svm = host.member(probes, "svm") as ProbePlugin;
const probe = await svm.fit(codes, labels, svm.options.parse({ c: 1, standardize: false }), {
  scale,
  threshold: 1,
  random: new Random(1),
});
const statistics = codeStatistics(codes);
const [n, d] = codes.shape;

/** Edits copies of one code to scores. */
async function edited(editor: string, from: Codes, scores: number[]): Promise<Codes> {
  const member = host.member(editors, editor);
  const many = tensor(
    [scores.length, d],
    scores.flatMap(() => [...from.data]),
  );
  const noise = tensor([scores.length, 1, 1, 1], scores.map(() => 0));
  const targets = scores.map((score) => ({ score }));
  const options = member.options.parse({});
  return (await member.edit({ codes: many, noise }, probe, targets, options, { statistics }))
    .latents.codes;
}

Deno.test("faults 1 and 2: grade, scoreAt, gradient and score mean the same distance, (w·x + b)/‖w‖", () => {
  const { mean, sigma, normal, offset } = probe.toJSON().parameters as {
    mean: number[];
    sigma: number[];
    normal: number[];
    offset: number;
  };
  assertAlmostEquals(Math.hypot(...normal), 1, 1e-12);
  // Moving a code by the plane's own distance brings it onto the plane: so offset is in units of ‖w‖ too.
  const far = row(codes, 5);
  const [score] = probe.score(far);
  const foot = tensor([1, d], far.data.map((z, j) => z - score * normal[j] * sigma[j]));
  assertAlmostEquals(probe.score(foot)[0], 0, 1e-5);
  const decision = normal.reduce(
    (sum, w, j) => sum + w * (far.data[j] - mean[j]) / sigma[j],
    offset,
  );
  assertAlmostEquals(score, decision, 1e-9);
  assertAlmostEquals(probe.scoreAt(probe.grade(far)[0]), score, 1e-9);
  // libsvm's own rule: the side of the boundary is the side of its probability, up to Platt's shift.
  const truth = Array.from(labels, (label) => label >= 1 ? 1 : -1);
  const right = [...probe.score(codes)].filter((s, i) => Math.sign(s) === truth[i]).length;
  assert(right > 0.75 * n, `${right} of ${n}`);
});

Deno.test("fault 3: no step in standardized space that reaches the score is shorter than shortest's", async () => {
  const { sigma } = probe.toJSON().parameters as { sigma: number[] };
  const from = row(codes, 3);
  const goal = probe.score(from)[0] + 2;
  const to = await edited("shortest", from, [goal]);
  const length = Math.hypot(...to.data.map((z, j) => (z - from.data[j]) / sigma[j]));
  // A score is a distance: two σ of score take a step of two σ, and the raw-space w would take more.
  assertAlmostEquals(length, 2, 2e-3);
});

Deno.test("faults 4 and 5: one edit per target arrives at it, in both directions, from codes of any grade", async () => {
  for (const i of [0, 1, 2]) {
    const goals = [-3, -0.5, 0, 0.5, 3];
    const to = await edited("pattern", row(codes, i), goals);
    probe.score(to).forEach((score, k) => assertAlmostEquals(score, goals[k], 1e-3));
  }
});

Deno.test("fault 6: a data set gives the same image each time it is asked", async () => {
  const [{ id }] = (await host.discoverDatasets()).filter(({ plugin }) => plugin === "vertebra");
  const dataset = await host.openDataset(id);
  const [a, b] = [await dataset.get("train", [4, 9]), await dataset.get("train", [4, 9])];
  assertEquals(a.images.data, b.images.data);
});

/** Seventy pictures of noise, and an encoder whose codes are their pixels. */
const bare = definePlugin({
  id: "bare",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    const shape = [1, 4, 4] as const;
    const picture = (i: number) => new Random(i).fork("picture").normals(16).map(Math.tanh);
    const dataset: Dataset = {
      id: "noise",
      title: "Noise",
      imageShape: shape,
      scale,
      splits: { train: 70 },
      fingerprint: "noise",
      get: (_, indices) => {
        const rows = Array.from(indices);
        const images = tensor([rows.length, ...shape], rows.flatMap((i) => [...picture(i)]));
        const labels = Int32Array.from(rows, (i) => i % 3);
        return Promise.resolve({ ids: rows.map(String), images, labels });
      },
    };
    registry.add(datasets, {
      name: "noise",
      description: "Noise",
      options: z.object({}),
      discover: () => Promise.resolve([{ id: "noise", title: "Noise", options: {} }]),
      open: () => Promise.resolve(dataset),
    });
    registry.add(encoders, {
      name: "pixels",
      description: "Pixels",
      options: z.object({}),
      load: () =>
        Promise.resolve({
          imageShape: shape,
          codeSize: 16,
          details: {},
          defaultSampler: { name: "none", inversionSteps: 1, renderSteps: 1 },
          encode: (images) => Promise.resolve(tensor([images.shape[0], 16], images.data.slice())),
          encodeStochastic: (images) => Promise.resolve(images),
          render: ({ noise }) => Promise.resolve(noise),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    });
    registry.add(tasks, encodeTask(new LoadedEncoders()));
  },
});

Deno.test("fault 6: the codes that probes learn from are those of the images as they are", async () => {
  await using host = await Host.boot([bare]);
  const before = memoryJob(host);
  const model = { "model.safetensors": new Uint8Array(1) };
  const encoder = await before.save("encoder", model, { plugin: "pixels" }, []);
  const task = host.member(tasks, "encode");
  const job = memoryJob(host, { after: before });
  const options = task.options(host).parse({ encoder: encoder.id, dataset: "noise" });
  const { codes } = await task.run(options, job) as { codes: string };
  const file = await job.read(await job.load("codes", codes), "codes.safetensors");
  const { images } = await (await host.openDataset("noise")).get(
    "train",
    Array(70).keys().toArray(),
  );
  assertEquals(readSafetensors(file).tensors.get("train.codes")!.data, images.data);
});

Deno.test("fault 7: the AUC is that of scores, and another than that of hard predictions", () => {
  const report = probeReport(probe, codes, labels, 1);
  const truth = Int32Array.from(labels, (label) => label >= 1 ? 1 : 0);
  const scores = probe.score(codes);
  assertEquals(auc(report), rocAuc(truth, scores));
  assertNotEquals(auc(report), rocAuc(truth, scores.map((score) => score > 0 ? 1 : 0)));
});

Deno.test("fault 9: codes that are edited together end where each alone does", async () => {
  const from = row(codes, 0);
  const together = await edited("pattern", from, [-1, 0, 2]);
  for (const [k, goal] of [-1, 0, 2].entries()) {
    const alone = await edited("pattern", from, [goal]);
    alone.data.forEach((z, j) => assertAlmostEquals(together.data[k * d + j], z, 1e-5));
  }
});

/** The figure itself, whether it is told with an interval or not. */
function auc({ auc }: { auc: number | { value: number } }): number {
  return typeof auc === "number" ? auc : auc.value;
}
