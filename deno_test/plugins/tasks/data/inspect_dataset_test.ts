/** The task inspectDataset: counts, duplicates, the contact sheet and what was left out, of data sets whose faults are known. */

import {
  CancelledError,
  type Dataset,
  Random,
  row,
  type TaskPlugin,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { ofPng, toPng } from "@countergrade/countergrade/images";
import { decode } from "../../../../core/formats/png/png.ts";
import { memoryJob, testTask } from "@countergrade/countergrade/testing";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { chooseContacts } from "../../../../plugins/tasks/data/contact_sheet.ts";
import { survey } from "../../../../plugins/tasks/data/dataset_survey.ts";
import { bars, Chain } from "../../../chain/chain.ts";

/** Bars with a copy of train image 4 in val, one of train image 7 in train, and a val image one step brighter than train 9. */
function copied() {
  const arrays = bars(3, { train: 30, val: 9 }) as Record<string, { data: Uint8Array }>;
  const [train, val] = [arrays.train_images.data, arrays.val_images.data];
  const random = new Random(1);
  for (const data of [train, val]) data.forEach((_, i) => data[i] = random.integer(250));
  val.set(train.subarray(4 * 256, 5 * 256), 3 * 256);
  train.set(train.slice(7 * 256, 8 * 256), 20 * 256);
  val.set(train.subarray(9 * 256, 10 * 256).map((x) => x + 1), 5 * 256);
  return arrays as unknown as ReturnType<typeof bars>;
}

async function inspect(chain: Chain, options: Record<string, unknown>, seed = 5) {
  const task: TaskPlugin = chain.host.member(tasks, "inspectDataset");
  const job = memoryJob(chain.host, { seed });
  const result = await task.run(task.options(chain.host).parse(options), job) as Result;
  const artifact = await job.load("inspection", result.inspection);
  const read = (file: string) => job.read(artifact, file);
  const content = JSON.parse(new TextDecoder().decode(await read("inspection.json")));
  return { job, result, artifact, read, content };
}

interface Result {
  inspection: string;
  images: number;
  splits: { split: string; images: number; grades: { name: string; images: number }[] }[];
  duplicates: { exact: number; similar: number; acrossSplits: number; pairs: unknown[] };
  skipped: { files: number; reasons: { file: string; reason: string }[] };
  contactRows: string[];
  contactSheet: string;
  meanIntensity: number;
  intensityDeviation: number;
  license?: string;
  measurements: { name: string }[];
}

Deno.test("inspectDataset counts grades and finds copies, those across splits first", async () => {
  await using chain = await Chain.open({ bars: copied() });
  const { result, content, artifact, job } = await inspect(chain, { dataset: "bars" });
  const grades = (n: number) => ["0", "1", "2"].map((name) => ({ name, images: n }));
  assertEquals(result.splits, [
    { split: "train", images: 30, grades: grades(10) },
    { split: "val", images: 9, grades: grades(3) },
  ]);
  assertEquals(result.images, 39);
  const { pairs, ...counts } = result.duplicates;
  assertEquals(counts, { exact: 2, similar: 1, acrossSplits: 2 });
  assertEquals(pairs.map((pair) => (pair as { exact: boolean }).exact), [true, false, true]);
  assertEquals(
    content.duplicates.pairs.map(({ first, second }: Record<string, unknown>) => [first, second]),
    [
      [{ split: "train", index: 4 }, { split: "val", index: 3 }],
      [{ split: "train", index: 9 }, { split: "val", index: 5 }],
      [{ split: "train", index: 7 }, { split: "train", index: 20 }],
    ],
  );
  assertEquals(Object.keys(artifact.files).sort(), [
    "contact.png",
    "histogram.svg",
    "inspection.json",
  ]);
  const [dataset] = artifact.provenance.inputs;
  assertEquals(dataset, (await chain.host.openDataset("bars")).fingerprint);
  assertEquals(job.events.at(-1), {
    type: "progress",
    step: 39,
    total: 39,
    message: "looking at images",
  });
});

Deno.test("inspectDataset tells intensities as they are", async () => {
  const data = new Uint8Array(4 * 64).map((_, i) => [0, 255, 127, 128][i % 4]);
  await using chain = await Chain.open({
    four: { train_images: { shape: [4, 8, 8], data }, train_labels: Uint8Array.of(0, 1, 1, 0) },
  });
  const { result, content, read } = await inspect(chain, { dataset: "four" });
  assertAlmostEquals(result.meanIntensity, 0, 1e-6);
  assertAlmostEquals(result.intensityDeviation, Math.SQRT1_2, 1e-4);
  const { edges, pixels } = content.histogram;
  assertEquals([edges.length, edges[0], edges[64]], [65, -1, 1]);
  assertEquals(
    pixels.train.flatMap((count: number, bin: number) => count ? [[bin, count]] : []),
    [[0, 64], [31, 64], [32, 64], [63, 64]],
  );
  const svg = new TextDecoder().decode(await read("histogram.svg"));
  assertStringIncludes(svg, "blue: train");
  assert(!svg.includes("NaN") && !svg.includes("Infinity"));
});

Deno.test("inspectDataset draws a row per grade, by the seed, from the places that it tells", async () => {
  await using chain = await Chain.open({ bars: copied() });
  const options = { dataset: "bars", perGrade: 4 };
  const { result, content, read } = await inspect(chain, options);
  const sheet = decode(await read("contact.png"));
  // 16 pixels are enlarged to 64, with gaps of 2.
  assertEquals([sheet.width, sheet.height], [4 * 64 + 3 * 2, 3 * 64 + 2 * 2]);
  assertEquals(result.contactRows, ["0", "1", "2"]);
  const dataset = await chain.host.openDataset("bars");
  for (const { label, images } of content.contactSheet) {
    assertEquals(images.length, 4);
    for (const { split, index } of images) {
      assertEquals((await dataset.get(split, [index])).labels[0], label);
    }
  }
  const again = await inspect(chain, options);
  assertEquals(again.result.contactSheet, result.contactSheet);
  const other = await inspect(chain, options, 6);
  assert(other.result.contactSheet !== result.contactSheet);
});

Deno.test("inspectDataset leaves room where a grade has few images, and shrinks large ones", async () => {
  const data = new Uint8Array(3 * 200 * 100).fill(0);
  const train_images = { shape: [3, 200, 100], data };
  await using chain = await Chain.open({
    few: { train_images, train_labels: Uint8Array.of(0, 3, 3) },
  });
  const { result, read } = await inspect(chain, { dataset: "few", perGrade: 2 });
  assertEquals(result.contactRows, ["0", "3"]);
  const sheet = ofPng(await read("contact.png"));
  assertEquals(sheet.shape, [1, 1, 2 * 96 + 2, 2 * 48 + 2]);
  const at = (x: number, y: number) => row(sheet, 0).data[y * 98 + x];
  assertEquals([at(10, 10), at(60, 10), at(10, 110), at(60, 110)], [-1, 1, -1, -1]);
});

Deno.test("inspectDataset lists the files that were left out, with reasons", async () => {
  await using chain = await Chain.open({});
  const random = new Random(2);
  for (let i = 0; i < 12; i++) {
    const folder = `${chain.folder}/data/pictures/${i % 2 ? "ill" : "well"}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/${i}.png`, toPng(tensor([1, 1, 8, 8], random.normals(64)), 0));
  }
  await Deno.writeTextFile(`${chain.folder}/data/pictures/ill/broken.png`, "no picture");
  const { result } = await inspect(chain, { dataset: "pictures" });
  assertEquals([result.images, result.skipped.files], [12, 1]);
  assertStringIncludes(result.skipped.reasons[0].file, "broken.png");
  assert(result.skipped.reasons[0].reason.length > 5);
});

