/** The task `trainBaseline`: a supervised network beside the probes. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CancelledError,
  InputError,
  judges,
  type TaskPlugin,
  tasks,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { bars, Chain } from "../../../chain/chain.ts";

const options = {
  dataset: "bars",
  channels: [8, 16],
  epochs: 12,
  patience: 12,
  batchSize: 8,
  learningRate: 0.02,
  threads: 1,
};
const files = { bars: bars(3, { train: 72, val: 24, test: 12 }) };

Deno.test("trainBaseline learns what can be seen, and reports every split beside the trivial answer", async () => {
  await using chain = await Chain.open(files);
  const { classifier, reports, ...rest } = await chain.done("trainBaseline", options);
  assertEquals(
    reports.map(({ split, images }: { split: string; images: number }) => [split, images]),
    [
      ["train", 72],
      ["val", 24],
      ["test", 12],
    ],
  );
  for (const report of reports.slice(1)) {
    // Grades 0, 1, 2 in equal parts: the median is 1, two of three are not below the threshold 1.
    assertEquals(report.trivialMae, 2 / 3);
    assertEquals(report.trivialAccuracy, 2 / 3);
    assert(report.qwk > 0.8 && report.mae < 0.3 && report.auc > 0.9, JSON.stringify(report));
  }
  assert(rest.bestEpoch <= rest.epochs && rest.epochs <= 12);
  const stored = (await chain.workspace.store.artifacts.get(classifier))!;
  const { tensors } = readSafetensors(
    await chain.workspace.blobs.read(stored.files["classifier.safetensors"]),
  );
  const count = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  assertEquals(count, rest.parameters);
});

Deno.test("trainBaseline stops when the held-out kappa no longer rises, and keeps the best epoch", async () => {
  await using chain = await Chain.open(files);
  const { epochs, bestEpoch } = await chain.done("trainBaseline", {
    ...options,
    learningRate: 1e-9,
    patience: 2,
  });
  assertEquals([epochs, bestEpoch], [3, 1]);
});

Deno.test("a trainBaseline that was interrupted ends with the same weights and figures", async () => {
  await using chain = await Chain.open(files);
  const { host } = chain;
  const task: TaskPlugin = host.member(tasks, "trainBaseline");
  // At the second rate the first epoch stays the best: it is known from the checkpoint alone.
  for (const learningRate of [0.02, 1e-9]) {
    const parsed = task.options(host).parse({ ...options, epochs: 3, flip: true, learningRate });
    const whole = memoryJob(host, { seed: 4 });
    const expected = await task.run(parsed, whole);

    const job = memoryJob(host, { seed: 4 });
    const first = {
      ...job,
      emit(event: Parameters<typeof job.emit>[0]) {
        if (event.type === "progress" && event.step === 9) throw new CancelledError();
      },
    };
    await assertRejects(() => task.run(parsed, first), CancelledError);
    const second = memoryJob(host, { seed: 4 });
    await second.checkpoint.write((await job.checkpoint.read())!);
    assertEquals(await task.run(parsed, second), expected);
    const filesOf = (one: typeof whole) => [...one.artifacts.values()].map(({ files }) => files);
    assertEquals(filesOf(second), filesOf(whole));
    const steps = second.events.flatMap((event) => event.type === "progress" ? [event.step] : []);
    assertEquals(steps[0], 8, "the second run starts after the first epoch");
  }
});

Deno.test("trainBaseline refuses a threshold beyond the scale and too few images, by name of the option", async () => {
  await using chain = await Chain.open({ few: bars(3, { train: 9 }) });
  const refused = async (more: Record<string, unknown>) =>
    (await chain.run("trainBaseline", { ...options, dataset: "few", ...more })).error;
  const threshold = await refused({ threshold: 3 });
  assertEquals([threshold?.code, threshold?.path], ["BAD_INPUT", ["threshold"]]);
  const images = await refused({});
  assertEquals([images?.code, images?.path], ["BAD_INPUT", ["dataset"]]);
  assertEquals(chain.log, []);
});

const chain = await Chain.open(files);
globalThis.addEventListener("unload", () => Deno.removeSync(chain.folder, { recursive: true }));
await chain.workspace.close();
register(
  "task trainBaseline",
  testTask(chain.host.member(tasks, "trainBaseline"), {
    host: chain.host,
    options: { ...options, epochs: 2 },
  }),
);

for (const more of [{ network: "residual" }, { head: "regression" }] as const) {
  Deno.test(`a baseline with ${JSON.stringify(more)} learns too, and judges`, async () => {
    await using chain = await Chain.open(files);
    const { classifier, reports, parameters } = await chain.done("trainBaseline", {
      ...options,
      ...more,
    });
    const plain = await chain.done("trainBaseline", { ...options, epochs: 1 });
    if ("network" in more) assert(parameters > plain.parameters, `${parameters}`);
    const report = reports.find(({ split }: { split: string }) => split === "val");
    assert(report.qwk > 0.7 && report.auc > 0.85, JSON.stringify(report));

    const { host, workspace } = chain;
    const job = memoryJob(host);
    const member = host.member(judges, "network");
    const stored = (await workspace.store.artifacts.get(classifier))!;
    await using judge = await member.open(member.options.parse({ classifier, threads: 1 }), {
      ...job,
      load: () => Promise.resolve(stored),
      read: (artifact, file) => workspace.blobs.read(artifact.files[file]),
    });
    assertEquals(judge.classes, "head" in more ? undefined : 3);
    const dataset = await host.openDataset("bars");
    const { images, labels } = await dataset.get("val", [0, 1, 2, 3, 4, 5]);
    const { grades, probabilities } = await judge.judge(images);
    assertEquals(probabilities === undefined, "head" in more);
    const off = [...grades].reduce((sum, grade, i) => sum + Math.abs(grade - labels[i]) / 6, 0);
    assert(off < 0.6, `${off}`);
  });
}

Deno.test("a regression of classes without an order is refused", async () => {
  await using chain = await Chain.open(files);
  const task: TaskPlugin = chain.host.member(tasks, "trainBaseline");
  const dataset = await chain.host.openDataset("bars");
  const job = memoryJob(chain.host);
  const nominal = { ...dataset, scale: { ...dataset.scale, type: "nominal" } };
  const host = { openDataset: () => Promise.resolve(nominal) };
  const parsed = task.options(chain.host).parse({ ...options, head: "regression" });
  await assertRejects(
    () => task.run(parsed, { ...job, host } as unknown as typeof job),
    InputError,
    "expected labels with an order",
  );
});