Deno.test("inspectDataset tells license and measurements of a known data set", async () => {
  await using chain = await Chain.open({ knee_kl_16: copied() });
  const { result } = await inspect(chain, { dataset: "knee_kl_16" });
  assertEquals(result.license, "CC BY 4.0");
  assertEquals(result.measurements.map(({ name }) => name), [
    "jointSpaceWidth",
    "leftGap",
    "rightGap",
  ]);
});

Deno.test("survey() counts the images of a continuous scale as one grade", async () => {
  const random = new Random(8);
  const ages = Float64Array.of(-3.5, 61.25, 40);
  const dataset: Dataset = {
    id: "ages",
    title: "Ages",
    imageShape: [1, 4, 4],
    scale: { type: "continuous", names: ["age in years"] },
    splits: { train: 3 },
    fingerprint: "ages",
    get: (_, indices) =>
      Promise.resolve({
        ids: Array.from(indices, String),
        images: tensor([indices.length, 1, 4, 4], random.normals(16 * indices.length)),
        labels: Float64Array.from(indices, (index) => ages[index]),
      }),
  };
  const { splits: [train] } = await survey(dataset, new AbortController().signal, () => {});
  assertEquals([train.grades, train.labels], [[3], Int32Array.of(0, 0, 0)]);
  const rows = chooseContacts(dataset, [train], 2, random);
  assertEquals(rows.map(({ name, images }) => [name, images.length]), [["age in years", 2]]);
});

Deno.test("inspectDataset stops at the batch in which it is cancelled", async () => {
  await using chain = await Chain.open({ bars: copied() });
  const job = memoryJob(chain.host);
  let told = 0;
  const emit = () => {
    told++;
    job.cancel();
  };
  const task = chain.host.member(tasks, "inspectDataset");
  const options = task.options(chain.host).parse({ dataset: "bars" });
  await assertRejects(() => task.run(options, { ...job, emit }), CancelledError);
  assertEquals(told, 1);
});

Deno.test("inspectDataset keeps the promises of a task", async (t) => {
  await using chain = await Chain.open({ bars: copied() });
  const task = chain.host.member(tasks, "inspectDataset");
  const fixture = { host: chain.host, options: { dataset: "bars" } };
  for (const { name, run } of testTask(task, fixture)) await t.step(name, run);
});
